package io.myelin.bench.lab;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.bench.figure.Figure;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Path;
import io.myelin.core.pipeline.DropReason;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.lab.Elephants;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabFabric;
import io.myelin.lab.Leases;
import io.myelin.lab.Permutation;
import io.myelin.lab.roce.RoceHost;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.UndrainRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * A fabric of which all 1,000 leases go by one spine loses a cable of it, or all of it, while
 * traffic flows; with detours and without. And a spine that is drained while every NIC sends at
 * line rate.
 */
public final class FailoverBench {
  private static final FabricSpec FABRIC =
      new FabricSpec(8, 4, 4, 40_000_000, 20_000, 200_000, 4096);
  private static final int LEASES = 1_000;
  private static final long SMALL_BPS = 90_000;
  private static final long FLOW_BPS = 24_000_000;
  private static final long PACE_BPS = 22_000_000;
  private static final String SPINE = "spine1";

  /** Runs for the JIT compiler. */
  private static final int WARM_UP = 8;

  private static final long PATIENCE_NS = 60_000_000_000L;

  /** Full load: every NIC at line rate, and without one spine exactly enough is left. */
  private static final FabricSpec FULL = new FabricSpec(4, 4, 3, 40_000_000, 20_000, 200_000, 4096);

  private final int runs;
  private final Consumer<String> progress;

  /**
   * @param runs of each case, each in a fabric of its own
   */
  public FailoverBench(int runs, Consumer<String> progress) {
    this.runs = runs;
    this.progress = progress;
  }

  private enum Failure {
    LINK,
    SPINE
  }

  private enum Detours {
    ON,
    OFF
  }

  /** What a run measured; until all leases were elsewhere and acknowledged, milliseconds. */
  private record Run(double lostPerFlow, double replacedMs, int moved) {}

  public List<Figure> run() throws IOException, InterruptedException {
    List<Figure> figures = new ArrayList<>();
    double[] worst = new double[2];
    for (Failure failure : Failure.values()) {
      for (Detours detours : Detours.values()) {
        List<Run> all = new ArrayList<>();
        if (figures.isEmpty()) {
          progress.accept("warming up");
          for (int i = 0; i < WARM_UP; i++) {
            var unused = run(Failure.SPINE, Detours.ON);
          }
        }
        for (int i = 0; i < runs; i++) {
          progress.accept(failure + " fails, detours " + detours + ", run " + (i + 1));
          all.add(run(failure, detours));
        }
        String name =
            (failure == Failure.LINK ? "link_" : "spine_")
                + (detours == Detours.ON ? "protected" : "unprotected");
        double lost = all.stream().mapToDouble(Run::lostPerFlow).average().orElse(Double.NaN);
        figures.add(new Figure(name + "_lost_per_flow", lost, "packets"));
        int which = detours == Detours.ON ? 0 : 1;
        worst[which] = Math.max(worst[which], lost);
        double[] ms = all.stream().mapToDouble(Run::replacedMs).sorted().toArray();
        figures.add(new Figure(name + "_replaced_p50_ms", ms[ms.length / 2], "ms"));
        if (failure == Failure.SPINE && detours == Detours.ON) {
          figures.add(new Figure("replaced_1000_ms", ms[ms.length / 2], "ms"));
          progress.accept(Arrays.toString(ms));
          figures.add(new Figure("replaced_1000_worst_ms", ms[ms.length - 1], "ms"));
          figures.add(
              new Figure("replaced", all.stream().mapToInt(Run::moved).min().orElse(0), ""));
        }
      }
    }
    figures.add(new Figure("protected_lost_per_flow", worst[0], "packets"));
    figures.add(new Figure("unprotected_lost_per_flow", worst[1], "packets"));
    figures.addAll(drain());
    return figures;
  }

