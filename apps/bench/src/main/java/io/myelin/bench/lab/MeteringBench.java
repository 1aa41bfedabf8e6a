package io.myelin.bench.lab;

import io.myelin.bench.figure.Figure;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Permutation;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.lab.roce.QueuePair;
import io.myelin.lab.roce.RoceHost;
import io.myelin.lab.roce.RoceHost.CongestionControl;
import io.myelin.lab.scenario.VirtualLab;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * What senders that nobody paces get of the leases that they send under, in virtual time: the same
 * seed gives the same figures on any machine.
 *
 * <p>A lease of B bit/s is metered in bytes of the Ethernet frames that its host sends: from the
 * destination MAC address to the ICRC, without labels, FCS, preamble and gap. <b>Bought</b> is the
 * RDMA payload in frames of B bit/s: {@code B * mtu / (mtu + 58)} for IPv4, as Ethernet 14, IPv4
 * 20, UDP 8, BTH 12 and ICRC 4 bytes are around it. <b>Goodput</b> is RDMA payload that arrived in
 * order, each byte once; it is what gets acknowledged. <b>Carried</b> is what passed the meter, as
 * frames, duplicates and what arrived out of order included.
 *
 * <p>Three hosts of one leaf send to three of another, each under a lease of the same rate: one
 * with a single queue pair, one with four, and one whose NIC heeds no notification.
 */
public final class MeteringBench {
  private static final int MTU = 4096;

  /** Ethernet, IPv4, UDP, BTH and ICRC: what a meter counts besides the payload. */
  private static final int FRAME_HEADERS = 14 + 20 + 8 + 12 + 4;

  /** Preamble, FCS and gap: what a port spends besides the frame. */
  private static final int WIRE_OVERHEAD = 24;

  private static final long MESSAGE_BYTES = 256 * 1024;

  /** Messages posted at once: more than the longest cables hold at 400 Gb/s. */
  private static final int DEPTH = 4;

  private static final int FIRST_QP = 100;

  private final int seeds;
  private final double length;
  private final Consumer<String> progress;

  /**
   * A lease and the ports of its hosts.
   *
   * @param leaseBps bits per second of the lease
   * @param portBps bits per second of every port
   */
  record Case(long leaseBps, long portBps) {
    /** The rate as figures name it: {@code 10M}, {@code 100G}. */
    String rate() {
      return leaseBps >= 1_000_000_000
          ? leaseBps / 1_000_000_000 + "G"
          : leaseBps / 1_000_000 + "M";
    }

    /** Bits per second of payload in frames of the leased rate. */
    double boughtBps() {
      return leaseBps * (double) MTU / (MTU + FRAME_HEADERS);
    }

    private boolean slow() {
      return portBps < 1_000_000_000;
    }

    /** The lab's own queues and cables for slow ports; those of a data centre for fast ones. */
    FabricSpec fabric(SplittableRandom random) {
      long latencyNs = slow() ? 20_000 : random.nextLong(200, 1_000);
      long queueBytes = slow() ? 200_000 : 4_000_000;
      return new FabricSpec(2, HOSTS, HOSTS, portBps, latencyNs, queueBytes, MTU);
    }

    double packetNs() {
      return (MTU + FRAME_HEADERS + WIRE_OVERHEAD) * 8e9 / leaseBps;
    }
  }

  private static final int HOSTS = 3;

  /**
   * What one sender got.
   *
   * @param qps queue pairs that share the lease
   * @param goodput over bought
   * @param carried over granted
   * @param retransmits data packets that were sent again
   */
  record Sender(
      int qps, CongestionControl control, double goodput, double carried, long retransmits) {}

  private static final long M = 1_000_000;
  private static final long G = 1_000_000_000;

