/** The replicated log on ONOS's own storage. */
@NullMarked
package io.myelin.onos.store;

import org.jspecify.annotations.NullMarked;