  private static Lab lab(FabricSpec spec) throws IOException, InterruptedException {
    Lab lab = new Lab(spec, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    lab.awaitConverged();
    return lab;
  }

  private static ManagedChannel channel(Lab lab) {
    return NettyChannelBuilder.forAddress("127.0.0.1", lab.node().port()).usePlaintext().build();
  }

  // ---- failures --------------------------------------------------------------------------------

  private Run run(Failure failure, Detours detours) throws IOException, InterruptedException {
    try (Lab lab = lab(FABRIC)) {
      ManagedChannel channel = channel(lab);
      try {
        List<Permutation.Pair> pairs = ring();
        lease(lab, channel, pairs);
        if (detours == Detours.OFF) {
          for (Softswitch sw : lab.fabric().switches().values()) {
            sw.suspendTable("MyelinIngress.bypass");
            sw.suspendTable("MyelinIngress.node_bypass");
          }
        }
        Elephants flows = new Elephants(lab.fabric(), pairs, 100);
        flows.pace(PACE_BPS);
        flows.start();
        Thread.sleep(500);
        List<String> cables =
            lab.fabric().links().keySet().stream()
                .filter(
                    name ->
                        failure == Failure.SPINE
                            ? name.contains("-" + SPINE + "/")
                            : name.equals("leaf1/1-" + SPINE + "/1"))
                .toList();
        int affected = failure == Failure.SPINE ? pairs.size() : 2;
        int before = using(lab.node().state(), path -> touches(path, cables)).size();
        long began = System.nanoTime();
        cut(lab.fabric(), cables);
        await("the leases", () -> replaced(lab.node().state(), cables));
        double ms = (System.nanoTime() - began) / 1e6;
        Thread.sleep(300);
        await("the last messages", flows::finish);
        double lost = (double) lostData(lab.fabric());
        flows.stop();
        return new Run(lost / affected, ms, before);
      } finally {
        channel.shutdownNow();
      }
    }
  }

  /** Data packets that hosts sent and none received, but for what a meter did not let through. */
  private static long lostData(LabFabric fabric) {
    return fabric
        .call(
            () -> {
              long lost = 0;
              for (RoceHost h : fabric.hosts().values()) {
                lost += h.stats().dataPacketsSent() - h.stats().dataPacketsReceived();
              }
              for (Softswitch sw : fabric.switches().values()) {
                lost -=
                    sw.counter("MyelinIngress.drop_counter", DropReason.METER.index()).packets();
              }
              return lost;
            })
        .join();
  }

  /** From each leaf to the next, so that every cable of the spine carries something both ways. */
  private static List<Permutation.Pair> ring() {
    List<Permutation.Pair> pairs = new ArrayList<>();
    for (int l = 1; l <= FABRIC.leaves(); l++) {
      int next = l % FABRIC.leaves() + 1;
      pairs.add(
          new Permutation.Pair(
              new EndpointId("gpu-" + l + "-1"), new EndpointId("gpu-" + next + "-1")));
    }
    return pairs;
  }

  /** A lease for each flow, and small ones; all by one spine, since the others are drained. */
  private static void lease(Lab lab, ManagedChannel channel, List<Permutation.Pair> pairs)
      throws InterruptedException {
    for (int s = 2; s <= FABRIC.spines(); s++) {
      var unused =
          FabricServiceGrpc.newBlockingStub(channel)
              .drain(DrainRequest.newBuilder().setDevice("spine" + s).build());
    }
    for (Permutation.Pair p : pairs) {
      var unused = Leases.create(channel, p, FLOW_BPS);
    }
    LeaseServiceGrpc.LeaseServiceBlockingStub stub = LeaseServiceGrpc.newBlockingStub(channel);
    for (int i = 0; i < LEASES - pairs.size(); i++) {
      int from = i % FABRIC.leaves() + 1;
      int to = (from + i / FABRIC.leaves() % (FABRIC.leaves() - 1)) % FABRIC.leaves() + 1;
      int host = 2 + i % 3;
      var unused =
          stub.createLease(
              Leases.request(
                      "gpu-" + from + "-" + host, "gpu-" + to + "-" + host, 1_000 + i, SMALL_BPS)
                  .build());
    }
    for (int s = 2; s <= FABRIC.spines(); s++) {
      var unused =
          FabricServiceGrpc.newBlockingStub(channel)
              .undrain(UndrainRequest.newBuilder().setDevice("spine" + s).build());
    }
    await(
        "the leases",
        () -> using(lab.node().state(), p -> passes(p, SPINE)).size() == LEASES && active(lab));
  }

  private static boolean active(Lab lab) {
    for (Map.Entry<LeaseName, Lease> e : lab.node().state().leases()) {
      if (e.getValue().state() != LeaseState.ACTIVE) {
        return false;
      }
    }
    return true;
  }

  private static boolean passes(Path path, String device) {
    return path.egress().stream().anyMatch(p -> p.device().equals(new DeviceId(device)));
  }

  private static List<Lease> using(FabricState s, Predicate<Path> what) {
    List<Lease> all = new ArrayList<>();
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      if (what.test(e.getValue().path())) {
        all.add(e.getValue());
      }
    }
    return all;
  }

