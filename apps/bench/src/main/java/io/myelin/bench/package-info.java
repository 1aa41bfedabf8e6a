/**
 * Benchmarks: every figure is measured in the run, ratios are to a bound or a peer in the same run.
 */
@NullMarked
package io.myelin.bench;

import org.jspecify.annotations.NullMarked;
