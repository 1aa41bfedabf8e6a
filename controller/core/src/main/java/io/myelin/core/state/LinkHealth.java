package io.myelin.core.state;

import java.util.ArrayList;
import java.util.List;

/**
 * What discovery says of a link.
 *
 * @param observed whether discovery ever spoke of it; a link nobody spoke of counts as up
 * @param measuredLatencyNs or {@link Command.ObserveLink#UNKNOWN}
 * @param failuresMs when it last went down while it was in use, oldest first; at most {@link
 *     #FAILURES}: what damping needs to know, whoever leads
 */
public record LinkHealth(
    boolean observed, boolean up, long measuredLatencyNs, List<Long> failuresMs) {
  /** Failures that are remembered: with more, damping comes to the same. */
  public static final int FAILURES = 8;

  /** Of a link of which nothing is known. */
  static final LinkHealth UNKNOWN =
      new LinkHealth(false, true, Command.ObserveLink.UNKNOWN, List.of());

  /** Of a link that was added while the fabric runs: not to be used before it was seen. */
  static final LinkHealth UNSEEN =
      new LinkHealth(false, false, Command.ObserveLink.UNKNOWN, List.of());

  public LinkHealth {
    failuresMs = List.copyOf(failuresMs);
  }

  /**
   * As it is now.
   *
   * @param failedMs when it failed, if that is to be remembered; 0: it is not
   */
  LinkHealth observed(boolean isUp, long latencyNs, long failedMs) {
    return new LinkHealth(
        true, isUp, latencyNs, up && !isUp && failedMs > 0 ? failedAt(failedMs) : failuresMs);
  }

  private List<Long> failedAt(long failedMs) {
    List<Long> all = new ArrayList<>(failuresMs);
    all.add(failedMs);
    return all.subList(Math.max(0, all.size() - FAILURES), all.size());
  }
}
