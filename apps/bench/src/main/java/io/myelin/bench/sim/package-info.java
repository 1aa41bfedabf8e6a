/** Measurements of placement and traffic engineering; figures are ratios to a bound or a peer. */
@NullMarked
package io.myelin.bench.sim;

import org.jspecify.annotations.NullMarked;
