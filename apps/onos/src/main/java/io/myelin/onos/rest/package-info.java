/** REST under {@code /onos/myelin}. */
@NullMarked
package io.myelin.onos.rest;

import org.jspecify.annotations.NullMarked;
