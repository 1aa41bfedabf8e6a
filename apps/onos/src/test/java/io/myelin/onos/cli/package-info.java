@NullMarked
package io.myelin.onos.cli;

import org.jspecify.annotations.NullMarked;
