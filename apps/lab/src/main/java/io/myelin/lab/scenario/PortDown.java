package io.myelin.lab.scenario;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.DropReason;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Permutation;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.v1.Hop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A cable on the way of a flow is cut, at the ingress leaf, at the spine, and under WCMP, with no
 * controller there. Only what was on the cable, in its queue, or sent before the port noticed may
 * be lost.
 */
final class PortDown implements Scenario {
  private static final long RATE_BPS = 100_000_000_000L;
  private static final long WARM_UP_NS = 2_000_000;

  /** Go-back-N's timeout, should the last packets of a window be lost, and then some. */
  private static final long RECOVER_NS = 10_000_000;

  private static final long MEASURE_NS = 5_000_000;

  private static final FabricSpec FABRIC = new FabricSpec(3, 2, 2, RATE_BPS, 500, 2_000_000, 4096);

  @Override
  public String summary() {
    return "a cable of a protected path is cut, no controller: packets lost, goodput afterwards";
  }

  @Override
  public Report run(long seed) throws IOException, InterruptedException {
    List<Value> values = new ArrayList<>();
    List<Check> checks = new ArrayList<>();
    Permutation.Pair pair =
        new Permutation.Pair(new EndpointId("gpu-1-1"), new EndpointId("gpu-2-1"));
    try (VirtualLab lab = new VirtualLab(FABRIC, List.of(pair), RATE_BPS)) {
      List<Hop> hops = lease(lab, pair);
      run("uplink", lab, pair, (int) seed, hop(hops.get(0)), values, checks);
    }
    try (VirtualLab lab = new VirtualLab(FABRIC, List.of(pair), RATE_BPS)) {
      List<Hop> hops = lease(lab, pair);
      run("downlink", lab, pair, (int) seed, hop(hops.get(1)), values, checks);
    }
    try (VirtualLab lab = new VirtualLab(FABRIC, List.of(), 1)) {
      run("wcmp", lab, pair, (int) seed, null, values, checks);
    }
    return new Report("port-down", seed, values, checks);
  }

  private static List<Hop> lease(VirtualLab lab, Permutation.Pair pair) {
    io.myelin.v1.Lease lease = lab.leases.get(pair);
    if (lease == null) {
      throw new AssertionError("the lab was made with a lease for " + pair);
    }
    return lease.getPaths(0).getHopsList();
  }

  private static PortRef hop(Hop h) {
    return PortRef.parse("hop", h.getDevice() + "/" + h.getPort());
  }

  private static void run(
      String name,
      VirtualLab lab,
      Permutation.Pair pair,
      int seed,
      @Nullable PortRef through,
      List<Value> values,
      List<Check> checks) {
    Flow flow = new Flow(lab, pair, 100 + seed % 1000);
    flow.start();
    flow.mark();
    lab.pass(WARM_UP_NS);
    double before = flow.goodputBps(WARM_UP_NS / 1e9);
    PortRef port = through == null ? busiest(lab, pair) : through;
    EmulatedLink cable = cable(lab.fabric, port);
    EmulatedLink.Direction direction =
        cable.name().startsWith(port + "-")
            ? EmulatedLink.Direction.A_TO_B
            : EmulatedLink.Direction.B_TO_A;
    long lostBefore = cable.counters(direction).lost();
    int waiting =
        lab.fabric.at(port.device()).portStats(port.port()).queues().stream()
            .mapToInt(q -> q.packets())
            .sum();

    cable.setUp(false);
    lab.pass(RECOVER_NS);
    flow.mark();
    lab.pass(MEASURE_NS);

    double after = flow.goodputBps(MEASURE_NS / 1e9);
    double onCable = cable.counters(direction).lost() - lostBefore;
    double noDetour = drops(lab, DropReason.PORT_DOWN);
    double lost = onCable + lab.downDrops() + noDetour + lab.tailDrops();
    double packetNs = (FABRIC.mtu() + 62) * 8e9 / RATE_BPS;
    double bound =
        waiting
            + Math.ceil((LabFabric.LOSS_OF_SIGNAL_NS + FABRIC.latencyNs()) / packetNs)
            + 1; // the one on the wire
    values.add(new Value(name + "_lost", lost, "packets"));
    values.add(new Value(name + "_bound", bound, "packets"));
    values.add(new Value(name + "_lost_of_no_detour", noDetour, "packets"));
    values.add(new Value(name + "_goodput_after_over_before", after / before, ""));
    checks.add(
        new Check(
            name + "_lost_over_bound",
            lost / bound,
            0,
            1,
            "in flight, in the queue, or sent before the port noticed"));
    checks.add(new Check(name + "_lost", lost, 1, 1e9, "the cut hit traffic"));
    checks.add(new Check(name + "_lost_of_no_detour", noDetour, 0, 0, "every packet has a way"));
    checks.add(
        new Check(
            name + "_goodput_after_over_before", after / before, 0.95, 1.1, "traffic goes on"));
  }

  private static double drops(VirtualLab lab, DropReason reason) {
    return lab.fabric.switches().values().stream()
        .mapToLong(sw -> sw.counter("MyelinIngress.drop_counter", reason.index()).packets())
        .sum();
  }

  /** The uplink of the sender's leaf that the flow's hash chose. */
  private static PortRef busiest(VirtualLab lab, Permutation.Pair pair) {
    PortRef access = lab.fabric.endpoint(pair.from()).attachment();
    PortRef best = new PortRef(access.device(), 1);
    long most = -1;
    for (int s = 1; s <= FABRIC.spines(); s++) {
      long sent = lab.fabric.at(access.device()).portStats(s).txBytes();
      if (sent > most) {
        most = sent;
        best = new PortRef(access.device(), s);
      }
    }
    return best;
  }

  private static EmulatedLink cable(LabFabric fabric, PortRef port) {
    for (Map.Entry<String, EmulatedLink> e : fabric.links().entrySet()) {
      if (e.getKey().startsWith(port + "-") || e.getKey().endsWith("-" + port)) {
        return e.getValue();
      }
    }
    throw new IllegalArgumentException("no cable at " + port);
  }
}
