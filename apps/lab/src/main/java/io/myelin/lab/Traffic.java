package io.myelin.lab;

import io.myelin.core.model.EndpointId;
import io.myelin.lab.roce.QueuePair;
import io.myelin.lab.roce.RoceHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * RoCE traffic between hosts of a running fabric, with leases or without: where there are leases
 * for it, the switches' tables apply them. Callable from any thread; results come from the
 * fabric's. With a virtual clock, run it before joining one. Refusals are {@link LabRefusal}s.
 */
public final class Traffic {
  /** Queue pairs of which each holds a window of packets; all of 32 hosts to all. */
  static final int MOST_FLOWS = 1_000;

  /** The first queue pair of the first run; those below are for people's own experiments. */
  static final int FIRST_QP = 0x1000;

  private static final int MOST_QP = 0xff_ffff;

  /** A packet of the lab then takes 3 s. */
  private static final long LEAST_PACE_BPS = 10_000;

  private static final int LONGEST_NAME = 20;

  private static final long LEAST_NS = 1_000_000;
  private static final long MOST_NS = 60_000_000_000L;

  private final LabFabric fabric;
  private final LabHosts hosts;

  // On the fabric's thread.
  private final Map<String, TrafficRun> runs = new LinkedHashMap<>();
  private int started;
  private int nextQp = FIRST_QP;

  public Traffic(LabFabric fabric) {
    this.fabric = fabric;
    hosts = new LabHosts(fabric.inventory());
  }

  /**
   * What to start.
   *
   * @param name to stop it by, up to 20 of a-z, 0-9 and hyphens; empty: {@code t1}, {@code t2}, …
   * @param members NICs, hosts or racks, in order; empty: all. For pairs: {@code FROM:TO} each
   * @param paceBps of each flow on the wire, bits per second, at least 10k; 0: as fast as it goes
   * @param firstQp queue pair of the first flow, the others count up from it; 0: any free ones
   * @param seed of a permutation
   */
  public record Request(
      String name,
      TrafficPattern pattern,
      List<String> members,
      long paceBps,
      int firstQp,
      long seed) {
    public Request {
      members = List.copyOf(members);
    }
  }

  /**
   * Flows that were started together.
   *
   * @param paceBps of each, bits per second; 0: as fast as it goes
   * @param firstQp queue pair of the first
   */
  public record Run(String name, TrafficPattern pattern, int flows, long paceBps, int firstQp) {}

  /**
   * A flow, measured.
   *
   * @param run name of its run
   * @param qp number of its queue pairs, at both ends
   * @param goodputBps payload that arrived in order, bits per second
   * @param idealBps the same if it had its two ports to itself, or its pace
   * @param receivedBytes payload that arrived in order since it was started
   * @param cnps congestion notifications that its sender got since it was started
   */
  public record Flow(
      String run,
      EndpointId from,
      EndpointId to,
      int qp,
      double goodputBps,
      double idealBps,
      long receivedBytes,
      long cnps) {}

  /**
   * What happened within a time.
   *
   * @param overNs of the fabric's clock, nanoseconds
   * @param flows in order of their start
   * @param retransmits packets that all hosts sent again
   */
  public record Measured(long overNs, List<Flow> flows, long retransmits) {
    public double totalBps() {
      return flows.stream().mapToDouble(Flow::goodputBps).sum();
    }

    /** The flow with the least goodput, the first of several. */
    public Optional<Flow> slowest() {
      return flows.stream().min(Comparator.comparingDouble(Flow::goodputBps));
    }
  }

  /** Starts flows. */
  public CompletableFuture<Run> start(Request request) {
    return fabric.call(() -> started(request));
  }

  private Run started(Request r) {
    List<Permutation.Pair> pairs = pairs(r);
    String name = r.name.isEmpty() ? freeName() : r.name;
    LabRefusal.unless(
        name.matches("[a-z0-9-]{1," + LONGEST_NAME + "}"),
        LabRefusal.Kind.INVALID,
        "name: '" + name + "' is not allowed; allowed: 1 to 20 of a-z, 0-9 and '-'");
    LabRefusal.unless(
        !runs.containsKey(name),
        LabRefusal.Kind.STATE,
        "traffic '" + name + "' runs already; stop it first, or give another name");
    LabRefusal.unless(
        r.paceBps == 0 || r.paceBps >= LEAST_PACE_BPS,
        LabRefusal.Kind.INVALID,
        "rate: " + r.paceBps + " is not allowed; allowed: 10k or more, or none");
    long flows = pairs.size() + runs.values().stream().mapToLong(t -> t.flows().size()).sum();
    LabRefusal.unless(
        flows <= MOST_FLOWS,
        LabRefusal.Kind.STATE,
        flows + " flows are too many for a lab; allowed: " + MOST_FLOWS + " in all runs together");
    int firstQp = r.firstQp == 0 ? nextQp : r.firstQp;
    LabRefusal.unless(
        firstQp >= 2 && firstQp <= MOST_QP - pairs.size(),
        LabRefusal.Kind.INVALID,
        "qp: " + firstQp + " is not allowed; allowed: 2 to " + (MOST_QP - pairs.size()));
    long paceBps = r.paceBps == 0 ? QueuePair.UNLIMITED_BPS : r.paceBps;
    try {
      runs.put(name, new TrafficRun(fabric, name, r.pattern, pairs, paceBps, firstQp));
    } catch (IllegalArgumentException e) {
      throw new LabRefusal(
          LabRefusal.Kind.STATE, "qp: " + e.getMessage() + "; say another first one, or none");
    }
    if (r.firstQp == 0) {
      nextQp = firstQp + pairs.size() > MOST_QP - MOST_FLOWS ? FIRST_QP : firstQp + pairs.size();
    }
    return new Run(name, r.pattern, pairs.size(), r.paceBps, firstQp);
  }