  /** Leases on ports somewhat faster than they are, and on ports of 100 and 400 Gb/s. */
  static final List<Case> CASES =
      List.of(
          new Case(10 * M, 40 * M),
          new Case(10 * M, 100 * G),
          new Case(20 * M, 40 * M),
          new Case(20 * M, 100 * G),
          new Case(30 * M, 40 * M),
          new Case(30 * M, 100 * G),
          new Case(35 * M, 40 * M),
          new Case(35 * M, 100 * G),
          new Case(100 * M, 400 * M),
          new Case(100 * M, 100 * G),
          new Case(400 * M, G),
          new Case(400 * M, 100 * G),
          new Case(G, 10 * G),
          new Case(G, 100 * G),
          new Case(10 * G, 40 * G),
          new Case(10 * G, 100 * G),
          new Case(40 * G, 100 * G),
          new Case(40 * G, 400 * G),
          new Case(100 * G, 400 * G),
          new Case(400 * G, 400 * G));

  /**
   * A bench.
   *
   * @param seeds runs of each case; a seed decides cables' lengths and when senders begin
   * @param length of the measured time, 1 for the figures of docs/BENCHMARKS.md
   * @param progress is told of each case
   */
  public MeteringBench(int seeds, double length, Consumer<String> progress) {
    this.seeds = seeds;
    this.length = length;
    this.progress = progress;
  }

  /**
   * Runs all cases.
   *
   * @return for each rate the median of goodput over bought and the worst, over ports, seeds and
   *     numbers of queue pairs; the worst of NICs with fixed times on the slower port; the most
   *     that was carried over granted, by senders that heed notifications and by those that do not;
   *     and over all rates the median and the worst
   */
  public List<Figure> run() throws IOException, InterruptedException {
    List<Figure> figures = new ArrayList<>();
    List<Double> all = new ArrayList<>();
    List<Double> rate = new ArrayList<>();
    double carried = 0;
    double unheeding = 0;
    double fixed = 0;
    for (int i = 0; i < CASES.size(); i++) {
      Case c = CASES.get(i);
      progress.accept(c.rate() + " on ports of " + new Case(c.portBps(), c.portBps()).rate());
      for (int seed = 1; seed <= seeds; seed++) {
        for (Sender s : measure(c, CongestionControl.DCQCN, seed, length)) {
          if (s.control() == CongestionControl.NONE) {
            unheeding = Math.max(unheeding, s.carried());
          } else {
            rate.add(s.goodput());
            carried = Math.max(carried, s.carried());
          }
        }
      }
      if (i == 0 || CASES.get(i - 1).leaseBps() != c.leaseBps()) {
        fixed = fixedTimes(c);
      }
      if (i == CASES.size() - 1 || CASES.get(i + 1).leaseBps() != c.leaseBps()) {
        figures.add(new Figure(c.rate() + "_goodput_over_bought", median(rate), "ratio"));
        figures.add(
            new Figure(c.rate() + "_goodput_over_bought_worst", Collections.min(rate), "ratio"));
        figures.add(new Figure(c.rate() + "_fixed_times_goodput_over_bought", fixed, "ratio"));
        figures.add(new Figure(c.rate() + "_carried_over_granted_most", carried, "ratio"));
        figures.add(new Figure(c.rate() + "_unheeding_over_granted_most", unheeding, "ratio"));
        all.addAll(rate);
        rate.clear();
        carried = 0;
        unheeding = 0;
      }
    }
    figures.add(new Figure("goodput_over_bought_p50", median(all), "ratio"));
    figures.add(new Figure("goodput_over_bought_worst", Collections.min(all), "ratio"));
    return figures;
  }

  /** The worst of the same senders with the times that are published for 100 Gb/s. */
  private double fixedTimes(Case c) throws IOException, InterruptedException {
    return measure(c, CongestionControl.DCQCN_FIXED_TIMES, 1, length).stream()
        .filter(s -> s.control() != CongestionControl.NONE)
        .mapToDouble(Sender::goodput)
        .min()
        .orElseThrow();
  }

  private static double median(List<Double> values) {
    return LoopBench.quantile(values.stream().mapToDouble(v -> v).toArray(), 0.5);
  }

