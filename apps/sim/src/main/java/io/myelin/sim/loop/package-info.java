/** The congestion loop in virtual time: the core's own decisions on loads that shift. */
@NullMarked
package io.myelin.sim.loop;

import org.jspecify.annotations.NullMarked;
