/** Commands of ONOS's shell; {@code -j} prints JSON. */
@NullMarked
package io.myelin.onos.cli;

import org.jspecify.annotations.NullMarked;
