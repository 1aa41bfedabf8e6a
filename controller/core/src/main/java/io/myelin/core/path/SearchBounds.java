package io.myelin.core.path;

import io.myelin.core.path.Topology.Metric;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What guides one search: which limits bind, and lower bounds for the goal and for each of them, in
 * each layer: to the next waypoint, and on from there.
 */
final class SearchBounds {
  private static final int METRICS = Metric.values().length;

  private final Topology topology;
  private final Goal wanted;
  private final int ignored;
  private final int[] via;
  private final int target;

  /** Metrics that are limited, and their limits. */
  final Metric[] limited;

  final long[] limits;

  /** Of the goal: by layer, by switch. */
  final long[][] goal;

  /** By limit, by layer, by switch. */
  final long[][][] limit;

  /**
   * @param ignored kinds of constraints that do not count (bits)
   * @param via waypoints, by number
   */
  SearchBounds(
      Topology topology, PathRequest request, Goal wanted, int ignored, int[] via, int target) {
    this.topology = topology;
    this.wanted = wanted;
    this.ignored = ignored;
    this.via = via;
    this.target = target;
    Constraints.Limits l = request.constraints().limits();
    int n = 0;
    Metric[] metrics = new Metric[METRICS];
    long[] most = new long[METRICS];
    n = limit(Kind.LATENCY, Metric.LATENCY, l.latencyNs(), n, metrics, most);
    n = limit(Kind.COST, Metric.COST, l.costMicrosPerGb(), n, metrics, most);
    n = limit(Kind.JITTER, Metric.JITTER, l.jitterNs(), n, metrics, most);
    n = limit(Kind.LOSS, Metric.LOSS, l.lossPpb(), n, metrics, most);
    n = limit(Kind.HOPS, Metric.HOPS, LabelSearch.maxLinks(topology, request), n, metrics, most);
    limited = Arrays.copyOf(metrics, n);
    limits = Arrays.copyOf(most, n);
    goal = new long[via.length + 1][];
    limit = new long[limited.length][via.length + 1][];
    bound();
  }

  /** Adds a limit to the first {@code n} of them, if it can bind; how many there are then. */
  private int limit(Kind kind, Metric metric, long most, int n, Metric[] metrics, long[] limits) {
    // A simple path has fewer links than the fabric has switches.
    boolean binds = kind != Kind.HOPS || most < topology.devices() - 1L;
    if ((ignored & kind.bit()) != 0 || most == Constraints.Limits.UNLIMITED || !binds) {
      return n;
    }
    metrics[n] = metric;
    limits[n] = most;
    return n + 1;
  }

  private void bound() {
    for (int stage = via.length; stage >= 0; stage--) {
      int to = stage == via.length ? target : via[stage];
      goal[stage] = goalTo(to, stage == via.length ? null : goal[stage + 1]);
      for (int i = 0; i < limited.length; i++) {
        long[] tree = topology.bounds().to(limited[i], to);
        limit[i][stage] = stage == via.length ? tree : behind(tree, limit[i][stage + 1][to]);
      }
    }
  }

  /** The goal's bound to a switch, and from there on. */
  private long[] goalTo(int to, long @Nullable [] onward) {
    long[] sum = null;
    boolean own = false;
    for (Metric m : Metric.values()) {
      long weight = wanted.weights()[m.index];
      if (weight == 0) {
        continue;
      }
      long[] tree = topology.bounds().to(m, to);
      if (sum == null && weight == 1) {
        sum = tree;
        continue;
      }
      long[] total = own && sum != null ? sum : new long[tree.length];
      for (int v = 0; v < tree.length; v++) {
        long more = tree[v] >= LowerBounds.UNREACHABLE ? LowerBounds.UNREACHABLE : weight * tree[v];
        total[v] = Math.min(LowerBounds.UNREACHABLE, (sum == null ? 0 : sum[v]) + more);
      }
      sum = total;
      own = true;
    }
    long[] result = sum == null ? new long[topology.devices()] : sum;
    return onward == null ? result : behind(result, onward[to]);
  }

  private static long[] behind(long[] tree, long onward) {
    long[] sum = new long[tree.length];
    for (int v = 0; v < tree.length; v++) {
      sum[v] = Math.min(LowerBounds.UNREACHABLE, tree[v] + onward);
    }
    return sum;
  }
}
