package io.myelin.softswitch.engine;

import io.myelin.softswitch.time.Scheduler;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Queues packets between ingress and egress: per port, strict priority, tail drop by bytes. A
 * packet's egress pipeline runs when it leaves its queue; the frame then takes its time on the wire
 * before the sink sees it.
 */
final class TrafficManager {
  /** Ports are small numbers: {@code egress_spec} has 9 bits. */
  static final int MAX_PORT = 65_535;

  private final Scheduler scheduler;
  private final Forwarding forwarding;
  private volatile @Nullable Port[] ports = new Port[0];
  final AtomicLong droppedNoPort = new AtomicLong();
  final AtomicLong droppedNoQueue = new AtomicLong();

  TrafficManager(Scheduler scheduler, Forwarding forwarding) {
    this.scheduler = scheduler;
    this.forwarding = forwarding;
  }

  @Nullable Port port(int number) {
    @Nullable Port[] all = ports;
    return number >= 0 && number < all.length ? all[number] : null;
  }

  synchronized void attach(Port p) {
    if (p.number < 0 || p.number > MAX_PORT || p.number == Forwarding.DROP_PORT) {
      throw new IllegalArgumentException(
          "port " + p.number + " is not within 0 to " + MAX_PORT + ", 511 (drop) excepted");
    }
    if (port(p.number) != null) {
      throw new IllegalArgumentException("port " + p.number + " is attached already");
    }
    @Nullable Port[] next = Arrays.copyOf(ports, Math.max(ports.length, p.number + 1));
    next[p.number] = p;
    ports = next;
  }

  /** What waits in the port's queues is lost. */
  synchronized void detach(int number) {
    Port p = attached(number);
    p.attached = false;
    p.up = false;
    @Nullable Port[] next = Arrays.copyOf(ports, ports.length);
    next[number] = null;
    ports = next;
  }

  Port attached(int number) {
    Port p = port(number);
    if (p == null) {
      throw new IllegalArgumentException("port " + number + " is not attached");
    }
    return p;
  }

  void enqueue(PacketContext c, int number) {
    Port p = port(number);
    if (p == null) {
      droppedNoPort.incrementAndGet();
      c.state.pool.give(c);
      return;
    }
    Intrinsics in = c.state.program.intrinsics;
    // As in BMv2 the priority is the queue, 0 the lowest, and an unknown queue drops.
    int q = (int) Intrinsics.get(c, in.priority);
    if (q >= p.queues.length) {
      droppedNoQueue.incrementAndGet();
      c.state.pool.give(c);
      return;
    }
    Port.Queue queue = p.queues[q];
    c.egressPort = number;
    c.queue = q;
    c.queuedBytes = Forwarding.wireBytes(c);
    if (!p.up) {
      queue.lostDown();
      c.state.pool.give(c);
      return;
    }
    long capacity = p.config.queueCapacityBytes();
    if (capacity > 0 && queue.bytes + c.queuedBytes > capacity) {
      queue.lostFull();
      c.state.pool.give(c);
      return;
    }
    c.enqueuedNs = scheduler.nowNs();
    c.queueBytesAtEnqueue = queue.bytes;
    Intrinsics.setMicros(c, in.enqueueTimestamp, c.enqueuedNs, 32);
    Intrinsics.set(c, in.enqueueDepth, queue.packets);
    queue.add(c);
    if (!p.busy) {
      p.busy = true;
      drain(p);
    }
  }

  /** Sends until a frame takes time or nothing waits. The port is busy meanwhile. */
  private void drain(Port p) {
    for (Port.Queue queue = p.nextQueue(); queue != null; queue = p.nextQueue()) {
      PacketContext c = queue.remove();
      if (!p.up) {
        queue.lostDown();
        c.state.pool.give(c);
        continue;
      }
      Intrinsics in = c.state.program.intrinsics;
      long waitedNs = scheduler.nowNs() - c.enqueuedNs;
      Intrinsics.setMicros(c, in.dequeueTimeDelta, waitedNs, 32);
      Intrinsics.set(c, in.dequeueDepth, queue.packets);
      Intrinsics.set(c, in.queueId, c.queue);
      int q = c.queue;
      long depth = c.queueBytesAtEnqueue;
      byte[] frame = forwarding.egress(c);
      if (frame == null) {
        continue;
      }
      PortConfig.EgressHook hook = p.config.hook();
      byte[] sent = hook == null ? frame : hook.beforeTransmit(p.number, q, depth, frame);
      long rateBps = p.config.rateBps();
      if (rateBps > 0) {
        long wireNs = Math.max(1, Math.round(sent.length * 8e9 / rateBps));
        Port.Queue from = queue;
        scheduler.after(wireNs, () -> finish(p, from, sent));
        return;
      }
      p.sent(sent.length);
      p.sink.transmit(sent);
    }
    p.busy = false;
  }

  private void finish(Port p, Port.Queue queue, byte[] frame) {
    if (p.up) {
      p.sent(frame.length);
      p.sink.transmit(frame);
    } else {
      queue.lostDown();
    }
    drain(p);
  }
}
