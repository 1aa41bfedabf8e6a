package io.myelin.bench.sim;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Queues;
import io.myelin.core.pipeline.DropReason;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.lab.ConvergenceWatch;
import io.myelin.lab.Elephants;
import io.myelin.lab.Lab;
import io.myelin.lab.LabFabric;
import io.myelin.lab.LabPlan;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.Leases;
import io.myelin.lab.Permutation;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.softswitch.engine.PortStats;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.EndpointPair;
import io.myelin.v1.Job;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A lab whose flows all have bandwidth of their own, booked as leases or as one job, and send
 * without a pace. Its cables can be cut and mended.
 */
final class DegradeLab implements AutoCloseable {
  private static final int FIRST_QP = 100;

  /** By the fabric's clock, until senders follow what they have. */
  private static final Duration WARM_UP = Duration.ofSeconds(2);

  private static final Duration MEASURE = Duration.ofMillis(1_500);

  private static final Set<DropReason> LOSSES =
      EnumSet.complementOf(EnumSet.of(DropReason.METER, DropReason.PORT_DOWN));

  /** How the bandwidth of flows is asked for. */
  enum Booking {
    /** One lease for each queue pair. */
    LEASES,
    /** One job for all. */
    JOB
  }

  /** A cable between two switches. */
  record Cable(PortRef leaf, PortRef spine) {
    /** As the lab calls it: {@code leaf1/1-spine1/1}. */
    String name() {
      return leaf + "-" + spine;
    }

    /** Both directions of all. */
    static Set<LinkId> links(Collection<Cable> cables) {
      Set<LinkId> all = new HashSet<>();
      for (Cable c : cables) {
        all.add(LinkId.between(c.leaf, c.spine));
        all.add(LinkId.between(c.spine, c.leaf));
      }
      return all;
    }
  }

  /**
   * What flows got within a time.
   *
   * @param slowest of all queue pairs, payload, as a share of an equal part of the line rate: what
   *     a flow gets whose parts are equal and that waits for the last one
   * @param total payload of all flows, in flows at line rate
   * @param lost packets that were sent under leases and that no meter dropped
   */
  record Goodput(double slowest, double total, long lost) {}

  private final Lab lab;
  private final ManagedChannel channel;
  private final long lineRateBps;
  private final int queuePairs;
  private final Elephants flows;

  /**
   * Starts a fabric, books and begins to send.
   *
   * @param rateBps bits per second of each flow
   * @param queuePairs of each flow
   */
  DegradeLab(
      LabPlan plan, List<Permutation.Pair> pairs, long rateBps, int queuePairs, Booking booking)
      throws IOException, InterruptedException {
    this.queuePairs = queuePairs;
    lineRateBps = plan.lineRateBps();
    lab =
        new Lab(
            new LabSwitches(plan, 0),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Lab.PACE);
    channel = NettyChannelBuilder.forAddress("127.0.0.1", lab.node().port()).usePlaintext().build();
    try {
      lab.awaitConverged();
      switch (booking) {
        case LEASES -> leases(pairs, rateBps);
        case JOB -> job(pairs, rateBps);
      }
      var unused =
          new ConvergenceWatch(lab.node()::state).await(System.nanoTime(), ConvergenceWatch::whole);
      List<Permutation.Pair> each = new ArrayList<>();
      pairs.forEach(p -> each.addAll(Collections.nCopies(queuePairs, p)));
      flows = new Elephants(lab.fabric(), each, FIRST_QP);
      flows.start();
    } catch (RuntimeException | InterruptedException e) {
      close();
      throw e;
    }
  }

  private void leases(List<Permutation.Pair> pairs, long rateBps) {
    LeaseServiceGrpc.LeaseServiceBlockingStub stub = LeaseServiceGrpc.newBlockingStub(channel);
    for (int i = 0; i < pairs.size() * queuePairs; i++) {
      Permutation.Pair p = pairs.get(i / queuePairs);
      var unused =
          stub.createLease(
              Leases.request(p.from().value(), p.to().value(), FIRST_QP + i, rateBps / queuePairs)
                  .build());
    }
  }

