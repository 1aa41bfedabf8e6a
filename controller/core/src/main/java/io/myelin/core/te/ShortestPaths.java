package io.myelin.core.te;

import io.myelin.core.path.Topology;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * All ways with the fewest links between pairs of switches, in the flat form of {@link PathSet}.
 */
final class ShortestPaths {
  private final Topology topology;
  private final IntPredicate usable;
  private int[] links = new int[1024];
  private int used;
  private int[] linkStart = new int[256];
  private int paths;
  private final int[] way;

  private ShortestPaths(Topology topology, IntPredicate usable) {
    this.topology = topology;
    this.usable = usable;
    way = new int[topology.devices()];
  }

  static PathSet find(Topology topology, int[] from, int[] to, int k, IntPredicate usable) {
    ShortestPaths s = new ShortestPaths(topology, usable);
    Map<Integer, int[]> hops = new HashMap<>();
    int[] pairStart = new int[from.length + 1];
    for (int i = 0; i < from.length; i++) {
      int[] toGoal = hops.computeIfAbsent(to[i], s::hops);
      if (from[i] != to[i] && toGoal[from[i]] < Integer.MAX_VALUE) {
        // Pairs of many ways begin at different ones, so that k of them are not the same k for all.
        s.walk(toGoal, from[i], 0, i, s.paths + k);
      }
      pairStart[i + 1] = s.paths;
    }
    return new PathSet(
        pairStart, Arrays.copyOf(s.linkStart, s.paths + 1), Arrays.copyOf(s.links, s.used));
  }

  private int[] hops(int goal) {
    int[] hops = new int[topology.devices()];
    int[] open = new int[hops.length];
    Arrays.fill(hops, Integer.MAX_VALUE);
    int end = 0;
    open[end++] = goal;
    hops[goal] = 0;
    Topology.Incidence in = topology.in();
    for (int at = 0; at < end; at++) {
      int d = open[at];
      for (int i = in.start()[d]; i < in.start()[d + 1]; i++) {
        int l = in.links()[i];
        if (usable.test(l) && hops[topology.from(l)] == Integer.MAX_VALUE) {
          hops[topology.from(l)] = hops[d] + 1;
          open[end++] = topology.from(l);
        }
      }
    }
    return hops;
  }

  private void walk(int[] hops, int at, int depth, int turn, int most) {
    if (hops[at] == 0) {
      add(depth);
      return;
    }
    Topology.Incidence out = topology.out();
    int n = out.start()[at + 1] - out.start()[at];
    for (int i = 0; i < n && paths < most; i++) {
      int l = out.links()[out.start()[at] + (i + turn) % n];
      int there = hops[topology.to(l)];
      if (there < Integer.MAX_VALUE && there == hops[at] - 1 && usable.test(l)) {
        way[depth] = l;
        walk(hops, topology.to(l), depth + 1, turn, most);
      }
    }
  }

  private void add(int length) {
    if (used + length > links.length) {
      links = Arrays.copyOf(links, 2 * (used + length));
    }
    System.arraycopy(way, 0, links, used, length);
    used += length;
    if (paths + 2 > linkStart.length) {
      linkStart = Arrays.copyOf(linkStart, 2 * linkStart.length);
    }
    linkStart[++paths] = used;
  }
}
