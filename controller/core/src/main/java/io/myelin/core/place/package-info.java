/** Where leases go: path search applied to the state. */
@NullMarked
package io.myelin.core.place;

import org.jspecify.annotations.NullMarked;
