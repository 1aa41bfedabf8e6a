package io.myelin.core.port;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the switches tell of themselves, and what probes find on their way. */
public interface Telemetry {

  /**
   * A priority queue of a port.
   *
   * @param queue 0 to 7, the highest is served first
   */
  record Queue(DeviceId device, int port, int queue) implements Comparable<Queue> {
    @Override
    public int compareTo(Queue o) {
      int c = device.compareTo(o.device);
      c = c != 0 ? c : Integer.compare(port, o.port);
      return c != 0 ? c : Integer.compare(queue, o.queue);
    }
  }

  /**
   * The packet at which a switch told.
   *
   * @param destQp 24 bits; -1: not RoCE
   */
  record Flow(IpAddress source, IpAddress destination, int destQp) {}

  /**
   * A queue that a switch told of: its depth crossed k_min, or moved by a quantum.
   *
   * @param depth packets in the queue
   * @param kMin packets above which the switch marks
   * @param packetBytes length of the packet that left the queue then
   * @param switchTimeUs the switch's own clock
   * @param atMs when the node heard, milliseconds since 1970
   * @param flow null: the packet was cut before its addresses, or has none
   */
  record Congestion(
      Queue queue,
      long depth,
      long kMin,
      long packetBytes,
      long switchTimeUs,
      long atMs,
      @Nullable Flow flow) {
    /** Whether the queue was above the threshold. */
    public boolean hot() {
      return depth >= kMin;
    }

    /** How long the queue keeps a packet, at the port's rate. */
    public long waitNs(long capacityBps) {
      return (long) (8e9 * depth * packetBytes / capacityBps);
    }
  }

  /** The last event of every queue that ever told, in order of queues. */
  List<Congestion> congestion();

  /** The last event of a queue; null: it never told. */
  @Nullable Congestion congestion(Queue queue);

  /** Calls back, on any thread, with every event from now on. */
  void onCongestion(Consumer<Congestion> listener);

  /**
   * One switch on a probed path.
   *
   * @param ingressPort by which the probe came; the CPU port at the first
   * @param egressPort by which it left; the CPU port at the last
   * @param depth packets in the RoCE queue of the egress port
   * @param residenceNs from ingress to egress
   * @param utilisation share of the egress port's capacity used while probing; NaN: unknown
   */
  record ProbedHop(
      DeviceId device,
      int ingressPort,
      int egressPort,
      long depth,
      long residenceNs,
      double utilisation) {}

  /**
   * One link on a probed path.
   *
   * @param latencyNs half of the round trip without the far switch's part; -1: no probe came back
   */
  record ProbedLink(LinkId link, long latencyNs) {}

  /**
   * What probes found.
   *
   * @param hops empty: no probe came back
   */
  record PathProbe(List<ProbedHop> hops, List<ProbedLink> links) {
    public PathProbe {
      hops = List.copyOf(hops);
      links = List.copyOf(links);
    }
  }

  /** Sends probes along a path and to and fro on each of its links; always completes. */
  CompletableFuture<PathProbe> probe(Path path);
}
