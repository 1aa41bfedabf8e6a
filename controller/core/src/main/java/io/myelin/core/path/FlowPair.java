package io.myelin.core.path;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Two paths without a common cable, or without a common switch, that together cost least: a flow of
 * two units by shortest augmenting paths over reduced costs (Suurballe and Tarjan, 1984). Limits of
 * whole paths are not its business.
 *
 * <p>Each switch is two vertices, 2d for what enters and 2d + 1 for what leaves; the arc between
 * them is what two paths that share no switch compete for.
 */
final class FlowPair {
  private static final long FAR = Long.MAX_VALUE / 4;
  private static final int NONE = -1;

  /** The arc from what enters a switch to what leaves it. */
  private static final int THROUGH = -2;

  private final Topology topology;
  private final LinkFilter filter;
  private final LinkMeasure measure;
  private final boolean[] unlimited; // switches that both paths may pass
  private final int source;
  private final int target;

  private final BitSet used = new BitSet(); // links
  private final BitSet passed = new BitSet(); // switches, through their inner arc
  private final long[] potential;
  private final long[] distance;
  private final int[] reachedBy; // a link, THROUGH or NONE
  private final int[] reachedFrom;

  FlowPair(
      Topology topology,
      LinkFilter filter,
      LinkMeasure measure,
      int source,
      int target,
      Scope scope) {
    this.topology = topology;
    this.filter = filter;
    this.measure = measure;
    this.source = source;
    this.target = target;
    unlimited = new boolean[topology.devices()];
    Arrays.fill(unlimited, scope != Scope.NODE);
    unlimited[source] = true;
    unlimited[target] = true;
    potential = new long[2 * topology.devices()];
    distance = new long[potential.length];
    reachedBy = new int[potential.length];
    reachedFrom = new int[potential.length];
  }

  /** Links of the two paths; null: there are no two. */
  @Nullable List<List<Integer>> find() {
    for (int unit = 0; unit < 2; unit++) {
      if (!augment()) {
        return null;
      }
    }
    // Both directions of a cable: the paths can as well turn round before it.
    for (int l = used.nextSetBit(0); l >= 0; l = used.nextSetBit(l + 1)) {
      int back = topology.reverse(l);
      if (used.get(back)) {
        used.clear(l);
        used.clear(back);
      }
    }
    return List.of(follow(), follow());
  }

  private boolean augment() {
    Arrays.fill(distance, FAR);
    Arrays.fill(reachedBy, NONE);
    int from = 2 * source + 1;
    int to = 2 * target;
    distance[from] = 0;
    LongHeap open = new LongHeap();
    open.put(0, from);
    while (!open.isEmpty()) {
      int entry = open.remove();
      int v = open.value(entry);
      if (open.key(entry) == distance[v]) {
        relaxAll(v, open);
      }
    }
    if (distance[to] >= FAR) {
      return false;
    }
    for (int v = 0; v < potential.length; v++) {
      potential[v] += Math.min(distance[v], distance[to]);
    }
    for (int v = to; v != from; v = reachedFrom[v]) {
      int by = reachedBy[v];
      if (by == THROUGH) {
        passed.flip(v / 2);
      } else {
        used.flip(by);
      }
    }
    return true;
  }

  private void relaxAll(int v, LongHeap open) {
    int d = v / 2;
    boolean leaves = (v & 1) == 1;
    if (leaves) {
      Topology.Incidence out = topology.out();
      for (int i = out.start()[d]; i < out.start()[d + 1]; i++) {
        int l = out.links()[i];
        int violations = used.get(l) ? 1 : filter.violations(l);
        if (violations == 0) {
          relax(v, 2 * topology.to(l), l, cost(l), open);
        }
      }
      if (unlimited[d] || passed.get(d)) {
        relax(v, 2 * d, THROUGH, 0, open);
      }
    } else {
      Topology.Incidence in = topology.in();
      for (int i = in.start()[d]; i < in.start()[d + 1]; i++) {
        int l = in.links()[i];
        if (used.get(l)) {
          relax(v, 2 * topology.from(l) + 1, l, -cost(l), open);
        }
      }
      if (unlimited[d] || !passed.get(d)) {
        relax(v, 2 * d + 1, THROUGH, 0, open);
      }
    }
  }

  private void relax(int from, int to, int by, long cost, LongHeap open) {
    long reduced = distance[from] + cost + potential[from] - potential[to];
    if (reduced < distance[to]) {
      distance[to] = reduced;
      reachedBy[to] = by;
      reachedFrom[to] = from;
      open.put(reduced, to);
    }
  }

  private long cost(int link) {
    return measure.cost(link, 0, measure.loadPermille(link));
  }

  /** One path of the flow, taken out of it. */
  private List<Integer> follow() {
    List<Integer> links = new ArrayList<>();
    int at = source;
    Topology.Incidence out = topology.out();
    while (at != target) {
      int next = NONE;
      for (int i = out.start()[at]; i < out.start()[at + 1] && next == NONE; i++) {
        next = used.get(out.links()[i]) ? out.links()[i] : NONE;
      }
      if (next == NONE) {
        throw new AssertionError("the flow ends at " + topology.device(at));
      }
      used.clear(next);
      links.add(next);
      at = topology.to(next);
    }
    return links;
  }
}
