package io.myelin.softswitch.engine;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A port and its queues. Counters are written by the packet thread, read by any. */
final class Port {
  final int number;
  final PortSink sink;
  final PortConfig config;
  final Queue[] queues;
  volatile boolean up = true;
  volatile boolean attached = true;
  volatile long rxPackets;
  volatile long rxBytes;
  volatile long txPackets;
  volatile long txBytes;

  /** A frame is on the wire, or the queues are being drained further up the stack. */
  boolean busy;

  Port(int number, PortSink sink, PortConfig config) {
    this.number = number;
    this.sink = sink;
    this.config = config;
    queues = new Queue[config.queues()];
    for (int i = 0; i < queues.length; i++) {
      queues[i] = new Queue();
    }
  }

  /** The non-empty queue of highest priority, or null. */
  @Nullable Queue nextQueue() {
    for (int i = queues.length - 1; i >= 0; i--) {
      if (queues[i].packets > 0) {
        return queues[i];
      }
    }
    return null;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // One writer: the packet thread.
  void received(int bytes) {
    rxPackets++;
    rxBytes += bytes;
  }

  @SuppressWarnings("NonAtomicVolatileUpdate") // One writer: the packet thread.
  void sent(int bytes) {
    txPackets++;
    txBytes += bytes;
  }

  /** A FIFO of packets. */
  static final class Queue {
    private final ArrayDeque<PacketContext> fifo = new ArrayDeque<>();
    volatile int packets;
    volatile long bytes;
    volatile long droppedFull;
    volatile long droppedDown;

    @SuppressWarnings("NonAtomicVolatileUpdate")
    void add(PacketContext c) {
      fifo.addLast(c);
      packets++;
      bytes += c.queuedBytes;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    PacketContext remove() {
      PacketContext c = fifo.removeFirst();
      packets--;
      bytes -= c.queuedBytes;
      return c;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    void lostFull() {
      droppedFull++;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate")
    void lostDown() {
      droppedDown++;
    }

    PortStats.QueueStats stats() {
      return new PortStats.QueueStats(packets, bytes, droppedFull, droppedDown);
    }
  }
}
