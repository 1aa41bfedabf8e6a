@NullMarked
package io.myelin.onos;

import org.jspecify.annotations.NullMarked;
