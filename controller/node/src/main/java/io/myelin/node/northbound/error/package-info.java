/** Errors of the API: google.rpc.Status with the details that clients read. */
@NullMarked
package io.myelin.node.northbound.error;

import org.jspecify.annotations.NullMarked;
