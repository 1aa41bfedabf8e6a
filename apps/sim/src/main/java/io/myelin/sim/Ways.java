package io.myelin.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All shortest ways between two switches. */
final class Ways {
  private Ways() {}

  /** Links of each way, in order of the switches' group members. */
  static List<int[]> shortest(FlowFabric fabric, int from, int to) {
    List<int[]> all = new ArrayList<>();
    collect(fabric, from, to, new int[0], all);
    return all;
  }

  private static void collect(FlowFabric fabric, int at, int to, int[] so, List<int[]> all) {
    if (at == to) {
      all.add(so);
      return;
    }
    int before = -1;
    for (int l : fabric.nextHops(at, to)) {
      if (l != before) { // wider links are there several times
        int[] more = Arrays.copyOf(so, so.length + 1);
        more[so.length] = l;
        collect(fabric, fabric.topology().to(l), to, more, all);
      }
      before = l;
    }
  }
}
