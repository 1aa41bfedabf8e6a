package io.myelin.core.loop;

import java.util.List;

/**
 * When a link that failed may be used again: not before it has been well for a while, and the
 * longer the more often it failed lately (route flap damping, RFC 2439 §4.4). A pure function of
 * when it failed, which the replicated state knows ({@code LinkState.failuresMs}): whoever leads
 * comes to the same.
 *
 * @param holdMs a link is well for so long before it is used again
 * @param halfLifeMs after which a failure counts half
 */
public record Damping(long holdMs, long halfLifeMs) {
  /** Failures of which the last ones are this many, by their age, keep a link out. */
  private static final double SUPPRESS = 2.5;

  /** Kept out until so much is left of them. */
  private static final double REUSE = 1.0;

  /**
   * Whether a link that is well may be used.
   *
   * @param failuresMs when it failed while it was in use, oldest first
   */
  public boolean mayReturn(List<Long> failuresMs, long nowMs) {
    if (failuresMs.isEmpty()) {
      return true;
    }
    long last = failuresMs.get(failuresMs.size() - 1);
    if (nowMs - last < holdMs) {
      return false;
    }
    // It failed while it was in use: what had kept it out before was over then.
    boolean suppressed = penalty(failuresMs, last) > SUPPRESS;
    return !suppressed || penalty(failuresMs, nowMs) <= REUSE;
  }

  private double penalty(List<Long> failuresMs, long nowMs) {
    double sum = 0;
    for (long at : failuresMs) {
      sum += Math.pow(0.5, (double) Math.max(0, nowMs - at) / halfLifeMs);
    }
    return sum;
  }
}
