package io.myelin.softswitch.engine;

import java.util.Arrays;
import java.util.List;

/**
 * Counters of a port since it was attached.
 *
 * @param up whether the port is up
 * @param queueBytes bytes waiting, all queues
 * @param queues one element per priority queue
 */
public record PortStats(
    boolean up,
    long rxPackets,
    long rxBytes,
    long txPackets,
    long txBytes,
    long queueBytes,
    List<QueueStats> queues) {
  public PortStats {
    queues = List.copyOf(queues);
  }

  /** Packets lost at the port: queue full, or port down. */
  public long dropped() {
    return queues.stream().mapToLong(q -> q.droppedFull() + q.droppedDown()).sum();
  }

  /**
   * Counters of a queue.
   *
   * @param droppedFull packets that did not fit
   * @param droppedDown packets that arrived, waited or were being sent while the port was down
   */
  public record QueueStats(int packets, long bytes, long droppedFull, long droppedDown) {}

  static PortStats of(Port p) {
    QueueStats[] queues = new QueueStats[p.queues.length];
    Arrays.setAll(queues, i -> p.queues[i].stats());
    return new PortStats(
        p.up,
        p.rxPackets,
        p.rxBytes,
        p.txPackets,
        p.txBytes,
        Arrays.stream(queues).mapToLong(QueueStats::bytes).sum(),
        List.of(queues));
  }
}
