package io.myelin.lab;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.loop.Loops;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.FabricState;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The story in under two minutes: a fabric comes up, elephants collide under ECMP, leases take them
 * apart, a cable is cut and traffic goes on. Every figure is measured in this run.
 */
public final class Demo implements AutoCloseable {
  /** By the fabric's clock, until senders follow what they have. */
  private static final Duration WARM_UP = Duration.ofSeconds(4);

  private static final Duration MEASURE = Duration.ofSeconds(6);

  /** Of each flow; a collective spreads a flow over as many. */
  private static final int QUEUE_PAIRS = 4;

  private static final int FIRST_QP = 100;
  private static final int PAGE = 1_000;

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
    this(plan, port, null, seed, say);
  }

  /**
   * The same, to look at while it runs.
   *
   * @param web how a web door is opened; null: there is none
   */
  public Demo(LabPlan plan, int port, @Nullable WebOptions web, long seed, Consumer<String> say)
      throws IOException {
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
            Lab.PACE,
            web);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", lab.node().port()).usePlaintext().build();
  }

  /** What a person opens; empty: there is no web door. */
  public String url() {
    WebDoor door = lab.node().door();
    return door == null ? "" : door.url();
  }

  public LabFabric fabric() {
    return lab.fabric();
  }

  public int port() {
    return lab.node().port();
  }

  /** Tells the whole story. */
  public Summary run() throws InterruptedException {
    long began = System.nanoTime();
    lab.awaitConverged();
    say.accept(
        String.format(
            "   %d switches programmed over P4Runtime, %d links discovered by LLDP, %.1f s",
            lab.fabric().switches().size(),
            lab.node().state().observedLinks(),
            (System.nanoTime() - began) / 1e9));

    List<Permutation.Pair> pairs = Permutation.acrossLeaves(lab.fabric().inventory(), seed);
    List<Permutation.Pair> each = new ArrayList<>();
    pairs.forEach(p -> each.addAll(Collections.nCopies(QUEUE_PAIRS, p)));
    Elephants flows = new Elephants(lab.fabric(), each, FIRST_QP);
    // Of what a NIC sends, payload is MTU / (MTU + headers); the ideal is every NIC at line rate.
    double ideal =
        pairs.stream().mapToDouble(p -> lab.fabric().plan().payloadBps(rateBps(p))).sum();

    say.accept(
        String.format(
            "%n2. %d elephants of %d queue pairs each, a permutation over all GPUs (seed %d), forwarded by"
                + " ECMP",
            pairs.size(), QUEUE_PAIRS, seed));
    lab.node().loops(Loops.Mode.OFF);
    flows.start();
    Elephants.Rates ecmp = measure(flows);
    report("ECMP", ecmp, ideal);
    say.accept("   and with the congestion loop, which hears of full queues and parts elephants");
    lab.node().loops(Loops.Mode.ON);
    Elephants.Rates loop = measure(flows);
    report("ECMP + loop", loop, ideal);
    say.accept(
        String.format(
            "   %d queue pairs were led elsewhere", lab.node().state().loops().steered().size()));

    say.accept(
        String.format(
            "%n3. The same flows under leases: one of %d Mb/s for each queue pair, line rate for each flow",
            lab.fabric().plan().lineRateBps() / QUEUE_PAIRS / 1_000_000));
    long asked = System.nanoTime();
    List<Lease> leases = lease(pairs);
    say.accept(
        String.format(
            "   %d leases ACTIVE in %.0f ms: admitted, programmed and acknowledged by the switches",
            leases.size(), (System.nanoTime() - asked) / 1e6));
    Elephants.Rates leased = measure(flows);
    report("leases", leased, ideal);
    checkPaths();

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
    for (int i = 0; i < pairs.size() * QUEUE_PAIRS; i++) {
      Permutation.Pair p = pairs.get(i / QUEUE_PAIRS);
      try {
        leases.add(Leases.create(channel, tenant(), p, FIRST_QP + i, rateBps(p) / QUEUE_PAIRS));
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
    return new Row(r.totalBps() / ideal, slowest(r, ideal), r.busiestLinkShare());
  }

  /** What the slowest flow has, all its queue pairs together, over the mean of the ideal. */
  private static double slowest(Elephants.Rates r, double ideal) {
    int flows = r.flowBps().size() / QUEUE_PAIRS;
    double least = Double.POSITIVE_INFINITY;
    for (int f = 0; f < flows; f++) {
      double sum = 0;
      for (int q = 0; q < QUEUE_PAIRS; q++) {
        sum += r.flowBps().get(f * QUEUE_PAIRS + q);
      }
      least = Math.min(least, sum);
    }
    return least / ideal * flows;
  }

  private Elephants.Rates measure(Elephants flows) {
    lab.fabric().pass(WARM_UP);
    Elephants.Snapshot a = flows.snapshot();
    lab.fabric().pass(MEASURE);
    return Elephants.Rates.between(a, flows.snapshot());
  }

  private void report(String what, Elephants.Rates r, double ideal) {
    say.accept(
        String.format(
            "   %-14s %5.1f%% of ideal in all; slowest flow %5.1f%%; busiest link %.2fx the mean; %d packets sent again",
            what,
            100 * r.totalBps() / ideal,
            100 * slowest(r, ideal),
            r.busiestLinkShare(),
            r.retransmits()));
  }

  private static LeaseServiceGrpc.LeaseServiceBlockingStub stub(Channel c) {
    return LeaseServiceGrpc.newBlockingStub(c).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private List<Lease> leases() {
    List<Lease> all = new ArrayList<>();
    String token = "";
    do {
      ListLeasesResponse page =
          stub(channel)
              .listLeases(
                  ListLeasesRequest.newBuilder()
                      .setParent("tenants/" + tenant())
                      .setPageSize(PAGE)
                      .setPageToken(token)
                      .build());
      all.addAll(page.getLeasesList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return all;
  }

  /** Says on how many links more is leased than they carry: on none. */
  private void checkPaths() {
    Map<String, Long> leasedBps = new HashMap<>();
    List<Lease> leases = leases();
    for (Lease l : leases) {
      List<Hop> hops = l.getPaths(0).getHopsList();
      hops.subList(0, hops.size() - 1)
          .forEach(
              h ->
                  leasedBps.merge(
                      h.getDevice() + "/" + h.getPort(), l.getBandwidthBps(), Long::sum));
    }
    long over = 0;
    for (Map.Entry<String, Long> e : leasedBps.entrySet()) {
      over += e.getValue() > capacityBps(PortRef.parse("hop", e.getKey())) ? 1 : 0;
    }
    say.accept(
        String.format(
            "   %d leases over %d links between switches, %d links with more than they carry",
            leases.size(), leasedBps.size(), over));
  }

  private long capacityBps(PortRef from) {
    Inventory inventory = lab.fabric().inventory();
    LinkId id = Objects.requireNonNull(inventory.linkFrom(from), from.toString());
    return Objects.requireNonNull(inventory.links().get(id), id.value()).capacityBps();
  }

  /** Cuts a cable that leases use; returns the time until all are elsewhere and acknowledged. */
  private long cut(Elephants flows) throws InterruptedException {
    Lease first =
        leases().stream().filter(l -> l.getPaths(0).getHopsCount() > 1).findFirst().orElseThrow();
    Hop hop = first.getPaths(0).getHops(0);
    String port = hop.getDevice() + "/" + hop.getPort();
    PortRef from = PortRef.parse("hop", port);
    String cable = lab.fabric().linkAt(from).name();
    LinkId out = Objects.requireNonNull(lab.fabric().inventory().linkFrom(from), port);
    Set<LinkId> dead = Set.of(out, LinkId.between(otherEnd(out), from));
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
    long ms =
        Math.round(
            new ConvergenceWatch(lab.node()::state)
                .await(began, s -> !s.isUp(out) && settled(s, dead))
                .firstMs());
    say.accept(
        String.format(
            "   the switches sent its packets on a detour at once: %d packets sent again meanwhile",
            flows.snapshot().retransmits() - sentAgain));
    say.accept(
        String.format(
            "   told of by the switches, leases moved or given a share, switches reprogrammed: %d ms",
            ms));
    return ms;
  }

  private PortRef otherEnd(LinkId link) {
    return Objects.requireNonNull(lab.fabric().inventory().links().get(link), link.value()).to();
  }

  /** Whether no lease is steered into a dead link, and switches acknowledged all. */
  private static boolean settled(FabricState s, Set<LinkId> dead) {
    for (var e : s.leases()) {
      var l = e.getValue();
      boolean pending = l.state() == io.myelin.core.state.Lease.LeaseState.PROVISIONING;
      boolean uses = l.state().steers() && !Collections.disjoint(l.path().links(), dead);
      if (pending || uses) {
        return false;
      }
    }
    return true;
  }

  private String degraded() {
    List<Lease> leases = leases();
    List<Lease> reduced =
        leases.stream().filter(l -> l.getState() == LeaseState.LEASE_STATE_DEGRADED).toList();
    if (reduced.isEmpty()) {
      return "   all " + leases.size() + " leases are ACTIVE";
    }
    Map<String, long[]> flows = new HashMap<>();
    for (Lease l : leases) {
      long[] of = flows.computeIfAbsent(l.getSource(), k -> new long[2]);
      of[0] += l.getGrantedBandwidthBps();
      of[1] += l.getBandwidthBps();
    }
    double least =
        flows.values().stream().mapToDouble(of -> (double) of[0] / of[1]).min().orElseThrow();
    return String.format(
        "   %d leases have all that they ask for, %d have a share (DEGRADED): the fabric has one cable"
            + " too few.%n   The flow that is granted least has %.0f%% of its line rate",
        leases.size() - reduced.size(), reduced.size(), 100 * least);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    lab.close();
  }
}
