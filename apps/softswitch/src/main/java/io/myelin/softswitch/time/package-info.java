/** The fabric's clock: one interface, a discrete-event and a real-time implementation. */
@NullMarked
package io.myelin.softswitch.time;

import org.jspecify.annotations.NullMarked;
