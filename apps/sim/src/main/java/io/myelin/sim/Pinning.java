package io.myelin.sim;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Each flow on one way that is chosen when it begins.
 *
 * @param rule how
 */
public record Pinning(Rule rule) implements Strategy {

  /** How a flow gets its way. */
  public enum Rule {
    /**
     * By the place of its destination in the rack, whatever else goes there: K. Gangidi et al.,
     * SIGCOMM 2024 §4.2.
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
  public void route(SimFabric fabric, List<SimFlow> flows, long seed, Parts out) {
    double[] load = new double[fabric.topology().links()];
    int[] slice = slices(fabric);
    for (int f = 0; f < flows.size(); f++) {
      SimFlow flow = flows.get(f);
      int[] way = choose(fabric, flow, slice[flow.to()], load);
      if (way.length > 0) {
        for (int l : way) {
          load[l] += flow.bytes();
        }
        out.add(f, 1, way, Flat.WHOLE);
      }
    }
  }

  /** Places of NICs in their racks. */
  private static int[] slices(SimFabric fabric) {
    int[] count = new int[fabric.topology().devices()];
    int[] slice = new int[fabric.nics()];
    for (int i = 0; i < slice.length; i++) {
      slice[i] = count[fabric.leaf(i)]++;
    }
    return slice;
  }

  private int[] choose(SimFabric fabric, SimFlow flow, int slice, double[] load) {
    List<int[]> ways = Ways.shortest(fabric, fabric.leaf(flow.from()), fabric.leaf(flow.to()));
    if (ways.isEmpty()) {
      return new int[0];
    }
    int[] best =
        switch (rule) {
          case SLICE -> ways.get(slice % ways.size());
          case LEAST_LOADED -> least(ways, way -> busiest(fabric, way, load));
        };
    int[] links = new int[best.length + 2];
    links[0] = fabric.uplink(flow.from());
    System.arraycopy(best, 0, links, 1, best.length);
    links[best.length + 1] = fabric.uplink(flow.to()) + 1;
    return links;
  }

  private static int[] least(List<int[]> ways, ToLongFunction<int[]> measure) {
    int[] best = ways.get(0);
    long least = Long.MAX_VALUE;
    for (int[] way : ways) {
      long m = measure.applyAsLong(way);
      if (m < least) {
        least = m;
        best = way;
      }
    }
    return best;
  }

  private static long busiest(SimFabric fabric, int[] way, double[] load) {
    return Math.round(
        Arrays.stream(way)
            .mapToDouble(l -> load[l] * 1e9 / fabric.topology().capacityBps(l))
            .max()
            .orElse(0));
  }
}
