package io.myelin.core.loop;

import io.myelin.core.model.LinkId;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** What keeps the loops calm: dwell, settling and a bound on moves. Times are the caller's. */
public final class Hysteresis {
  private static final int FORGET = 10_000;

  private final Policy policy;
  private final Map<Object, Long> moved = new HashMap<>();
  private final Map<LinkId, Long> decided = new HashMap<>();
  private final Deque<Long> recent = new ArrayDeque<>();

  public Hysteresis(Policy policy) {
    this.policy = policy;
  }

  public Policy policy() {
    return policy;
  }

  /**
   * Whether something may be moved now.
   *
   * @param subject a lease, a flow, a group of routes
   */
  public boolean mayMove(Object subject, long nowMs) {
    Long last = moved.get(subject);
    return last == null || nowMs - last >= policy.dwellMs();
  }

  /** Whether a link's last decision has had time to show. */
  public boolean settled(LinkId link, long nowMs) {
    Long last = decided.get(link);
    return last == null || nowMs - last >= policy.settleMs();
  }

  /** Whether nothing was decided about a link for the whole dwell time. */
  public boolean rested(LinkId link, long nowMs) {
    Long last = decided.get(link);
    return last == null || nowMs - last >= policy.dwellMs();
  }

  /** Whether there may be one more decision in this interval. */
  public boolean mayDecide(long nowMs) {
    while (!recent.isEmpty() && nowMs - recent.peekFirst() >= policy.intervalMs()) {
      recent.removeFirst();
    }
    return recent.size() < policy.movesPerInterval();
  }

  /** A decision about a link. */
  public void decided(LinkId link, long nowMs) {
    decided.put(link, nowMs);
    recent.addLast(nowMs);
  }

  /** Something moved, whoever decided it. */
  public void moved(Object subject, long nowMs) {
    if (moved.size() > FORGET) {
      moved.values().removeIf(at -> nowMs - at >= policy.dwellMs());
    }
    moved.put(subject, nowMs);
  }
}
