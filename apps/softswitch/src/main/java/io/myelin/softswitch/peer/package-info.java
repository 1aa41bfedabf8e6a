/** Another switch beside ours: starts BMv2 and talks to it, to compare and to measure. */
@NullMarked
package io.myelin.softswitch.peer;

import org.jspecify.annotations.NullMarked;
