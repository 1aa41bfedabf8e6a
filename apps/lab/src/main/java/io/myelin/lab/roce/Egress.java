package io.myelin.lab.roce;

import io.myelin.lab.net.FrameSink;
import io.myelin.softswitch.time.Scheduler;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The port of a NIC: sends one frame after another at the line's rate. Frames that others queued
 * (acknowledgements, ARP) leave first, since whole windows wait for them; queue pairs take turns
 * for the rest and are asked for a packet only when it can leave at once.
 */
final class Egress {
  private final Scheduler scheduler;
  private final FrameSink out;
  private final long rateBps;
  private final long queueBytes;
  private final HostCounters counters;
  private final Deque<byte[]> queue = new ArrayDeque<>();
  private final Deque<QueuePair> turn = new ArrayDeque<>();
  private final Runnable sent = this::sent;
  private long queuedBytes;
  private byte[] leaving = {};
  private boolean busy;

  /** Bits times 1e9 that earlier frames took beyond whole nanoseconds. */
  private long carry;

  Egress(Scheduler scheduler, FrameSink out, RoceHost.Config config, HostCounters counters) {
    this.scheduler = scheduler;
    this.out = out;
    this.rateBps = config.rateBps();
    this.queueBytes = config.queueBytes();
    this.counters = counters;
  }

  /** Queues a frame before all data, or drops it when the queue is full. */
  void offer(byte[] frame) {
    if (queuedBytes + frame.length > queueBytes) {
      counters.queueDrops++;
      return;
    }
    queuedBytes += frame.length;
    queue.add(frame);
    pump();
  }

  /** Gives a queue pair its turn, once. */
  void ready(QueuePair qp) {
    if (qp.enterTurn()) {
      turn.add(qp);
      pump();
    }
  }

  private void pump() {
    if (busy) {
      return;
    }
    byte[] frame = queue.poll();
    if (frame != null) {
      queuedBytes -= frame.length;
    }
    while (frame == null && !turn.isEmpty()) {
      QueuePair qp = turn.remove();
      qp.leaveTurn();
      frame = qp.pull();
      if (frame != null && qp.hasMore() && qp.enterTurn()) {
        turn.add(qp);
      }
    }
    if (frame != null) {
      transmit(frame);
    }
  }

  private void transmit(byte[] frame) {
    busy = true;
    leaving = frame;
    long scaled = (frame.length + Wire.WIRE_OVERHEAD) * 8_000_000_000L + carry;
    carry = scaled % rateBps;
    scheduler.after(scaled / rateBps, sent);
  }

  private void sent() {
    out.deliver(leaving);
    busy = false;
    pump();
  }
}
