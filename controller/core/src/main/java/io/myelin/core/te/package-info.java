/** Traffic engineering: demands between switches, divided over candidate paths. */
@NullMarked
package io.myelin.core.te;

import org.jspecify.annotations.NullMarked;
