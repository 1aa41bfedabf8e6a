package io.myelin.core.loop;

import io.myelin.core.model.LinkId;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.PastDecision;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What keeps the loops calm: dwell, settling and a bound on moves. Times are the caller's. */
public final class Hysteresis {
  private static final int FORGET = 10_000;

  /** A link of which nobody asked for so long, milliseconds, was calm: hot again is news. */
  static final long CALM_MS = 10_000;

  private final Policy policy;
  private final Map<Object, Long> moved = new HashMap<>();
  private final Map<LinkId, Long> decided = new HashMap<>();
  private final Map<LinkId, Long> examined = new HashMap<>();

  /**
   * Why nothing could be done about a link, and when that was found last; since the last change.
   */
  private final Map<LinkId, Map<String, Long>> findings = new HashMap<>();

  private final Deque<Long> recent = new ArrayDeque<>();

  public Hysteresis(Policy policy) {
    this.policy = policy;
  }

  /**
   * Goes on where another leader ended: what it moved, when it decided, and what it found, follow
   * from the replicated state. A lease counts as moved whenever it was changed, which is never too
   * early.
   */
  public void resume(FabricState state, long nowMs) {
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      long changedMs = e.getValue().updateTimeMs();
      if (e.getValue().state().lives() && nowMs - changedMs < policy.dwellMs()) {
        moved.put(e.getKey(), changedMs);
      }
    }
    state.loops().steered().forEach((key, flow) -> moved.put(key, flow.sinceMs()));
    for (Map.Entry<Long, PastDecision> e : state.loops().decisions()) {
      resume(e.getValue(), nowMs);
    }
  }

  private void resume(PastDecision d, long nowMs) {
    if (!d.acted()) {
      if (nowMs - d.timeMs() < CALM_MS) {
        foundNothing(d.link(), d.reason(), d.timeMs());
      }
      return;
    }
    d.routes().forEach(r -> moved.put(r, d.timeMs()));
    if (d.kind().equals(Decision.Kind.SLOW.name())) {
      moved.put(d.link(), d.timeMs());
    }
    if (!d.kind().equals(Decision.Kind.REPLACE.name()) && nowMs - d.timeMs() < policy.dwellMs()) {
      decided(d.link(), d.timeMs());
    }
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

  /** Whether a link's last decision, or the last search in vain, is long enough ago. */
  public boolean settled(LinkId link, long nowMs) {
    return past(decided.get(link), nowMs) && past(examined.get(link), nowMs);
  }

  private boolean past(@Nullable Long last, long nowMs) {
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

  /** A decision about a link, by which something is done. */
  public void decided(LinkId link, long nowMs) {
    decided.put(link, nowMs);
    recent.addLast(nowMs);
  }

  /**
   * Nothing can be done about a link. Takes no share of the decisions that may be made.
   *
   * @param reason one of few
   * @return whether this is news: it is the first time, something was done since, or the link was
   *     calm for {@value #CALM_MS} ms
   */
  public boolean foundNothing(LinkId link, String reason, long nowMs) {
    examined.put(link, nowMs);
    Map<String, Long> before = findings.computeIfAbsent(link, l -> new HashMap<>());
    before.values().removeIf(lastMs -> nowMs - lastMs >= CALM_MS);
    return before.put(reason, nowMs) == null;
  }

  /** What was decided about a link was done: whatever is found of it from now on is news. */
  public void done(LinkId link) {
    findings.remove(link);
  }

  /** Something moved, whoever decided it. */
  public void moved(Object subject, long nowMs) {
    if (moved.size() > FORGET) {
      moved.values().removeIf(at -> nowMs - at >= policy.dwellMs());
    }
    moved.put(subject, nowMs);
  }
}
