@NullMarked
package io.myelin.onos.southbound;

import org.jspecify.annotations.NullMarked;
