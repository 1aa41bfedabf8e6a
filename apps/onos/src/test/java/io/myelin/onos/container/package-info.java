@NullMarked
package io.myelin.onos.container;

import org.jspecify.annotations.NullMarked;
