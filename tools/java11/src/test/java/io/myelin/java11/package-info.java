@NullMarked
package io.myelin.java11;

import org.jspecify.annotations.NullMarked;
