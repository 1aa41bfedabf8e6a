/** How fast the web door is. */
@NullMarked
package io.myelin.bench.web;

import org.jspecify.annotations.NullMarked;
