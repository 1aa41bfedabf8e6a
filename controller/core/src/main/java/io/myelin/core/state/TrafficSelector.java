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
 */
public record TrafficSelector(Kind kind, List<Integer> destQps) {

  /** All traffic of the pair, or RoCEv2 alone. */
  public enum Kind {
    ALL,
    ROCE
  }

  /** Bound on steering entries that one lease may take. */
  public static final int MAX_QPS = 256;

  /** All RoCEv2 between the endpoints. */
  public static final TrafficSelector ROCE = new TrafficSelector(Kind.ROCE, List.of());

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
  }

  /** Whether a packet could match both. */
  public boolean overlaps(TrafficSelector o) {
    if (kind != o.kind) {
      return false; // different priorities: the more specific one wins
    }
    if (destQps.isEmpty() || o.destQps.isEmpty()) {
      return destQps.isEmpty() && o.destQps.isEmpty();
    }
    return destQps.stream().anyMatch(o.destQps::contains);
  }
}
