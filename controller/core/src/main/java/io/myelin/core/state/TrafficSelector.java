package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * Which packets between the lease's endpoints follow its path.
 *
 * @param kind all IP traffic, or RoCEv2 only
 * @param destQps with ROCE: only these destination queue pairs; empty: all
 * @param qpClasses with ROCE and no queue pairs: only those whose number divided by this, a power
 *     of two, leaves {@code qpClass}; 1: all
 */
public record TrafficSelector(Kind kind, List<Integer> destQps, int qpClasses, int qpClass) {

  /** All traffic of the pair, or RoCEv2 alone. */
  public enum Kind {
    ALL,
    ROCE
  }

  /** Bound on steering entries that one lease may take. */
  public static final int MAX_QPS = 256;

  /** Bound on classes. */
  public static final int MAX_CLASSES = 64;

  /** All RoCEv2 between the endpoints. */
  public static final TrafficSelector ROCE = new TrafficSelector(Kind.ROCE, List.of());

  /** Everything, or some queue pairs. */
  public TrafficSelector(Kind kind, List<Integer> destQps) {
    this(kind, destQps, 1, 0);
  }

  /** RoCEv2 to queue pairs whose number leaves {@code qpClass} when divided by {@code classes}. */
  public static TrafficSelector roceClass(int classes, int qpClass) {
    return new TrafficSelector(Kind.ROCE, List.of(), classes, qpClass);
  }

  public TrafficSelector {
    destQps = new ArrayList<>(new TreeSet<>(destQps));
    Invalid.unless(
        kind == Kind.ROCE || destQps.isEmpty(),
        "traffic.dest_qps",
        "is only allowed with traffic kind ROCE");
    Invalid.unless(
        destQps.size() <= MAX_QPS,
        "traffic.dest_qps",
        destQps.size() + " queue pairs; allowed: up to " + MAX_QPS);
    for (int qp : destQps) {
      Invalid.unless(
          qp > 0 && qp < 1 << 24, "traffic.dest_qps", qp + " is not a QP; allowed: 1 to 16777215");
    }
    destQps = List.copyOf(destQps);
    Invalid.unless(
        qpClasses >= 1 && qpClasses <= MAX_CLASSES && Integer.bitCount(qpClasses) == 1,
        "traffic.qp_classes",
        qpClasses + " is not allowed; allowed: powers of two from 1 to " + MAX_CLASSES);
    Invalid.unless(
        qpClass >= 0 && qpClass < qpClasses,
        "traffic.qp_class",
        qpClass + " is not allowed; allowed: 0 to " + (qpClasses - 1));
    Invalid.unless(
        qpClasses == 1 || (kind == Kind.ROCE && destQps.isEmpty()),
        "traffic.qp_classes",
        "is only allowed with traffic kind ROCE and without dest_qps");
  }

  /**
   * Whether RoCEv2 to a queue pair follows the path.
   *
   * @param destQp 24 bits
   */
  public boolean takesRoce(int destQp) {
    return destQps.isEmpty() ? destQp % qpClasses == qpClass : destQps.contains(destQp);
  }

  /** Whether a packet could match both. */
  public boolean overlaps(TrafficSelector o) {
    if (kind != o.kind) {
      return false; // different priorities: the more specific one wins
    }
    if (destQps.isEmpty() || o.destQps.isEmpty()) {
      boolean classed = qpClasses > 1 && o.qpClasses > 1;
      int common = Math.min(qpClasses, o.qpClasses);
      return destQps.isEmpty()
          && o.destQps.isEmpty()
          && (classed ? qpClass % common == o.qpClass % common : qpClasses == o.qpClasses);
    }
    return destQps.stream().anyMatch(o.destQps::contains);
  }
}
