/** The switches through ONOS, which alone speaks P4Runtime to them. */
@NullMarked
package io.myelin.onos.southbound;

import org.jspecify.annotations.NullMarked;
