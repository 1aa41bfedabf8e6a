package io.myelin.lab.scenario;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Queues;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.Permutation;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.lab.net.FrameTap;
import io.myelin.softswitch.engine.Softswitch;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Many senders to one receiver at 100 Gb/s, and as many to every sender, so that notifications
 * cross full queues on their way back. DCQCN and the switches' ECN must hold the queue near Kmax
 * and lose nothing; the strict queue must bring notifications back as if the fabric were empty.
 */
final class Incast implements Scenario {
  private static final int SENDERS = 8;
  private static final long RATE_BPS = 100_000_000_000L;

  /** The first burst cuts deep; steps of 100 Mb/s every 300 us take their time to mend that. */
  private static final long SETTLE_NS = 100_000_000;

  private static final long MEASURE_NS = 20_000_000;
  private static final long SAMPLE_NS = 1_000;

  /** 100 m of fibre, 4 MB of buffer a queue. */
  private static final FabricSpec FABRIC =
      new FabricSpec(3, 2, SENDERS, RATE_BPS, 500, 4_000_000, 4096);

  @Override
  public String summary() {
    return SENDERS + " senders to one receiver: ECN marks, CNPs, rates, queue depth, CNP latency";
  }

  @Override
  public Report run(long seed) throws IOException, InterruptedException {
    double idleNs = idleCnpNs();
    try (VirtualLab lab = new VirtualLab(FABRIC, List.of(), 1)) {
      return run(lab, seed, idleNs);
    }
  }

  private static EndpointId gpu(int leaf, int n) {
    return new EndpointId("gpu-" + leaf + "-" + n);
  }

  /** Hosts of leaves 1 and 2 send to one host of leaf 3. */
  private static List<Permutation.Pair> towards() {
    List<Permutation.Pair> pairs = new ArrayList<>();
    for (int i = 1; i <= SENDERS; i++) {
      pairs.add(new Permutation.Pair(gpu(1 + i % 2, i), gpu(3, 1)));
    }
    return pairs;
  }

  private Report run(VirtualLab lab, long seed, double idleNs) {
    List<Flow> flows = new ArrayList<>();
    for (Permutation.Pair p : towards()) {
      flows.add(new Flow(lab, p, 100 + flows.size()));
    }
    // The way back is busy too: two hosts of leaf 3 send to each of the senders.
    List<Flow> back = new ArrayList<>();
    for (Permutation.Pair p : towards()) {
      for (int i = 2; i <= 3; i++) {
        EndpointId from = gpu(3, 2 + (back.size() + (int) seed) % (SENDERS - 1));
        back.add(new Flow(lab, new Permutation.Pair(from, p.from()), 1000 + back.size()));
      }
    }
    CnpTimer cnps = new CnpTimer(lab, gpu(3, 1), towards());
    DepthSampler depth = new DepthSampler(lab, gpu(3, 1));
    flows.forEach(Flow::start);
    depth.start();
    lab.pass(SETTLE_NS);
    back.forEach(Flow::start);
    lab.pass(SETTLE_NS / 100);
    double transientBytes = depth.max();
    depth.reset();
    cnps.reset();
    flows.forEach(Flow::mark);
    long from = lab.clock.nowNs();
    lab.pass(MEASURE_NS);
    double seconds = (lab.clock.nowNs() - from) / 1e9;

    double total = flows.stream().mapToDouble(f -> f.goodputBps(seconds)).sum();
    double slowest = flows.stream().mapToDouble(f -> f.goodputBps(seconds)).min().orElse(0);
    double rate = flows.stream().mapToDouble(f -> Math.min(RATE_BPS, f.qp.rateBps())).sum();
    QosProfile qos = lab.fabric.inventory().qos();
    double kMax = (double) qos.at(RATE_BPS).kMax() * qos.packetBytes();
    double marked = lab.hosts(h -> h.stats().markedReceived());
    double dropped = lab.tailDrops();
    double loadedNs = cnps.percentile(0.99);
    List<Value> values =
        List.of(
            new Value("senders", SENDERS, ""),
            new Value("goodput_of_ideal", total / FABRIC.payloadBps(), ""),
            new Value("slowest_over_fair_share", slowest * SENDERS / total, ""),
            new Value("sending_rate_of_line_mean", rate / SENDERS / RATE_BPS, ""),
            new Value("packets_marked", marked, ""),
            new Value("switch_marks", lab.counter("MyelinEgress.marking.ecn_marked_counter"), ""),
            new Value("cnps", lab.hosts(h -> h.stats().cnpsReceived()), ""),
            new Value(
                "congestion_events", lab.counter("MyelinEgress.events.congestion_counter"), ""),
            new Value("packets_dropped", dropped, ""),
            new Value("retransmits", lab.hosts(h -> h.stats().retransmits()), ""),
            new Value("k_min", (double) qos.at(RATE_BPS).kMin() * qos.packetBytes(), "B"),
            new Value("k_max", kMax, "B"),
            new Value("queue_first_burst_max", transientBytes, "B"),
            new Value("queue_p50", depth.percentile(0.5), "B"),
            new Value("queue_p99", depth.percentile(0.99), "B"),
            new Value("queue_max", depth.max(), "B"),
            new Value("cnp_latency_idle", idleNs, "ns"),
            new Value("cnp_latency_loaded_p50", cnps.percentile(0.5), "ns"),
            new Value("cnp_latency_loaded_p99", loadedNs, "ns"),
            new Value("completion_p50", Flow.completionNs(flows, 0.5), "ns"),
            new Value("completion_p99", Flow.completionNs(flows, 0.99), "ns"));
    List<Check> checks =
        List.of(
            new Check("packets_marked", marked, 1, Double.MAX_VALUE, "switches mark"),
            new Check(
                "sending_rate_of_line_mean",
                rate / SENDERS / RATE_BPS,
                0,
                2.0 / SENDERS,
                "senders slow down to about their share"),
            new Check("queue_p99_over_k_max", depth.percentile(0.99) / kMax, 0, 1.2, "near Kmax"),
            new Check("packets_dropped", dropped, 0, 0, "nothing is lost"),
            new Check(
                "goodput_of_ideal", total / FABRIC.payloadBps(), 0.85, 1.01, "the port stays busy"),
            new Check(
                "cnp_latency_loaded_over_idle",
                loadedNs / idleNs,
                0,
                2,
                "notifications overtake (p99 of loaded)"));
    return new Report("incast", seed, values, checks);
  }

