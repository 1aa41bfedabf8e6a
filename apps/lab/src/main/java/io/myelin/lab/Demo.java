package io.myelin.lab;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.loop.Loops;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Names;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.TenantId;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.ListLeasesRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The story in under two minutes: a fabric comes up, elephants collide under ECMP, leases take them
 * apart, a cable is cut and traffic goes on. Every figure is measured in this run.
 */
public final class Demo implements AutoCloseable {
  private static final Duration CONVERGE = Duration.ofSeconds(30);
  private static final Duration WARM_UP = Duration.ofMillis(1500);
  private static final Duration MEASURE = Duration.ofSeconds(6);
  private static final long POLL_MS = 20;

  private final Lab lab;
  private final ManagedChannel channel;
  private final long seed;
  private final Consumer<String> say;

  /** Shares of what the hosts' ports could carry, and bytes of the busiest link over the mean. */
  public record Row(double ofIdeal, double slowestOfIdeal, double busiestLink) {}

  /** What the demo measured. */
  public record Summary(Row ecmp, Row loop, Row leases, long restoredMs, Row afterCut) {}

  /**
   * @param say receives the story, line by line
   * @throws IOException when a socket cannot be opened
   * @throws io.myelin.core.model.Invalid when a part of the story has no place on this fabric
   */
  public Demo(LabPlan plan, int port, long seed, Consumer<String> say) throws IOException {
    DemoFabric.require(plan.inventory());
    this.seed = seed;
    this.say = say;
    say.accept(
        String.format(
            "1. Fabric: %s, P4 softswitches with P4Runtime, %d Mb/s ports",
            plan.summary(), plan.lineRateBps() / 1_000_000));
    lab =
        new Lab(
            new LabSwitches(plan, 0),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            Lab.PACE);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", lab.node().port()).usePlaintext().build();
  }

  public LabFabric fabric() {
    return lab.fabric();
  }

  public int port() {
    return lab.node().port();
  }

  /** Tells the whole story. */
  public Summary run() throws InterruptedException, TimeoutException {
    long began = System.nanoTime();
    lab.awaitConverged();
    say.accept(
        String.format(
            "   %d switches programmed over P4Runtime, %d links discovered by LLDP, %.1f s",
            lab.fabric().switches().size(),
            lab.node().state().observedLinks(),
            (System.nanoTime() - began) / 1e9));

    List<Permutation.Pair> pairs = Permutation.acrossLeaves(lab.fabric().inventory(), seed);
    Elephants flows = new Elephants(lab.fabric(), pairs, 100);
    // Of what a NIC sends, payload is MTU / (MTU + headers); the ideal is every NIC at line rate.
    double ideal =
        pairs.stream().mapToDouble(p -> lab.fabric().plan().payloadBps(rateBps(p))).sum();

    say.accept(
        String.format(
            "%n2. %d elephants, a permutation over all GPUs (seed %d), forwarded by ECMP",
            pairs.size(), seed));
    lab.node().loops(Loops.Mode.OFF);
    flows.start();
    Elephants.Rates ecmp = measure(flows);
    report("ECMP", ecmp, ideal);
    say.accept("   and with the congestion loop, which hears of full queues and parts elephants");
    lab.node().loops(Loops.Mode.ON);
    Elephants.Rates loop = measure(flows);
    report("ECMP + loop", loop, ideal);
    say.accept(String.format("   %d flows were led elsewhere", lab.node().state().guided().size()));

    say.accept(
        String.format(
            "%n3. The same flows under leases of %d Mb/s each",
            lab.fabric().plan().lineRateBps() / 1_000_000));
    long asked = System.nanoTime();
    List<Lease> leases = lease(pairs);
    say.accept(
        String.format(
            "   %d leases ACTIVE in %.0f ms: admitted, programmed and acknowledged by the switches",
            leases.size(), (System.nanoTime() - asked) / 1e6));
    Elephants.Rates leased = measure(flows);
    report("leases", leased, ideal);
    checkPaths(flows);

    long restored = cut(flows);
    Elephants.Rates after = measure(flows);
    report("after the cut", after, ideal);
    say.accept(degraded());
    flows.stop();
    return new Summary(
        row(ecmp, ideal), row(loop, ideal), row(leased, ideal), restored, row(after, ideal));
  }

  /** What both ports of a pair carry, bits per second. */
  private long rateBps(Permutation.Pair p) {
    return Math.min(
        lab.fabric().endpoint(p.from()).capacityBps(), lab.fabric().endpoint(p.to()).capacityBps());
  }

  private List<Lease> lease(List<Permutation.Pair> pairs) {
    List<Lease> leases = new ArrayList<>();
    for (Permutation.Pair p : pairs) {
      try {
        leases.add(Leases.create(channel, tenant(), p, rateBps(p)));
      } catch (StatusRuntimeException e) {
        throw new IllegalStateException(
            "this fabric does not carry all its hosts at line rate: "
                + e.getStatus().getDescription()
                + "; 'myelin lab --topology' runs it",
            e);
      }
    }
    return leases;
  }

