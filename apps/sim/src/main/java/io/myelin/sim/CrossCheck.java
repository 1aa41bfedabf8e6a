package io.myelin.sim;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Topology;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Permutation;
import io.myelin.lab.roce.QueuePair;
import io.myelin.lab.scenario.VirtualLab;
import io.myelin.softswitch.time.VirtualScheduler;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The same flows in the simulator and, packet by packet, in the embedded fabric: P4 softswitches
 * that a node programmed, RoCEv2 hosts with DCQCN, in virtual time.
 */
public final class CrossCheck {
  private static final long QUEUE_BYTES = 4_000_000;
  private static final int FIRST_QP = 100;

  /** Virtual time after which a run has failed. */
  private static final long PATIENCE_NS = 10_000_000_000L;

  private static final long STEP_NS = 100_000;

  /**
   * How much is sent.
   *
   * @param rateBps of every port
   * @param bytes of each NIC's message; short ones end before DCQCN has found its rates
   */
  public record Load(long rateBps, long bytes) {
    /** Long enough that how it begins hardly matters. */
    public static final Load LONG = new Load(1_000_000_000L, 32 << 20);

    FabricSpec fabric() {
      return new FabricSpec(4, 4, 4, rateBps, 500, QUEUE_BYTES, 4096);
    }
  }

  /** How the packets go. */
  public enum Way {
    ECMP,
    LEASES
  }

  /**
   * What came of it.
   *
   * @param simulatedS until the last flow's end, by the simulator
   * @param measuredS the same, packet by packet
   * @param otherLinks links that one of them used and the other did not
   * @param meanError mean over flows of the difference of their ends, as a share of the measured
   *     one
   */
  public record Result(double simulatedS, double measuredS, int otherLinks, double meanError) {
    /** Difference of the ends of all, as a share of the measured one. */
    public double error() {
      return Math.abs(simulatedS - measuredS) / measuredS;
    }
  }

  private final VirtualLab lab;
  private final FlowFabric fabric;
  private final List<QueuePair> senders = new ArrayList<>();
  private final List<SimFlow> flows = new ArrayList<>();
  private final List<int[]> ways = new ArrayList<>();
  private final int qps;
  private final Load load;

  private CrossCheck(VirtualLab lab, int qps, Load load) {
    this.lab = lab;
    this.load = load;
    this.qps = qps;
    fabric = new FlowFabric(lab.fabric.inventory());
  }

  /**
   * A random permutation across leaves, one message each.
   *
   * @throws IllegalStateException when not all messages arrive
   */
  public static Result run(Way way, int qps, Load load, long seed)
      throws IOException, InterruptedException {
    List<Permutation.Pair> pairs;
    try (LabFabric plan = new LabFabric(load.fabric(), new VirtualScheduler())) {
      pairs = Permutation.acrossLeaves(plan.inventory(), seed);
    }
    List<Permutation.Pair> leased = way == Way.LEASES ? pairs : List.of();
    try (VirtualLab lab = new VirtualLab(load.fabric(), leased, load.rateBps())) {
      CrossCheck check = new CrossCheck(lab, qps, load);
      for (Permutation.Pair pair : pairs) {
        check.open(pair);
      }
      double[] simulated =
          Fluid.completionS(check.fabric, check.flows, new Known(check.ways), seed);
      return check.compare(simulated, check.measure());
    }
  }

  /** One flow for each queue pair; a packet is headers as well, the wire carries both. */
  private void open(Permutation.Pair pair) {
    Lease lease = lab.leases.get(pair);
    for (int q = 0; q < qps; q++) {
      int qp = FIRST_QP + senders.size();
      lab.fabric.openQp(pair.to(), pair.from(), qp);
      senders.add(lab.fabric.openQp(pair.from(), pair.to(), qp));
      double onWire = load.bytes() * (load.rateBps() / load.fabric().payloadBps()) / qps;
      SimFlow flow = new SimFlow(nic(pair.from()), nic(pair.to()), onWire);
      flows.add(flow);
      int ips = FlowHash.pair(fabric.nic(flow.from()).ip(), fabric.nic(flow.to()).ip());
      int crc = FlowHash.queuePair(ips, QueuePair.udpSourcePort(qp, qp), qp);
      ways.add(lease == null ? Ecmp.way(fabric, flow, crc) : leased(flow, lease));
    }
  }

  private int nic(EndpointId id) {
    int n = 0;
    while (!fabric.nic(n).id().equals(id)) {
      n++;
    }
    return n;
  }

  /** Ways that are known beforehand. */
  private record Known(List<int[]> ways) implements Strategy {
    @Override
    public String name() {
      return "known";
    }

    @Override
    public void route(FlowFabric fabric, List<SimFlow> flows, long seed, Parts out) {
      for (int f = 0; f < ways.size(); f++) {
        out.add(f, 1, ways.get(f), Flat.WHOLE);
      }
    }
  }

  private int[] leased(SimFlow flow, Lease lease) {
    List<Hop> hops = lease.getPaths(0).getHopsList();
    int[] links = new int[hops.size() + 1];
    links[0] = fabric.uplink(flow.from());
    Topology t = fabric.topology();
    for (int i = 0; i + 1 < hops.size(); i++) {
      Hop hop = hops.get(i);
      for (int l = 0; l < t.fabricLinks(); l++) {
        PortRef from = t.link(l).from();
        if (from.device().value().equals(hop.getDevice()) && from.port() == hop.getPort()) {
          links[i + 1] = l;
        }
      }
    }
    links[hops.size()] = fabric.uplink(flow.to()) + 1;
    return links;
  }

  /** Seconds until each message was acknowledged. */
  private double[] measure() {
    double[] ends = new double[senders.size()];
    AtomicInteger left = new AtomicInteger(senders.size());
    long began = lab.clock.nowNs();
    for (int i = 0; i < ends.length; i++) {
      int flow = i;
      senders
          .get(i)
          .postWrite(
              load.bytes() / qps,
              done -> {
                ends[flow] = (done.finishNs() - began) / 1e9;
                left.decrementAndGet();
              });
    }
    while (left.get() > 0) {
      lab.pass(STEP_NS);
      if (lab.clock.nowNs() - began > PATIENCE_NS) {
        throw new IllegalStateException(left + " messages did not arrive");
      }
    }
    return ends;
  }

  private Result compare(double[] simulated, double[] measured) {
    boolean[] used = new boolean[fabric.topology().links()];
    for (int[] links : ways) {
      for (int l : links) {
        used[l] = true;
      }
    }
    int other = 0;
    for (int l = 0; l < fabric.topology().fabricLinks(); l++) {
      // Acknowledgements go back on ways of their own, and are few bytes.
      PortRef from = fabric.topology().link(l).from();
      long bytes = lab.fabric.at(from.device()).portStats(from.port()).txBytes();
      other += used[l] == (bytes > load.bytes() / qps / 2) ? 0 : 1;
    }
    double error = 0;
    double lastSimulated = 0;
    double lastMeasured = 0;
    for (int f = 0; f < measured.length; f++) {
      error += Math.abs(simulated[f] - measured[f]) / measured[f] / measured.length;
      lastSimulated = Math.max(lastSimulated, simulated[f]);
      lastMeasured = Math.max(lastMeasured, measured[f]);
    }
    return new Result(lastSimulated, lastMeasured, other, error);
  }
}
