/** Myelin's P4 program as an ONOS pipeconf. */
@NullMarked
package io.myelin.onos.pipeline;

import org.jspecify.annotations.NullMarked;
