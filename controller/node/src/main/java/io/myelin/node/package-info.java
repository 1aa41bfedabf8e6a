@NullMarked
package io.myelin.node;

import org.jspecify.annotations.NullMarked;
