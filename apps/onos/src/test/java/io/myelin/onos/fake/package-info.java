@NullMarked
package io.myelin.onos.fake;

import org.jspecify.annotations.NullMarked;
