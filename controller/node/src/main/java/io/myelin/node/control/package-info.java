/** Runs the core: reconciler, lease provisioning, discovery. One thread. */
@NullMarked
package io.myelin.node.control;

import org.jspecify.annotations.NullMarked;
