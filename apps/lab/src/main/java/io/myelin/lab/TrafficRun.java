package io.myelin.lab;

import io.myelin.core.model.EndpointId;
import io.myelin.lab.roce.QueuePair;
import java.util.ArrayList;
import java.util.List;

/**
 * Flows that were started together: each sends message after message until it is stopped. Confined
 * to the fabric's scheduler.
 */
final class TrafficRun {
  private static final long MESSAGE_BYTES = 256 * 1024;

  /** The next message is sent while the last one's acknowledgement travels. */
  private static final int DEPTH = 2;

  private final LabFabric fabric;
  private final String name;
  private final TrafficPattern pattern;
  private final long paceBps;
  private final List<Flow> flows = new ArrayList<>();
  private boolean running = true;

  /** A flow and its two queue pairs. */
  record Flow(Permutation.Pair pair, QueuePair sender, QueuePair receiver) {
    int qp() {
      return sender.localQpn();
    }
  }

  /**
   * Opens the queue pairs and begins to send.
   *
   * @param paceBps of each flow on the wire, bits per second; {@link QueuePair#UNLIMITED_BPS}: as
   *     fast as it goes
   * @param firstQp flow i has queue pair {@code firstQp + i} at both ends
   * @throws IllegalArgumentException when one of these is open already; none of them is left open
   */
  TrafficRun(
      LabFabric fabric,
      String name,
      TrafficPattern pattern,
      List<Permutation.Pair> pairs,
      long paceBps,
      int firstQp) {
    this.fabric = fabric;
    this.name = name;
    this.pattern = pattern;
    this.paceBps = paceBps;
    try {
      for (int i = 0; i < pairs.size(); i++) {
        open(pairs.get(i), firstQp + i);
      }
    } catch (IllegalArgumentException e) {
      stop();
      throw e;
    }
    for (int i = 0; i < DEPTH; i++) {
      flows.forEach(this::next);
    }
  }

  private void open(Permutation.Pair pair, int qp) {
    QueuePair sender = fabric.openQp(pair.from(), pair.to(), qp);
    try {
      QueuePair receiver = fabric.openQp(pair.to(), pair.from(), qp);
      sender.setCapBps(paceBps);
      flows.add(new Flow(pair, sender, receiver));
    } catch (IllegalArgumentException e) {
      close(pair.from(), sender);
      throw e;
    }
  }

  private void next(Flow flow) {
    if (running) {
      flow.sender.postWrite(MESSAGE_BYTES, done -> next(flow));
    }
  }

  /** Ends with the messages under way unfinished; closes the queue pairs. */
  void stop() {
    running = false;
    for (Flow f : flows) {
      close(f.pair.from(), f.sender);
      close(f.pair.to(), f.receiver);
    }
  }

  private void close(EndpointId at, QueuePair qp) {
    fabric.host(at).closeQp(qp);
  }

  String name() {
    return name;
  }

  TrafficPattern pattern() {
    return pattern;
  }

  long paceBps() {
    return paceBps;
  }

  List<Flow> flows() {
    return flows;
  }
}