  /** That of all hosts. */
  private TenantId tenant() {
    return lab.fabric().inventory().endpoints().iterator().next().getValue().tenant();
  }

  private static Row row(Elephants.Rates r, double ideal) {
    return new Row(
        r.totalBps() / ideal, r.slowestBps() / ideal * r.flowBps().size(), r.busiestLinkShare());
  }

  private Elephants.Rates measure(Elephants flows) throws InterruptedException {
    Thread.sleep(WARM_UP.toMillis());
    Elephants.Snapshot a = flows.snapshot();
    Thread.sleep(MEASURE.toMillis());
    return Elephants.Rates.between(a, flows.snapshot());
  }

  private void report(String what, Elephants.Rates r, double ideal) {
    int n = r.flowBps().size();
    say.accept(
        String.format(
            "   %-14s %5.1f%% of ideal in all; slowest flow %5.1f%%; busiest link %.2fx the mean; %d packets sent again",
            what,
            100 * r.totalBps() / ideal,
            100 * r.slowestBps() * n / ideal,
            r.busiestLinkShare(),
            r.retransmits()));
  }

  private static LeaseServiceGrpc.LeaseServiceBlockingStub stub(Channel c) {
    return LeaseServiceGrpc.newBlockingStub(c).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private List<Lease> leases() {
    return stub(channel)
        .listLeases(
            ListLeasesRequest.newBuilder()
                .setParent("tenants/" + tenant())
                .setPageSize(1000)
                .build())
        .getLeasesList();
  }

  /** Says how many leases share a link: none should, at line rate. */
  private void checkPaths(Elephants flows) {
    Map<String, Integer> users = new HashMap<>();
    for (Lease l : leases()) {
      List<Hop> hops = l.getPaths(0).getHopsList();
      hops.subList(0, hops.size() - 1)
          .forEach(h -> users.merge(h.getDevice() + "/" + h.getPort(), 1, Integer::sum));
    }
    long shared = users.values().stream().filter(n -> n > 1).count();
    say.accept(
        String.format(
            "   %d flows over %d links between switches, %d links shared",
            flows.pairs().size(), users.size(), shared));
  }

  /** Cuts a cable that leases use; returns the time until no lease's path uses it any more. */
  private long cut(Elephants flows) throws InterruptedException, TimeoutException {
    Lease first =
        leases().stream().filter(l -> l.getPaths(0).getHopsCount() > 1).findFirst().orElseThrow();
    Hop hop = first.getPaths(0).getHops(0);
    String port = hop.getDevice() + "/" + hop.getPort();
    PortRef from = PortRef.parse("hop", port);
    String cable = lab.fabric().linkAt(from).name();
    LinkId out = Objects.requireNonNull(lab.fabric().inventory().linkFrom(from), port);
    say.accept(String.format("%n4. Cable %s is cut while everything runs", cable));
    long sentAgain = flows.snapshot().retransmits();
    long began = System.nanoTime();
    lab.fabric()
        .call(
            () -> {
              lab.fabric().link(cable).setUp(false);
              return true;
            })
        .join();
    await("the repair", CONVERGE, () -> !lab.node().state().isUp(out) && settled(port));
    long ms = (System.nanoTime() - began) / 1_000_000;
    say.accept(
        String.format(
            "   the switches sent its packets on a detour at once: %d packets sent again meanwhile",
            flows.snapshot().retransmits() - sentAgain));
    say.accept(
        String.format(
            "   told of by the switches, leases moved or handed to ECMP, switches reprogrammed: %d ms",
            ms));
    return ms;
  }

  private boolean settled(String port) {
    for (Lease l : leases()) {
      boolean uses =
          l.getPaths(0).getHopsList().stream()
              .anyMatch(h -> (h.getDevice() + "/" + h.getPort()).equals(port));
      boolean pending = l.getState() == LeaseState.LEASE_STATE_PROVISIONING;
      if (pending || (uses && l.getState() == LeaseState.LEASE_STATE_ACTIVE)) {
        return false;
      }
    }
    return true;
  }

  private String degraded() {
    TreeSet<String> names = new TreeSet<>();
    int active = 0;
    for (Lease l : leases()) {
      if (l.getState() == LeaseState.LEASE_STATE_DEGRADED) {
        names.add(l.getName());
      } else {
        active++;
      }
    }
    return names.isEmpty()
        ? "   all " + active + " leases are ACTIVE"
        : "   "
            + active
            + " leases ACTIVE; DEGRADED, since the fabric has one cable too few for all: "
            + Names.some(names);
  }

  private static void await(String what, Duration most, BooleanSupplier done)
      throws InterruptedException, TimeoutException {
    long until = System.nanoTime() + most.toNanos();
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > until) {
        throw new TimeoutException(what + " was not ready after " + most.toSeconds() + " s");
      }
      Thread.sleep(POLL_MS);
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    lab.close();
  }
}
