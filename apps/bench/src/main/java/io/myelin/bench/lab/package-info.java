/** Measurements of nodes and of the embedded fabric. */
@NullMarked
package io.myelin.bench.lab;

import org.jspecify.annotations.NullMarked;
