@NullMarked
package io.myelin.onos.java11;

import org.jspecify.annotations.NullMarked;
