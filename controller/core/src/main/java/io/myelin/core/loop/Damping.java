package io.myelin.core.loop;

import io.myelin.core.model.LinkId;
import java.util.HashMap;
import java.util.Map;

/**
 * When a link that failed may be used again: not before it has been well for a while, and the
 * longer the more often it failed lately (route flap damping, RFC 2439 §4.4).
 */
public final class Damping {
  /** Failures of which the last ones are this many, by their age, keep a link out. */
  private static final double SUPPRESS = 2.5;

  /** Kept out until so much is left of them. */
  private static final double REUSE = 1.0;

  private static final double NEGLIGIBLE = 0.01;

  private final Map<LinkId, Outages> links = new HashMap<>();
  private final long holdMs;
  private final long halfLifeMs;

  private static final class Outages {
    double penalty;
    long atMs;
    boolean suppressed;
  }

  /**
   * @param holdMs a link is well for so long before it is used again
   * @param halfLifeMs after which a failure counts half
   */
  public Damping(long holdMs, long halfLifeMs) {
    this.holdMs = holdMs;
    this.halfLifeMs = halfLifeMs;
  }

  /** It failed. */
  public void failed(LinkId link, long nowMs) {
    Outages r = links.computeIfAbsent(link, l -> new Outages());
    r.penalty = decayed(r, nowMs) + 1;
    r.atMs = nowMs;
    r.suppressed |= r.penalty > SUPPRESS;
  }

  /** Whether a link that is well may be used. */
  public boolean mayReturn(LinkId link, long nowMs) {
    Outages r = links.get(link);
    if (r == null) {
      return true;
    }
    double left = decayed(r, nowMs);
    if (nowMs - r.atMs < holdMs || (r.suppressed && left > REUSE)) {
      return false;
    }
    r.suppressed = false;
    if (left < NEGLIGIBLE) {
      links.remove(link);
    }
    return true;
  }

  private double decayed(Outages r, long nowMs) {
    return r.penalty * Math.pow(0.5, (double) (nowMs - r.atMs) / halfLifeMs);
  }
}
