package io.myelin.core.path;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The least that any path from each switch to a destination can add to a metric: trees of shortest
 * reverse paths over what links add at least. Whatever happens to links (reservations, failures,
 * queues) only makes paths longer, so a tree stays true for as long as its topology, and a change
 * of the fabric costs nothing here.
 *
 * <p>In a fabric whose trees all fit into memory, they are computed when first asked for and kept.
 * In a larger one, each question grows a ball around the destination, with a bound on work: inside,
 * distances are exact; whatever lies outside is at least one link behind its surface. In a Clos
 * fabric the ball holds every spine above the destination, which is all that a search needs.
 *
 * <p>Safe for use by many threads; what it returns does not depend on who asked before.
 */
final class LowerBounds {
  /** Fabrics of up to so many switches have trees: all of them, for a metric, are 33 MB. */
  private static final int MAX_DEVICES_WITH_TREES = 2_048;

  /** Links that are looked at for a ball: some 100 us. */
  private static final int MAX_BALL_LINKS = 8_192;

  /** Where no path leads; sums of a few of them do not overflow. */
  static final long UNREACHABLE = Long.MAX_VALUE / 8;

  private final Topology topology;
  private final long[] zeros;
  private final long[] least = new long[Topology.Metric.values().length];
  private final boolean[] zero = new boolean[Topology.Metric.values().length];
  private final List<AtomicReferenceArray<long[]>> trees = new ArrayList<>();

  LowerBounds(Topology topology) {
    this.topology = topology;
    zeros = new long[topology.devices()];
    for (Topology.Metric m : Topology.Metric.values()) {
      long min = topology.fabricLinks() == 0 ? 0 : Long.MAX_VALUE;
      long max = 0;
      for (int l = 0; l < topology.fabricLinks(); l++) {
        min = Math.min(min, topology.floor(m, l));
        max = Math.max(max, topology.floor(m, l));
      }
      least[m.index] = min;
      zero[m.index] = max == 0;
      trees.add(new AtomicReferenceArray<>(topology.devices()));
    }
  }

  /** For every switch, the least that a path from it to {@code device} adds; not to be written. */
  long[] to(Topology.Metric metric, int device) {
    if (zero[metric.index]) {
      return zeros;
    }
    if (topology.devices() > MAX_DEVICES_WITH_TREES) {
      return around(metric, device, MAX_BALL_LINKS);
    }
    long[] known = trees.get(metric.index).get(device);
    if (known == null) {
      // Two threads may both compute it: to the same end.
      known = around(metric, device, Integer.MAX_VALUE);
      trees.get(metric.index).set(device, known);
    }
    return known;
  }

  /**
   * Dijkstra's algorithm against the direction of the links.
   *
   * @param maxLinks that are looked at
   */
  long[] around(Topology.Metric metric, int device, int maxLinks) {
    long[] distance = new long[topology.devices()];
    Arrays.fill(distance, UNREACHABLE);
    Topology.Incidence in = topology.in();
    LongHeap open = new LongHeap();
    distance[device] = 0;
    open.put(0, device);
    int looked = 0;
    while (!open.isEmpty()) {
      int entry = open.remove();
      int at = open.value(entry);
      long d = open.key(entry);
      if (d > distance[at]) {
        continue;
      }
      if (looked >= maxLinks) {
        return atMost(distance, d + least[metric.index]);
      }
      looked += in.start()[at + 1] - in.start()[at];
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

  /** What lies outside the ball goes through its surface, and over one more link. */
  private static long[] atMost(long[] distance, long outside) {
    for (int v = 0; v < distance.length; v++) {
      distance[v] = Math.min(distance[v], outside);
    }
    return distance;
  }
}
