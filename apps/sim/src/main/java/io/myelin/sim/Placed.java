package io.myelin.sim;

import io.myelin.core.place.FlowPlacer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Myelin: all flows placed together by the core, spread over more queue pairs only where one does
 * not reach what is possible.
 *
 * @param upkeep who keeps the leases of a day
 * @param qps queue pairs of each flow that jobs of a day ask for; a scheduler that watches chooses
 *     by itself
 */
public record Placed(Upkeep upkeep, int qps) implements Strategy {
  /** Who keeps the leases of running jobs when links fail: what only a day tells apart. */
  public enum Upkeep {
    /** The node by itself. */
    NODE,
    /** A scheduler that watches its jobs and asks for other terms. */
    SCHEDULER
  }

  /** More divide better what a failure leaves, and cost a lease each. */
  public static final int DEFAULT_QPS = 4;

  public Placed() {
    this(Upkeep.NODE, DEFAULT_QPS);
  }

  /** What a scheduler would ask for, one after the other. */
  private static final int[] QPS = {1, 4, 16};

  /** Within so much of the bound more queue pairs are not worth it. */
  private static final double GOOD = 1.01;

  @Override
  public String name() {
    return switch (upkeep) {
      case NODE -> "myelin";
      case SCHEDULER -> "myelin_scheduler";
    };
  }

  @Override
  public void route(FlowFabric fabric, List<SimFlow> flows, long seed, Parts out) {
    double most = flows.stream().mapToDouble(SimFlow::bytes).max().orElse(1);
    Try best = null;
    for (int qps : QPS) {
      Try t = attempt(fabric, flows, qps, most);
      if (t != null && (best == null || t.ratio < best.ratio - 1e-9)) {
        best = t;
      }
      if (best != null && best.ratio <= GOOD) {
        break;
      }
    }
    if (best == null) {
      throw new IllegalStateException("a flow has no way");
    }
    for (int i = 0; i < best.links.length; i++) {
      SimFlow flow = flows.get(i / best.qps);
      int[] links = fabric.fromNicToNic(flow, best.links[i]);
      out.add(i / best.qps, 1.0 / best.qps, links, Flat.WHOLE);
    }
  }

  private record Try(int qps, int[][] links, double ratio) {}

  private static @Nullable Try attempt(
      FlowFabric fabric, List<SimFlow> flows, int qps, double most) {
    int n = fabric.topology().fabricLinks();
    long[] limit = new long[n];
    for (int l = 0; l < n; l++) {
      // More than there is: who is too many shares what there is, instead of being refused.
      limit[l] = fabric.isUp(l) ? Long.MAX_VALUE / 4 : 0;
    }
    FlowPlacer placer =
        FlowPlacer.of(
            fabric.topology(),
            limit,
            new long[n],
            (from, to) -> Ways.shortest(fabric, from, to).toArray(int[][]::new));
    long[] bps = new long[flows.size()];
    for (int f = 0; f < bps.length; f++) {
      SimFlow flow = flows.get(f);
      double nic = fabric.capacityBps(fabric.uplink(flow.from()));
      bps[f] = Math.max(1, (long) (nic * flow.bytes() / most / qps));
      for (int q = 0; q < qps; q++) {
        placer.add(fabric.leaf(flow.from()), fabric.leaf(flow.to()), bps[f]);
      }
    }
    FlowPlacer.Placed placed = placer.place(Double.MAX_VALUE, FlowPlacer.Others.STAY);
    if (placed == null) {
      return null;
    }
    double[] load = new double[n];
    for (int i = 0; i < placed.links().length; i++) {
      for (int l : placed.links()[i]) {
        load[l] += bps[i / qps];
      }
    }
    double highest = 0;
    for (int l = 0; l < n; l++) {
      highest = Math.max(highest, load[l] / fabric.topology().capacityBps(l));
    }
    double nics = Arrays.stream(bps).max().orElse(1) * (double) qps;
    double bound =
        Math.max(placed.bound(), nics / fabric.capacityBps(fabric.uplink(flows.get(0).from())));
    return new Try(qps, placed.links(), highest / bound);
  }
}