  /** One marked packet in an empty fabric. */
  private static double idleCnpNs() throws IOException, InterruptedException {
    try (VirtualLab lab = new VirtualLab(FABRIC, List.of(), 1)) {
      Permutation.Pair pair = towards().get(0);
      PortRef port = lab.fabric.endpoint(pair.to()).attachment();
      EmulatedLink access = lab.fabric.link(pair.to() + "-" + port);
      access.attachA(f -> lab.fabric.host(pair.to()).deliver(markedCe(f)));
      CnpTimer cnps = new CnpTimer(lab, pair.to(), List.of(pair));
      lab.fabric.openQp(pair.to(), pair.from(), 7);
      lab.fabric.openQp(pair.from(), pair.to(), 7).postWrite(1, done -> {});
      lab.pass(1_000_000);
      return cnps.percentile(0.5);
    }
  }

  /** The same IPv4 frame marked CE; the ICRC does not cover the field (IBA A17.3.3). */
  private static byte[] markedCe(byte[] frame) {
    byte[] copy = frame.clone();
    if (copy.length > 34 && copy[12] == 8 && copy[13] == 0 && (copy[15] & 3) != 0) {
      copy[15] |= 3;
      int sum = 0;
      copy[24] = 0;
      copy[25] = 0;
      for (int i = 14; i < 34; i += 2) {
        sum += (copy[i] & 0xff) << 8 | (copy[i + 1] & 0xff);
      }
      sum = (sum & 0xffff) + (sum >>> 16);
      sum = ~((sum & 0xffff) + (sum >>> 16));
      copy[24] = (byte) (sum >>> 8);
      copy[25] = (byte) sum;
    }
    return copy;
  }

  /** The bytes in the RoCE queue towards a host, looked at at fixed intervals. */
  private static final class DepthSampler {
    private final VirtualLab lab;
    private final Softswitch leaf;
    private final int port;
    private final List<Double> samples = new ArrayList<>();

    DepthSampler(VirtualLab lab, EndpointId host) {
      this.lab = lab;
      leaf = lab.fabric.at(lab.fabric.endpoint(host).attachment().device());
      port = lab.fabric.endpoint(host).attachment().port();
    }

    void start() {
      samples.add((double) leaf.portStats(port).queues().get(Queues.ROCE).bytes());
      lab.clock.after(SAMPLE_NS, this::start);
    }

    void reset() {
      samples.clear();
    }

    double max() {
      return samples.stream().mapToDouble(s -> s).max().orElse(0);
    }

    double percentile(double share) {
      return Percentiles.percentile(samples.stream().mapToDouble(s -> s), share);
    }
  }

  /** From the last bit that leaves the notifying host to the last bit at the notified one. */
  private static final class CnpTimer {
    private static final int BTH = 14 + 20 + 8;
    private static final int CNP = 0x81;

    private final Map<Integer, Deque<Long>> sent = new HashMap<>();
    private final List<Double> tookNs = new ArrayList<>();

    CnpTimer(VirtualLab lab, EndpointId receiver, List<Permutation.Pair> pairs) {
      access(lab, receiver).tap(at(EmulatedLink.Direction.A_TO_B, this::left));
      for (Permutation.Pair p : pairs) {
        EmulatedLink link = access(lab, p.from());
        long latencyNs = link.latencyNs();
        link.tap(at(EmulatedLink.Direction.B_TO_A, (qp, ns) -> arrived(qp, ns + latencyNs)));
      }
    }

    private static EmulatedLink access(VirtualLab lab, EndpointId id) {
      return lab.fabric.link(id + "-" + lab.fabric.endpoint(id).attachment());
    }

    private interface Seen {
      void cnp(int destQp, long nowNs);
    }

    private static FrameTap at(EmulatedLink.Direction direction, Seen seen) {
      return (d, nowNs, f) -> {
        if (d == direction && f.length > BTH + 8 && (f[BTH] & 0xff) == CNP && f[23] == 17) {
          seen.cnp(
              (f[BTH + 5] & 0xff) << 16 | (f[BTH + 6] & 0xff) << 8 | (f[BTH + 7] & 0xff), nowNs);
        }
      };
    }

    private void left(int qp, long nowNs) {
      sent.computeIfAbsent(qp, k -> new ArrayDeque<>()).add(nowNs);
    }

    private void arrived(int qp, long nowNs) {
      Long when = sent.getOrDefault(qp, new ArrayDeque<>()).poll();
      if (when != null) {
        tookNs.add((double) (nowNs - when));
      }
    }

    void reset() {
      tookNs.clear();
    }

    double percentile(double share) {
      return Percentiles.percentile(tookNs.stream().mapToDouble(s -> s), share);
    }
  }
}