  /**
   * Three senders under a lease each: one queue pair, four, and one that heeds nothing.
   *
   * @param control of the first two
   * @param length of the measured time: 1 is 6,000 packets at the leased rate and 60 ms; of leases
   *     as fast as their ports, whose buckets take 240 ms to empty, 6 ms
   */
  static List<Sender> measure(Case c, CongestionControl control, long seed, double length)
      throws IOException, InterruptedException {
    SplittableRandom random = new SplittableRandom(seed);
    List<Permutation.Pair> pairs = new ArrayList<>();
    for (int i = 1; i <= HOSTS; i++) {
      pairs.add(new Permutation.Pair(new EndpointId("gpu-1-" + i), new EndpointId("gpu-2-" + i)));
    }
    try (VirtualLab lab = new VirtualLab(c.fabric(random), pairs, c.leaseBps())) {
      List<Flows> senders =
          List.of(
              new Flows(lab, pairs.get(0), 1, control),
              new Flows(lab, pairs.get(1), 4, control),
              new Flows(lab, pairs.get(2), 1, CongestionControl.NONE));
      senders.forEach(s -> s.start(random, (long) (50 * c.packetNs())));
      // Buckets start full: they are empty, and first cuts are made up for, before it counts.
      double share = c.leaseBps() < c.portBps() ? 1 : 0.1;
      lab.pass((long) (share * 40e6 + 3_000 * c.packetNs()));
      senders.forEach(Flows::mark);
      long forNs = (long) (length * (share * 60e6 + 6_000 * c.packetNs()));
      lab.pass(forNs);
      return senders.stream().map(s -> s.over(c, forNs / 1e9)).toList();
    }
  }

  /** The queue pairs of one sender. */
  private static final class Flows {
    private final VirtualLab lab;
    private final CongestionControl control;
    private final RoceHost sender;
    private final RoceHost receiver;
    private final List<QueuePair> from = new ArrayList<>();
    private final List<QueuePair> to = new ArrayList<>();
    private long receivedBefore;
    private long passedBefore;
    private long retransmitsBefore;

    Flows(VirtualLab lab, Permutation.Pair pair, int qps, CongestionControl control) {
      this.lab = lab;
      this.control = control;
      Endpoint source = lab.fabric.endpoint(pair.from());
      Endpoint destination = lab.fabric.endpoint(pair.to());
      receiver = lab.fabric.host(pair.to());
      sender = nic(source);
      sender.setNeighbor(destination.ip().bytes(), destination.mac().value());
      for (int qp = FIRST_QP; qp < FIRST_QP + qps; qp++) {
        to.add(receiver.openQp(qp, source.ip().bytes(), qp));
        from.add(sender.openQp(qp, destination.ip().bytes(), qp));
      }
    }

    /** The lab's NIC, but with this congestion control. */
    private RoceHost nic(Endpoint e) {
      RoceHost.Config c = lab.fabric.host(e.id()).config();
      EmulatedLink cable = lab.fabric.link(e.id() + "-" + e.attachment());
      RoceHost nic =
          new RoceHost(
              new RoceHost.Config(
                  c.mac(),
                  c.ip(),
                  c.rateBps(),
                  c.mtu(),
                  c.window(),
                  c.ackEvery(),
                  c.timeoutNs(),
                  c.queueBytes(),
                  control),
              lab.clock,
              cable::sendFromA);
      cable.attachA(nic);
      return nic;
    }

    void start(SplittableRandom random, long withinNs) {
      for (QueuePair qp : from) {
        lab.clock.after(
            random.nextLong(withinNs + 1),
            () -> {
              for (int i = 0; i < DEPTH; i++) {
                next(qp);
              }
            });
      }
    }

    private static void next(QueuePair qp) {
      qp.postWrite(MESSAGE_BYTES, done -> next(qp));
    }

    void mark() {
      receivedBefore = received();
      passedBefore = passed();
      retransmitsBefore = sender.stats().retransmits();
    }

    private long received() {
      return to.stream().mapToLong(QueuePair::receivedBytes).sum();
    }

    private long passed() {
      return receiver.stats().dataPacketsReceived();
    }

    Sender over(Case c, double seconds) {
      double goodputBps = (received() - receivedBefore) * 8 / seconds;
      double carriedBps = (passed() - passedBefore) * 8.0 * (MTU + FRAME_HEADERS) / seconds;
      return new Sender(
          from.size(),
          control,
          goodputBps / c.boughtBps(),
          carriedBps / c.leaseBps(),
          sender.stats().retransmits() - retransmitsBefore);
    }
  }
}
