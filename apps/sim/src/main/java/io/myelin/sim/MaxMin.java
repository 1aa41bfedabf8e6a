package io.myelin.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Max-min fair rates of parts of flows: all grow together until a link is full, then those that
 * cross it stop (D. Bertsekas, R. Gallager, Data Networks, §6.5.2). What congestion control that is
 * fair among queue pairs converges to.
 */
public final class MaxMin implements Strategy.Parts {
  private final FlowFabric fabric;
  private final List<int[]> links = new ArrayList<>();
  private final List<double[]> shares = new ArrayList<>();
  private final List<Integer> flow = new ArrayList<>();
  private final List<Double> share = new ArrayList<>();

  public MaxMin(FlowFabric fabric) {
    this.fabric = fabric;
  }

  @Override
  public void add(int f, double part, int[] way, double[] spread) {
    flow.add(f);
    share.add(part);
    links.add(way);
    shares.add(spread);
  }

  /** How many parts there are. */
  public int parts() {
    return flow.size();
  }

  /** The flow that a part is of. */
  public int flow(int part) {
    return flow.get(part);
  }

  /** The share of its flow's bytes that a part carries. */
  public double share(int part) {
    return share.get(part);
  }

  /** Links that a part passes. */
  int[] links(int part) {
    return links.get(part);
  }

  private double spread(int part, int i) {
    double[] s = shares.get(part);
    return s.length == 0 ? 1 : s[i];
  }

  private record Level(double rate, int link) implements Comparable<Level> {
    @Override
    public int compareTo(Level o) {
      int c = Double.compare(rate, o.rate);
      return c != 0 ? c : Integer.compare(link, o.link);
    }
  }

  /**
   * Bits per second of each part.
   *
   * @param active parts that have something to send; the others get 0
   */
  public double[] rates(BitSet active) {
    int n = fabric.topology().links();
    double[] left = new double[n];
    double[] weight = new double[n];
    int[] count = new int[n + 1];
    for (int p = active.nextSetBit(0); p >= 0; p = active.nextSetBit(p + 1)) {
      int[] way = links.get(p);
      for (int i = 0; i < way.length; i++) {
        weight[way[i]] += spread(p, i);
        count[way[i] + 1]++;
      }
    }
    for (int l = 0; l < n; l++) {
      left[l] = fabric.capacityBps(l);
      count[l + 1] += count[l];
    }
    int[] users = new int[count[n]];
    int[] next = Arrays.copyOf(count, n);
    for (int p = active.nextSetBit(0); p >= 0; p = active.nextSetBit(p + 1)) {
      for (int l : links.get(p)) {
        users[next[l]++] = p;
      }
    }
    return fill(active, left, weight, count, users);
  }

  private double[] fill(BitSet active, double[] left, double[] weight, int[] start, int[] users) {
    double[] rate = new double[parts()];
    BitSet growing = (BitSet) active.clone();
    PriorityQueue<Level> levels = new PriorityQueue<>();
    for (int l = 0; l < left.length; l++) {
      if (start[l] < start[l + 1]) {
        levels.add(new Level(left[l] / weight[l], l));
      }
    }
    while (!growing.isEmpty() && !levels.isEmpty()) {
      Level lowest = levels.remove();
      int l = lowest.link;
      if (weight[l] <= 1e-9) {
        continue; // all that cross it have stopped elsewhere
      }
      double level = Math.max(0, left[l] / weight[l]);
      if (level > lowest.rate * (1 + 1e-12)) {
        levels.add(new Level(level, l));
        continue;
      }
      for (int i = start[l]; i < start[l + 1]; i++) {
        int p = users[i];
        if (!growing.get(p)) {
          continue;
        }
        growing.clear(p);
        rate[p] = level;
        int[] way = links.get(p);
        for (int k = 0; k < way.length; k++) {
          left[way[k]] -= level * spread(p, k);
          weight[way[k]] -= spread(p, k);
        }
      }
    }
    return rate;
  }
}
