/** Path search over a snapshot of the fabric. */
@NullMarked
package io.myelin.core.path;

import org.jspecify.annotations.NullMarked;
