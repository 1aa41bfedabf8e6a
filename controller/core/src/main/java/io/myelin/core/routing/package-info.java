/** Where traffic without a lease goes: the shortest ways to every leaf, and their shares. */
@NullMarked
package io.myelin.core.routing;

import org.jspecify.annotations.NullMarked;
