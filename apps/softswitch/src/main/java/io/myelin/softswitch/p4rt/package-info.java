/** Serves P4Runtime 1.4 on top of a {@link io.myelin.softswitch.engine.SwitchControl}. */
@NullMarked
package io.myelin.softswitch.p4rt;

import org.jspecify.annotations.NullMarked;
