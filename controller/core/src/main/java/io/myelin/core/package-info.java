@NullMarked
package io.myelin.core;

import org.jspecify.annotations.NullMarked;
