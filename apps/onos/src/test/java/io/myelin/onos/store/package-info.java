@NullMarked
package io.myelin.onos.store;

import org.jspecify.annotations.NullMarked;
