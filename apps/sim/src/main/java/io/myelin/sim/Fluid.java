package io.myelin.sim;

import java.util.BitSet;
import java.util.List;

/** Flows that begin together, from event to event in virtual time. */
public final class Fluid {
  /** Ends that are closer together than this share of the time count as one. */
  private static final double SAME = 1e-9;

  private Fluid() {}

  /**
   * When each flow has sent all of its bytes.
   *
   * @return seconds by flow; infinite: it has no way
   */
  public static double[] completionS(
      FlowFabric fabric, List<SimFlow> flows, Strategy strategy, long seed) {
    MaxMin net = new MaxMin(fabric);
    strategy.route(fabric, flows, seed, net);
    double[] ends = new double[flows.size()];
    double[] routed = new double[flows.size()];
    double[] bits = new double[net.parts()];
    BitSet active = new BitSet();
    for (int p = 0; p < bits.length; p++) {
      bits[p] = flows.get(net.flow(p)).bytes() * 8 * net.share(p);
      routed[net.flow(p)] += net.share(p);
      active.set(p);
    }
    double now = 0;
    while (!active.isEmpty()) {
      double[] rate = net.rates(active);
      double step = Double.POSITIVE_INFINITY;
      for (int p = active.nextSetBit(0); p >= 0; p = active.nextSetBit(p + 1)) {
        step = rate[p] > 0 ? Math.min(step, bits[p] / rate[p]) : step;
      }
      if (Double.isInfinite(step)) {
        break; // the rest has no working way
      }
      now += step;
      for (int p = active.nextSetBit(0); p >= 0; p = active.nextSetBit(p + 1)) {
        bits[p] -= rate[p] * step;
        if (bits[p] <= rate[p] * now * SAME) {
          active.clear(p);
          ends[net.flow(p)] = now;
        }
      }
    }
    for (int p = active.nextSetBit(0); p >= 0; p = active.nextSetBit(p + 1)) {
      ends[net.flow(p)] = Double.POSITIVE_INFINITY;
    }
    for (int f = 0; f < ends.length; f++) {
      if (routed[f] < 1 - 1e-6) {
        ends[f] = Double.POSITIVE_INFINITY;
      }
    }
    return ends;
  }
}