  /** Whether a path uses a cable; cables are {@code a-b}, links {@code a>b}. */
  private static boolean touches(Path path, List<String> cables) {
    for (LinkId id : path.links()) {
      String[] ends = id.value().split(">");
      if (ends.length == 2
          && (cables.contains(ends[0] + "-" + ends[1])
              || cables.contains(ends[1] + "-" + ends[0]))) {
        return true;
      }
    }
    return false;
  }

  private static boolean replaced(FabricState s, List<String> cables) {
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease l = e.getValue();
      if (l.state() != LeaseState.ACTIVE || touches(l.path(), cables)) {
        return false;
      }
    }
    return true;
  }

  private static void cut(LabFabric fabric, List<String> cables) {
    fabric
        .call(
            () -> {
              cables.forEach(c -> fabric.link(c).setUp(false));
              return true;
            })
        .join();
  }

  // ---- drain -----------------------------------------------------------------------------------

  private List<Figure> drain() throws IOException, InterruptedException {
    double[] ms = new double[runs];
    long lost = 0;
    long again = 0;
    double worstGoodput = Double.POSITIVE_INFINITY;
    for (int i = 0; i < runs; i++) {
      progress.accept("a spine is drained under full load, run " + (i + 1));
      try (Lab lab = lab(FULL)) {
        ManagedChannel channel = channel(lab);
        try {
          List<Permutation.Pair> pairs = Permutation.acrossLeaves(lab.fabric().inventory(), i + 1L);
          for (Permutation.Pair p : pairs) {
            var unused = Leases.create(channel, p, FULL.rateBps());
          }
          Elephants flows = new Elephants(lab.fabric(), pairs, 100);
          flows.start();
          Thread.sleep(1_000);
          Losses before = Losses.of(lab.fabric());
          long began = System.nanoTime();
          var unused =
              FabricServiceGrpc.newBlockingStub(channel)
                  .drain(DrainRequest.newBuilder().setDevice(SPINE).build());
          await(
              "the drain",
              () -> using(lab.node().state(), p -> passes(p, SPINE)).isEmpty() && active(lab));
          ms[i] = (System.nanoTime() - began) / 1e6;
          Thread.sleep(500);
          Elephants.Snapshot a = flows.snapshot();
          Thread.sleep(1_000);
          Elephants.Rates rates = Elephants.Rates.between(a, flows.snapshot());
          Losses l = Losses.of(lab.fabric()).minus(before);
          lost += l.lost();
          again += l.sentAgain();
          worstGoodput =
              Math.min(worstGoodput, rates.totalBps() / (pairs.size() * FULL.payloadBps()));
          flows.stop();
        } finally {
          channel.shutdownNow();
        }
      }
    }
    Arrays.sort(ms);
    return List.of(
        new Figure("drain_packets_lost", (double) lost, "packets"),
        new Figure("drain_packets_sent_again", (double) again, "packets"),
        new Figure("drain_p50_ms", ms[ms.length / 2], "ms"),
        new Figure("drain_goodput_after_over_ideal", worstGoodput, "ratio"));
  }

  private static void await(String what, BooleanSupplier done) throws InterruptedException {
    long until = System.nanoTime() + PATIENCE_NS;
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new IllegalStateException(what + ": not in time");
      }
      Thread.sleep(1);
    }
  }
}
