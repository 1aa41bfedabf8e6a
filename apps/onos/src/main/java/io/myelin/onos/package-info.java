/** Myelin as an ONOS application: the core's ports on ONOS's services. */
@NullMarked
package io.myelin.onos;

import org.jspecify.annotations.NullMarked;
