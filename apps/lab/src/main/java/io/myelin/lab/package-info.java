@NullMarked
package io.myelin.lab;

import org.jspecify.annotations.NullMarked;
