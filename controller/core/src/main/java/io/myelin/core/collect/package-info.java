/** Persistent (structure-sharing) collections with a fixed iteration order. */
@NullMarked
package io.myelin.core.collect;

import org.jspecify.annotations.NullMarked;
