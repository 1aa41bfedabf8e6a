/** Clusters of real processes on loopback. */
@NullMarked
package io.myelin.lab.cluster;

import org.jspecify.annotations.NullMarked;
