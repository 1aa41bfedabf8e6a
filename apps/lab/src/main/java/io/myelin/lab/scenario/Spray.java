package io.myelin.lab.scenario;

import io.myelin.lab.FabricSpec;
import io.myelin.lab.Permutation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Several queue pairs a GPU in a random permutation, no leases: WCMP spreads the queue pairs, and
 * every packet of one keeps its place behind the one before it, however queues fill.
 */
final class Spray implements Scenario {
  private static final long RATE_BPS = 100_000_000_000L;
  private static final int QPS = 4;
  private static final long RUN_NS = 10_000_000;

  private static final FabricSpec FABRIC = new FabricSpec(4, 4, 4, RATE_BPS, 500, 4_000_000, 4096);

  @Override
  public String summary() {
    return QPS + " queue pairs a GPU over WCMP: packets out of order, spread over uplinks";
  }

  @Override
  public Report run(long seed) throws IOException, InterruptedException {
    try (VirtualLab lab = new VirtualLab(FABRIC, List.of(), 1)) {
      List<Flow> flows = new ArrayList<>();
      int qp = 100;
      for (Permutation.Pair pair : Permutation.acrossLeaves(lab.fabric.inventory(), seed)) {
        for (int i = 0; i < QPS; i++) {
          flows.add(new Flow(lab, pair, qp++));
        }
      }
      flows.forEach(Flow::start);
      flows.forEach(Flow::mark);
      lab.pass(RUN_NS);
      double dropped = lab.tailDrops() + lab.downDrops();
      double outOfOrder = lab.hosts(h -> h.stats().outOfOrder());
      double packets = lab.hosts(h -> h.stats().dataPacketsReceived());
      double total = flows.stream().mapToDouble(f -> f.goodputBps(RUN_NS / 1e9)).sum();
      List<Value> values =
          List.of(
              new Value("queue_pairs", flows.size(), ""),
              new Value("packets", packets, ""),
              new Value("packets_dropped", dropped, ""),
              new Value("packets_out_of_order", outOfOrder, ""),
              new Value("retransmits", lab.hosts(h -> h.stats().retransmits()), ""),
              new Value("packets_marked", lab.hosts(h -> h.stats().markedReceived()), ""),
              new Value("goodput_of_ideal", total / (FABRIC.hosts() * FABRIC.payloadBps()), ""));
      List<Check> checks =
          List.of(
              new Check("packets", packets, 100_000, 1e12, "enough to see it"),
              new Check("packets_dropped", dropped, 0, 0, "a gap is then a reordering"),
              new Check("packets_out_of_order", outOfOrder, 0, 0, "no queue pair is reordered"));
      return new Report("spray", seed, values, checks);
    }
  }
}
