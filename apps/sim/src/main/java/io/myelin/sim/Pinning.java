package io.myelin.sim;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Each flow on one way that is chosen when it begins.
 *
 * @param rule how
 */
public record Pinning(Rule rule) implements Strategy {

  /** How a flow gets its way. */
  public enum Rule {
    /**
     * By its destination's place, whatever else goes there: NICs of a rack have ways of their own
     * into it, but two senders of a rack may choose the same way out (A. Gangidi et al., SIGCOMM
     * 2024, path pinning).
     */
    SLICE,
    /** The way whose busiest link has least, in order of arrival; the first of several. */
    LEAST_LOADED
  }

  @Override
  public String name() {
    return switch (rule) {
      case SLICE -> "slice_pinning";
      case LEAST_LOADED -> "least_loaded";
    };
  }

  @Override
  public void route(FlowFabric fabric, List<SimFlow> flows, long seed, Parts out) {
    double[] load = new double[fabric.topology().links()];
    Map<Long, List<int[]>> known = new HashMap<>();
    for (int f = 0; f < flows.size(); f++) {
      SimFlow flow = flows.get(f);
      int[] way = choose(fabric, flow, load, known);
      if (way.length > 0) {
        for (int l : way) {
          load[l] += flow.bytes();
        }
        out.add(f, 1, way, Flat.WHOLE);
      }
    }
  }

  private int[] choose(
      FlowFabric fabric, SimFlow flow, double[] load, Map<Long, List<int[]>> known) {
    int from = fabric.leaf(flow.from());
    int to = fabric.leaf(flow.to());
    List<int[]> ways =
        known.computeIfAbsent(
            (long) from * fabric.topology().devices() + to, k -> Ways.shortest(fabric, from, to));
    if (ways.isEmpty()) {
      return new int[0];
    }
    int[] best =
        switch (rule) {
          case SLICE -> ways.get(slice(fabric, flow.to(), ways));
          case LEAST_LOADED -> least(ways, way -> busiest(fabric, way, load));
        };
    return fabric.fromNicToNic(flow, best);
  }

  /**
   * By the NIC's place in its rack the first hop, so that these differ; by the rack what follows.
   */
  private static int slice(FlowFabric fabric, int nic, List<int[]> ways) {
    int place = 0;
    for (int i = 0; i < nic; i++) {
      place += fabric.leaf(i) == fabric.leaf(nic) ? 1 : 0;
    }
    int firsts = (int) ways.stream().mapToInt(w -> w.length == 0 ? -1 : w[0]).distinct().count();
    int rest = ways.size() / firsts;
    return (place % firsts) * rest + fabric.leaf(nic) % rest;
  }

  /**
   * The way whose busiest link has least, NICs included; none: there is none.
   *
   * @param load by link
   */
  public static int[] leastLoaded(FlowFabric fabric, SimFlow flow, double[] load) {
    return new Pinning(Rule.LEAST_LOADED).choose(fabric, flow, load, new HashMap<>());
  }

  private static int[] least(List<int[]> ways, ToDoubleFunction<int[]> measure) {
    int[] best = ways.get(0);
    double least = Double.POSITIVE_INFINITY;
    for (int[] way : ways) {
      double m = measure.applyAsDouble(way);
      if (m < least) {
        least = m;
        best = way;
      }
    }
    return best;
  }

  private static double busiest(FlowFabric fabric, int[] way, double[] load) {
    return Arrays.stream(way)
        .mapToDouble(l -> load[l] / fabric.topology().capacityBps(l))
        .max()
        .orElse(0);
  }
}
