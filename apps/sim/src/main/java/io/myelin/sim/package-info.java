/** The fabric at the level of flows, in virtual time. */
@NullMarked
package io.myelin.sim;

import org.jspecify.annotations.NullMarked;
