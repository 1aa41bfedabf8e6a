package io.myelin.core.path;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The least that any path from each switch to a destination can add to a metric: trees of shortest
 * reverse paths over what links add at least. Whatever happens to links (reservations, failures,
 * queues) only makes paths longer, so a tree stays true for as long as its topology, and a change
 * of the fabric costs nothing here.
 *
 * <p>Trees are computed when first asked for and kept, least recently used first to go. Safe for
 * use by many threads; what it returns does not depend on who asked before.
 */
final class LowerBounds {
  /** Trees of all 512 edge switches of a fat-tree with k = 32, for four metrics, are 21 MB. */
  private static final long MAX_BYTES = 256L << 20;

  /** Where no path leads; sums of a few of them do not overflow. */
  static final long UNREACHABLE = Long.MAX_VALUE / 8;

  private final Topology topology;
  private final long[] zeros;
  private final boolean[] zero = new boolean[Topology.Metric.values().length];
  private final Map<Long, long[]> trees = new LinkedHashMap<>(16, 0.75f, true);

  LowerBounds(Topology topology) {
    this.topology = topology;
    zeros = new long[topology.devices()];
    for (Topology.Metric m : Topology.Metric.values()) {
      boolean all = true;
      for (int l = 0; l < topology.fabricLinks() && all; l++) {
        all = topology.floor(m, l) == 0;
      }
      zero[m.index] = all;
    }
  }

  /** For every switch, the least that a path from it to {@code device} adds; not to be written. */
  long[] to(Topology.Metric metric, int device) {
    if (zero[metric.index]) {
      return zeros;
    }
    long key = (long) metric.index << 32 | device;
    synchronized (trees) {
      long[] known = trees.get(key);
      if (known != null) {
        return known;
      }
    }
    long[] tree = tree(metric, device);
    synchronized (trees) {
      trees.put(key, tree);
      long most = Math.max(1, MAX_BYTES / (8L * Math.max(1, topology.devices())));
      while (trees.size() > most) {
        trees.remove(trees.keySet().iterator().next());
      }
    }
    return tree;
  }

  /** Dijkstra's algorithm against the direction of the links. */
  private long[] tree(Topology.Metric metric, int device) {
    long[] distance = new long[topology.devices()];
    Arrays.fill(distance, UNREACHABLE);
    Topology.Incidence in = topology.in();
    LongHeap open = new LongHeap();
    distance[device] = 0;
    open.put(0, device);
    while (!open.isEmpty()) {
      int entry = open.remove();
      int at = open.value(entry);
      long d = open.key(entry);
      if (d > distance[at]) {
        continue;
      }
      for (int i = in.start()[at]; i < in.start()[at + 1]; i++) {
        int link = in.links()[i];
        int next = topology.from(link);
        long further = d + topology.floor(metric, link);
        if (further < distance[next]) {
          distance[next] = further;
          open.put(further, next);
        }
      }
    }
    return distance;
  }
}
