/** The whole controller in one thread, in virtual time, with everything around it failing. */
@NullMarked
package io.myelin.sim.cluster;

import org.jspecify.annotations.NullMarked;
