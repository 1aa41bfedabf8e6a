/** What clients of a cluster share. */
@NullMarked
package io.myelin.node.client;

import org.jspecify.annotations.NullMarked;
