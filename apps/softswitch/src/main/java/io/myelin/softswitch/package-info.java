/** An embedded P4 switch. */
@NullMarked
package io.myelin.softswitch;

import org.jspecify.annotations.NullMarked;
