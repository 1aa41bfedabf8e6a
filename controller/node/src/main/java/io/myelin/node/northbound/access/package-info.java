/** Who calls, what they may, and how much of it: seen before any service sees a call. */
@NullMarked
package io.myelin.node.northbound.access;

import org.jspecify.annotations.NullMarked;
