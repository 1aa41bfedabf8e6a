/** Clusters of members in one process, on loopback. */
@NullMarked
package io.myelin.lab.cluster;

import org.jspecify.annotations.NullMarked;
