package io.myelin.lab;

import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.lab.roce.QueuePair;
import io.myelin.lab.roce.RoceHost;
import io.myelin.softswitch.engine.Softswitch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * One long RoCE flow per pair: each sends message after message until it is stopped. Counts what
 * arrives at the hosts and what crosses every link between switches.
 *
 * <p>Methods may be called from any thread; the work is done on the fabric's.
 */
public final class Elephants {
  private static final long MESSAGE_BYTES = 256 * 1024;

  /** The next message is sent while the last one's acknowledgement travels. */
  private static final int DEPTH = 2;

  private final int depth;

  private final LabFabric fabric;
  private final List<Flow> flows = new ArrayList<>();
  private boolean running;

  private static final class Flow {
    final Permutation.Pair pair;
    final QueuePair sender;
    final QueuePair receiver;

    Flow(Permutation.Pair pair, QueuePair sender, QueuePair receiver) {
      this.pair = pair;
      this.sender = sender;
      this.receiver = receiver;
    }
  }

  /**
   * What was counted up to a moment.
   *
   * @param timeNs of the fabric
   * @param flowBytes payload received in order, by flow
   * @param linkBytes sent into every link between switches
   */
  public record Snapshot(
      long timeNs, List<Long> flowBytes, Map<LinkId, Long> linkBytes, long retransmits) {}

  /**
   * Opens the queue pairs.
   *
   * @param firstQp number of the first; flow i uses firstQp + i at both ends
   */
  public Elephants(LabFabric fabric, List<Permutation.Pair> pairs, int firstQp) {
    this(fabric, pairs, IntStream.range(0, pairs.size()).map(i -> firstQp + i).toArray(), DEPTH);
  }

  /**
   * Opens the queue pairs.
   *
   * @param qps number of each pair's, at both ends
   * @param depth messages of a pair under way at once; 1: each waits for the one before, as the
   *     steps of a collective do
   */
  public Elephants(LabFabric fabric, List<Permutation.Pair> pairs, int[] qps, int depth) {
    this.fabric = fabric;
    this.depth = depth;
    fabric
        .call(
            () -> {
              for (int i = 0; i < pairs.size(); i++) {
                open(pairs.get(i), qps[i]);
              }
              return true;
            })
        .join();
  }

  private void open(Permutation.Pair pair, int qp) {
    flows.add(
        new Flow(
            pair,
            fabric.openQp(pair.from(), pair.to(), qp),
            fabric.openQp(pair.to(), pair.from(), qp)));
  }

  public void start() {
    fabric
        .call(
            () -> {
              running = true;
              for (int i = 0; i < depth; i++) {
                flows.forEach(this::next);
              }
              return true;
            })
        .join();
  }

  private void next(Flow flow) {
    if (running) {
      flow.sender.postWrite(MESSAGE_BYTES, done -> next(flow));
    }
  }

  /**
   * Limits each flow.
   *
   * @param bitsPerSecond on the wire
   */
  public void pace(long bitsPerSecond) {
    fabric
        .call(
            () -> {
              flows.forEach(f -> f.sender.setCapBps(bitsPerSecond));
              return true;
            })
        .join();
  }

  /** Posts nothing more; says whether all that was posted has arrived and was acknowledged. */
  public boolean finish() {
    return fabric
        .call(
            () -> {
              running = false;
              return flows.stream().allMatch(f -> f.sender.outstanding() == 0);
            })
        .join();
  }

  /** Ends with the messages under way unfinished; closes the queue pairs. */
  public void stop() {
    fabric
        .call(
            () -> {
              running = false;
              for (Flow f : flows) {
                fabric.host(f.pair.from()).closeQp(f.sender);
                fabric.host(f.pair.to()).closeQp(f.receiver);
              }
              return true;
            })
        .join();
  }

  public List<Permutation.Pair> pairs() {
    return flows.stream().map(f -> f.pair).toList();
  }

  public Snapshot snapshot() {
    return fabric.call(this::count).join();
  }

  private Snapshot count() {
    List<Long> bytes = new ArrayList<>();
    long retransmits = 0;
    for (Flow f : flows) {
      bytes.add(f.receiver.receivedBytes());
    }
    for (RoceHost h : fabric.hosts().values()) {
      retransmits += h.stats().retransmits();
    }
    Map<LinkId, Long> links = new TreeMap<>();
    fabric
        .inventory()
        .links()
        .forEach(
            (id, link) -> {
              PortRef from = link.from();
              Softswitch sw = fabric.switches().get(from.device());
              if (sw != null) {
                links.put(id, sw.portStats(from.port()).txBytes());
              }
            });
    return new Snapshot(fabric.scheduler().nowNs(), bytes, links, retransmits);
  }

  /**
   * What happened between two snapshots.
   *
   * @param flowBps goodput of every flow, bits per second
   * @param totalBps of all flows
   * @param busiestLinkShare bytes of the busiest link ÷ mean over links that could be used equally
   */
  public record Rates(
      List<Double> flowBps,
      double totalBps,
      double slowestBps,
      double busiestLinkShare,
      long retransmits) {

    public static Rates between(Snapshot a, Snapshot b) {
      double seconds = (b.timeNs - a.timeNs) / 1e9;
      List<Double> flows = new ArrayList<>();
      double total = 0;
      double slowest = Double.MAX_VALUE;
      for (int i = 0; i < a.flowBytes.size(); i++) {
        double bps = (b.flowBytes.get(i) - a.flowBytes.get(i)) * 8 / seconds;
        flows.add(bps);
        total += bps;
        slowest = Math.min(slowest, bps);
      }
      double sum = 0;
      double most = 0;
      for (Map.Entry<LinkId, Long> e : b.linkBytes.entrySet()) {
        double bytes = e.getValue() - a.linkBytes.getOrDefault(e.getKey(), 0L);
        sum += bytes;
        most = Math.max(most, bytes);
      }
      double mean = b.linkBytes.isEmpty() ? 0 : sum / b.linkBytes.size();
      return new Rates(
          flows, total, slowest, mean == 0 ? 0 : most / mean, b.retransmits - a.retransmits);
    }
  }
}
