package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The MAC addresses of the host's peers. Every peer is its own next hop: a fabric that routes
 * answers for endpoints elsewhere.
 *
 * <p>Entries do not age: an answer or request from the peer replaces them.
 */
final class Neighbors {
  /** Control frames that wait for one address: the ACKs of a few windows. */
  private static final int MAX_WAITING_FRAMES = 64;

  /** Requests before waiting frames are given up: MAX_MULTICAST_SOLICIT of RFC 4861 §10. */
  private static final int FRAME_REQUESTS = 3;

  /** Shorter than the second of RFC 4861, for fabrics of microseconds; doubles up to that. */
  private static final long FIRST_RETRY_NS = 10_000_000;

  private static final long MAX_RETRY_NS = 1_000_000_000;

  private final Scheduler scheduler;
  private final Egress egress;
  private final HostCounters counters;
  private final Consumer<NeighborEntry> request;
  private final Map<IpAddress, NeighborEntry> table = new HashMap<>();

  /**
   * @param request sends an ARP request or a neighbour solicitation
   */
  Neighbors(
      Scheduler scheduler, Egress egress, HostCounters counters, Consumer<NeighborEntry> request) {
    this.scheduler = scheduler;
    this.egress = egress;
    this.counters = counters;
    this.request = request;
  }

  /** The entry for an address of 4 or 16 bytes, made if need be. */
  NeighborEntry of(byte[] ip) {
    return table.computeIfAbsent(Wire.address(ip, 0, ip.length), k -> new NeighborEntry(ip));
  }

  void setStatic(byte[] ip, long mac) {
    NeighborEntry neighbor = of(ip);
    neighbor.isStatic = true;
    resolve(neighbor, mac);
  }

  /**
   * A peer was heard of. Strangers are not remembered, so that nobody can fill the table (RFC 826
   * would; Linux does not).
   */
  void learn(IpAddress address, long mac) {
    NeighborEntry neighbor = table.get(address);
    if (neighbor != null && !neighbor.isStatic) {
      resolve(neighbor, mac);
    }
  }

  private void resolve(NeighborEntry neighbor, long mac) {
    neighbor.setMac(mac);
    for (byte[] frame = neighbor.frames.poll(); frame != null; frame = neighbor.frames.poll()) {
      Wire.put48(frame, 0, mac);
      egress.offer(frame);
    }
    List<QueuePair> waiting = new ArrayList<>(neighbor.queuePairs);
    neighbor.queuePairs.clear();
    waiting.forEach(QueuePair::kick);
  }

  /** Sends a frame as soon as its destination is known. */
  void send(NeighborEntry neighbor, byte[] frame) {
    if (neighbor.isResolved()) {
      Wire.put48(frame, 0, neighbor.mac());
      egress.offer(frame);
    } else if (neighbor.frames.size() < MAX_WAITING_FRAMES) {
      neighbor.frames.add(frame);
      ask(neighbor);
    } else {
      counters.queueDrops++;
    }
  }

  /** Gives a queue pair its turn as soon as its destination is known. */
  void await(NeighborEntry neighbor, QueuePair qp) {
    neighbor.queuePairs.add(qp);
    ask(neighbor);
  }

  private void ask(NeighborEntry neighbor) {
    if (neighbor.requests == 0) {
      askAgain(neighbor);
    }
  }

  /** Queue pairs are patient (the fabric may still be coming up); frames are not. */
  private void askAgain(NeighborEntry neighbor) {
    if (neighbor.requests >= FRAME_REQUESTS) {
      counters.queueDrops += neighbor.frames.size();
      neighbor.frames.clear();
    }
    neighbor.queuePairs.removeIf(QueuePair::isClosed);
    boolean needed = !neighbor.frames.isEmpty() || !neighbor.queuePairs.isEmpty();
    if (neighbor.isResolved() || !needed) {
      neighbor.requests = 0;
      return;
    }
    request.accept(neighbor);
    int doublings = Math.min(neighbor.requests, 10); // far beyond the longest interval
    neighbor.requests++;
    scheduler.after(Math.min(FIRST_RETRY_NS << doublings, MAX_RETRY_NS), () -> askAgain(neighbor));
  }
}
