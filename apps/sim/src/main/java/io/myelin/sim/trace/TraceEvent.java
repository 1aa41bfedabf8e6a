package io.myelin.sim.trace;

import java.util.List;

/**
 * Something that happens to the fabric.
 *
 * @param timeS seconds since the beginning
 * @param links whose cables change
 */
record TraceEvent(double timeS, List<Integer> links, What what) {
  enum What {
    FAILS,
    REPAIRED
  }
}
