package io.myelin.node.store;

import io.myelin.core.port.StateLog.Progress;
import java.util.function.LongSupplier;

/**
 * How old a copy may be: the age of the latest moment at which nothing was missing. Thread-safe.
 */
final class Freshness {
  private final LongSupplier clockNs;
  private boolean ever;
  private long asOfNs;

  Freshness(LongSupplier clockNs) {
    this.clockNs = clockNs;
  }

  /** Nothing was missing at this time; answers may come in any order. */
  synchronized void confirmed(long atNs) {
    if (!ever || atNs - asOfNs > 0) {
      ever = true;
      asOfNs = atNs;
    }
  }

  /** Milliseconds, or {@link Progress#NEVER}. */
  synchronized long behindMs() {
    return ever ? (clockNs.getAsLong() - asOfNs) / 1_000_000 : Progress.NEVER;
  }
}
