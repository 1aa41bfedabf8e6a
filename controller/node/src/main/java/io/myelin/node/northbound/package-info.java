/** The gRPC API. */
@NullMarked
package io.myelin.node.northbound;

import org.jspecify.annotations.NullMarked;
