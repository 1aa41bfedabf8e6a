/** A day of a cluster: jobs come and go, links fail, GPUs wait for the network or do not. */
@NullMarked
package io.myelin.sim.trace;

import org.jspecify.annotations.NullMarked;
