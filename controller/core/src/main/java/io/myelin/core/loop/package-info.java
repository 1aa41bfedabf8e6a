/**
 * The congestion loop: what is measured fused into estimates, and decisions from them.
 * Deterministic; clocks, switches and the log are the driver's.
 */
@NullMarked
package io.myelin.core.loop;

import org.jspecify.annotations.NullMarked;
