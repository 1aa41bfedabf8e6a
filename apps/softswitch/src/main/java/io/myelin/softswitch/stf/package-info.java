/** The Simple Test Framework: packets in, packets expected, run on the softswitch's engine. */
@NullMarked
package io.myelin.softswitch.stf;

import org.jspecify.annotations.NullMarked;
