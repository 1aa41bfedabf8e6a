/** Ways in to a member's services beside gRPC, which modules of their own make. */
@NullMarked
package io.myelin.node.door;

import org.jspecify.annotations.NullMarked;