  private String freeName() {
    String name = "t" + ++started;
    while (runs.containsKey(name)) {
      name = "t" + ++started;
    }
    return name;
  }

  private List<Permutation.Pair> pairs(Request r) {
    if (r.pattern == TrafficPattern.PAIRS) {
      LabRefusal.unless(
          !r.members.isEmpty(),
          LabRefusal.Kind.INVALID,
          "pairs: none are named; allowed: FROM:TO, one or several");
      return hosts.pairs(r.members);
    }
    List<Permutation.Pair> pairs = r.pattern.among(hosts.find(r.members), r.seed);
    LabRefusal.unless(
        !pairs.isEmpty(),
        LabRefusal.Kind.INVALID,
        "these are no two NICs of one tenant"
            + (r.pattern == TrafficPattern.PERMUTATION ? "" : " and one rail")
            + ": nobody has anybody to send to");
    return pairs;
  }

  /**
   * Stops flows, with the messages under way unfinished.
   *
   * @param name of a run; empty: all
   * @return those that were stopped
   */
  public CompletableFuture<List<Run>> stop(String name) {
    return fabric.call(
        () -> {
          List<TrafficRun> chosen = chosen(name);
          chosen.forEach(TrafficRun::stop);
          chosen.forEach(t -> runs.remove(t.name()));
          return chosen.stream().map(Traffic::seen).toList();
        });
  }

  /** The run of that name; of no name, all. */
  private List<TrafficRun> chosen(String name) {
    if (name.isEmpty()) {
      return List.copyOf(runs.values());
    }
    TrafficRun run = runs.get(name);
    if (run == null) {
      throw new LabRefusal(
          LabRefusal.Kind.NOT_FOUND,
          "no traffic '" + name + "'; nearest: " + Nearest.to(name, runs.keySet()));
    }
    return List.of(run);
  }

  private static Run seen(TrafficRun t) {
    long pace = t.paceBps() == QueuePair.UNLIMITED_BPS ? 0 : t.paceBps();
    int firstQp = t.flows().isEmpty() ? 0 : t.flows().get(0).qp();
    return new Run(t.name(), t.pattern(), t.flows().size(), pace, firstQp);
  }

  /**
   * Measures flows from now on.
   *
   * @param name of a run; empty: all
   * @param overNs for so long by the fabric's clock, 1 ms to 60 s
   */
  public CompletableFuture<Measured> measure(String name, long overNs) {
    CompletableFuture<Measured> result = new CompletableFuture<>();
    fabric
        .call(
            () -> {
              LabRefusal.unless(
                  overNs >= LEAST_NS && overNs <= MOST_NS,
                  LabRefusal.Kind.INVALID,
                  "over: " + overNs + " ns is not allowed; allowed: 1ms to 60s");
              Count before = count(chosen(name));
              fabric.scheduler().after(overNs, () -> result.complete(rates(before)));
              return true;
            })
        .whenComplete(
            (ok, e) -> {
              if (e != null) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  /** What had arrived of some runs' flows at a moment. */
  private record Count(long timeNs, List<TrafficRun> runs, List<Long> bytes, long retransmits) {}

  private Count count(List<TrafficRun> of) {
    List<Long> bytes = new ArrayList<>();
    of.forEach(t -> t.flows().forEach(f -> bytes.add(f.receiver().receivedBytes())));
    return new Count(fabric.scheduler().nowNs(), of, bytes, retransmits());
  }

  private long retransmits() {
    long sum = 0;
    for (RoceHost h : fabric.hosts().values()) {
      sum += h.stats().retransmits();
    }
    return sum;
  }

  private Measured rates(Count before) {
    long overNs = fabric.scheduler().nowNs() - before.timeNs;
    List<Flow> flows = new ArrayList<>();
    for (TrafficRun t : before.runs) {
      for (TrafficRun.Flow f : t.flows()) {
        long arrived = f.receiver().receivedBytes();
        double bps = (arrived - before.bytes.get(flows.size())) * 8e9 / overNs;
        flows.add(
            new Flow(
                t.name(),
                f.pair().from(),
                f.pair().to(),
                f.qp(),
                bps,
                idealBps(f.pair(), t.paceBps()),
                arrived,
                f.sender().cnpsReceived()));
      }
    }
    return new Measured(overNs, flows, retransmits() - before.retransmits);
  }

  private double idealBps(Permutation.Pair pair, long paceBps) {
    long ports =
        Math.min(
            fabric.endpoint(pair.from()).capacityBps(), fabric.endpoint(pair.to()).capacityBps());
    return fabric.plan().payloadBps(Math.min(ports, paceBps));
  }
}
