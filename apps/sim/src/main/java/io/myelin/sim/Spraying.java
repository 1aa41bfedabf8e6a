package io.myelin.sim;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every packet its own way, evenly over all shortest ones, at no cost: no reordering, no uneven
 * queues. What per-packet spraying could reach at best.
 */
public record Spraying() implements Strategy {
  @Override
  public String name() {
    return "spraying";
  }

  @Override
  public void route(FlowFabric fabric, List<SimFlow> flows, long seed, Parts out) {
    Map<Long, Spread> known = new HashMap<>();
    for (int f = 0; f < flows.size(); f++) {
      SimFlow flow = flows.get(f);
      int from = fabric.leaf(flow.from());
      int to = fabric.leaf(flow.to());
      Spread s =
          known.computeIfAbsent(
              (long) from * fabric.topology().devices() + to, k -> spread(fabric, from, to));
      if (from != to && s.links.length == 0) {
        continue;
      }
      int n = s.links.length;
      int[] links = java.util.Arrays.copyOf(s.links, n + 2);
      double[] shares = java.util.Arrays.copyOf(s.shares, n + 2);
      links[n] = fabric.uplink(flow.from());
      links[n + 1] = fabric.uplink(flow.to()) + 1;
      shares[n] = 1;
      shares[n + 1] = 1;
      out.add(f, 1, links, shares);
    }
  }

  private record Spread(int[] links, double[] shares) {}

  /** Shares of links when each switch divides evenly. */
  private static Spread spread(FlowFabric fabric, int from, int to) {
    Map<Integer, Double> at = new HashMap<>(Map.of(from, 1.0));
    Map<Integer, Double> links = new java.util.TreeMap<>();
    while (!at.isEmpty() && !(at.size() == 1 && at.containsKey(to))) {
      Map<Integer, Double> next = new HashMap<>();
      for (Map.Entry<Integer, Double> e : at.entrySet()) {
        int[] members = fabric.nextHops(e.getKey(), to);
        for (int l : members) {
          double part = e.getValue() / members.length;
          links.merge(l, part, Double::sum);
          next.merge(fabric.topology().to(l), part, Double::sum);
        }
      }
      at = next;
    }
    return at.isEmpty()
        ? new Spread(new int[0], Flat.WHOLE)
        : new Spread(
            links.keySet().stream().mapToInt(Integer::intValue).toArray(),
            links.values().stream().mapToDouble(Double::doubleValue).toArray());
  }
}