  /** The job tells queue pairs apart by their numbers modulo how many a flow has. */
  private void job(List<Permutation.Pair> pairs, long rateBps) {
    Job.Builder job =
        Job.newBuilder()
            .setKind(CollectiveKind.COLLECTIVE_KIND_PAIRS)
            .setQpsPerPair(queuePairs)
            .setBandwidthBps(rateBps);
    for (Permutation.Pair p : pairs) {
      job.addPairs(
          EndpointPair.newBuilder().setSource(p.from().value()).setDestination(p.to().value()));
    }
    var unused =
        JobServiceGrpc.newBlockingStub(channel)
            .createJob(
                CreateJobRequest.newBuilder()
                    .setParent("tenants/" + LabFabric.TENANT)
                    .setJob(job)
                    .build());
  }

  LabFabric fabric() {
    return lab.fabric();
  }

  /** Waits until senders follow what they have, and measures what they get. */
  Goodput measure() {
    fabric().pass(WARM_UP);
    Elephants.Snapshot before = flows.snapshot();
    long lostBefore = lost();
    fabric().pass(MEASURE);
    Elephants.Rates rates = Elephants.Rates.between(before, flows.snapshot());
    double payloadBps = fabric().plan().payloadBps(lineRateBps);
    return new Goodput(
        rates.slowestBps() * queuePairs / payloadBps,
        rates.totalBps() / payloadBps,
        lost() - lostBefore);
  }

  /** The least that any lease is granted, as a share of what it asks for. */
  double leastGranted() {
    double least = 1;
    for (Map.Entry<LeaseName, Lease> e : lab.node().state().leases()) {
      Lease l = e.getValue();
      least = Math.min(least, (double) l.grantedBps() / l.spec().bandwidthBps());
    }
    return least;
  }

  /**
   * Packets lost until now: in the leases' queues, on cables, and by switches for any reason but
   * two. What meters drop was not bought. What is dropped for a dead port are the controller's
   * probes to a switch that is cut off, once no lease's path leads there.
   */
  private long lost() {
    return fabric().call(this::count).join();
  }

  private long count() {
    long lost = 0;
    for (EmulatedLink l : fabric().links().values()) {
      lost += l.fromA().lost() + l.fromB().lost();
    }
    for (Softswitch sw : fabric().switches().values()) {
      for (int port = 1; sw.hasPort(port); port++) {
        PortStats.QueueStats leased = sw.portStats(port).queues().get(Queues.LEASED);
        lost += leased.droppedFull() + leased.droppedDown();
      }
      for (DropReason r : LOSSES) {
        lost += sw.counter("MyelinIngress.drop_counter", r.index()).packets();
      }
    }
    return lost;
  }

  /**
   * Cuts cables, all at once.
   *
   * @return when all leases are elsewhere with what they share
   */
  ConvergenceWatch.Times cut(Collection<Cable> cables) throws InterruptedException {
    long began = System.nanoTime();
    set(cables, false);
    Set<LinkId> dead = Cable.links(cables);
    return new ConvergenceWatch(lab.node()::state)
        .await(began, s -> ConvergenceWatch.shared(s, dead));
  }

  /**
   * Mends cables.
   *
   * @return when all leases have what they ask for
   */
  ConvergenceWatch.Times mend(Collection<Cable> cables) throws InterruptedException {
    long began = System.nanoTime();
    set(cables, true);
    return new ConvergenceWatch(lab.node()::state).await(began, ConvergenceWatch::whole);
  }

  private void set(Collection<Cable> cables, boolean up) {
    fabric()
        .call(
            () -> {
              cables.forEach(c -> fabric().link(c.name()).setUp(up));
              return true;
            })
        .join();
  }

  /** The fair shares of these flows while cables are cut, from the fabric's description. */
  FairBounds bounds(List<Permutation.Pair> pairs, Collection<Cable> cut) {
    Inventory inventory = fabric().inventory();
    Set<LinkId> dead = Cable.links(cut);
    List<FairBounds.Link> links = new ArrayList<>();
    inventory
        .links()
        .forEach(
            (id, l) -> {
              if (!dead.contains(id)) {
                links.add(new FairBounds.Link(l.from().device().value(), l.to().device().value()));
              }
            });
    Map<List<String>, Integer> flowsBetween = new TreeMap<>(Comparator.comparing(List::toString));
    for (Permutation.Pair p : pairs) {
      flowsBetween.merge(List.of(switchOf(p.from()), switchOf(p.to())), 1, Integer::sum);
    }
    List<FairBounds.Demand> demands = new ArrayList<>();
    flowsBetween.forEach(
        (ends, n) -> demands.add(new FairBounds.Demand(ends.get(0), ends.get(1), n)));
    return new FairBounds(links, demands);
  }

  private String switchOf(EndpointId host) {
    return fabric().endpoint(host).attachment().device().value();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    lab.close();
  }
}
