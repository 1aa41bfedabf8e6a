/** Implementations of the replicated log. */
@NullMarked
package io.myelin.node.store;

import org.jspecify.annotations.NullMarked;
