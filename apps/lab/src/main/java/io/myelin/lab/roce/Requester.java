package io.myelin.lab.roce;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a queue pair (IBA Vol. 1 §9.7): messages in order of posting, go-back-N.
 *
 * <p>PSNs are 24 bits on the wire and 64 bits here. {@code acked <= next <= highest <= posted}:
 * packets below {@code acked} were acknowledged, those below {@code next} need not be sent now,
 * those from {@code highest} on never were, and those from {@code posted} on belong to no message.
 */
final class Requester {
  static final int PSN_MASK = 0xff_ffff;

  /** Timeouts double so often, then stay: 8 times the configured one. They go on for ever. */
  private static final int MAX_DOUBLINGS = 3;

  private final RoceHost host;
  private final QueuePair qp;
  private final Runnable checkTimeout = this::checkTimeout;
  private final int mtu;
  private final int window;
  private final int ackEvery;
  private final Deque<Message> messages = new ArrayDeque<>();
  private @Nullable Message current;
  private long posted;
  private long next;
  private long acked;
  private long highest;

  /**
   * The last packet since going back whose acknowledgement was asked for; below {@code acked}:
   * none.
   */
  private long awaited = -1;

  private long deadlineNs;
  private int doublings;
  private long timerNs = Long.MAX_VALUE;

  private static final class Message {
    final long firstPsn;
    final long packets;
    final long bytes;
    final long postedNs;
    final Consumer<Completion> done;
    long startNs = -1;

    Message(long firstPsn, long packets, long bytes, long postedNs, Consumer<Completion> done) {
      this.firstPsn = firstPsn;
      this.packets = packets;
      this.bytes = bytes;
      this.postedNs = postedNs;
      this.done = done;
    }

    long endPsn() {
      return firstPsn + packets;
    }
  }

  Requester(RoceHost host, QueuePair qp, int initialPsn) {
    this.host = host;
    this.qp = qp;
    mtu = host.config().mtu();
    window = host.config().window();
    ackEvery = host.config().ackEvery();
    posted = initialPsn;
    next = initialPsn;
    acked = initialPsn;
    highest = initialPsn;
  }

  void post(long bytes, Consumer<Completion> done) {
    long packets = (bytes + mtu - 1) / mtu;
    messages.add(new Message(posted, packets, bytes, host.nowNs(), done));
    posted += packets;
    host.counters().messagesPosted++;
  }

  int outstanding() {
    return messages.size();
  }

  /** Whether there is a packet that the window lets go. */
  boolean hasMore() {
    return next < posted && next - acked < window;
  }

  /** The next data packet; there must be one. */
  byte[] take(QpFrames frames, long destMac) {
    Message m = messageOf(next);
    long index = next - m.firstPsn;
    int opcode = Opcode.write(index, m.packets);
    int payload = (int) Math.min(mtu, m.bytes - index * mtu);
    // The first of what is sent again asks, too: where most of a window is lost it may be all that
    // arrives.
    boolean ackRequest =
        Opcode.endsMessage(opcode)
            || (next + 1) % ackEvery == 0
            || next - acked == window - 1
            || (next == acked && next < highest);
    HostCounters counters = host.counters();
    counters.dataPacketsSent++;
    counters.dataBytesSent += payload;
    if (next < highest) {
      counters.retransmits++;
    }
    if (m.startNs < 0) {
      m.startNs = host.nowNs();
    }
    if (ackRequest) {
      if (!awaitsAck()) {
        deadlineNs = host.nowNs() + timeoutNs();
        setTimer();
      }
      awaited = next;
    }
    byte[] frame =
        frames.write(destMac, opcode, (int) next & PSN_MASK, ackRequest, m.bytes, payload);
    next++;
    highest = Math.max(highest, next);
    return frame;
  }

  private Message messageOf(long psn) {
    Message m = current;
    if (m != null && psn >= m.firstPsn && psn < m.endPsn()) {
      return m;
    }
    for (Message candidate : messages) {
      if (psn < candidate.endPsn()) {
        current = candidate;
        return candidate;
      }
    }
    throw new AssertionError("PSN " + psn + " belongs to no message");
  }

  /**
   * Whether a packet is under way that asked for an acknowledgement. Only then time runs out (IBA
   * §9.7.6.1.3): a slow pace may put more time between two packets than an answer takes.
   */
  private boolean awaitsAck() {
    return awaited >= acked;
  }

  /** Whether nothing was acknowledged since time last ran out. */
  boolean isStalled() {
    return doublings > 0;
  }

  private void goBack() {
    next = acked;
    awaited = -1;
  }

  private long timeoutNs() {
    return host.config().timeoutNs() << doublings;
  }

  /** Timers are not moved: an early one is set anew, a late one left to find nothing due. */
  private void setTimer() {
    if (deadlineNs < timerNs) {
      timerNs = deadlineNs;
      host.scheduler().at(timerNs, checkTimeout);
    }
  }

  private void checkTimeout() {
    if (host.nowNs() >= timerNs) {
      timerNs = Long.MAX_VALUE;
    }
    if (!awaitsAck() || qp.isClosed()) {
      return;
    }
    if (host.nowNs() < deadlineNs) {
      setTimer();
      return;
    }
    host.counters().timeouts++;
    if (doublings == 0) {
      qp.packetLost(); // later timeouts without progress tell of an outage, not of congestion
    }
    doublings = Math.min(doublings + 1, MAX_DOUBLINGS);
    goBack();
    qp.kick();
  }

  /** An ACK (everything up to the PSN arrived) or a NAK (everything before it did). */
  void acknowledged(int wirePsn, int syndrome) {
    boolean nak = syndrome == QpFrames.SYNDROME_NAK_SEQUENCE;
    long upTo = unwrap(wirePsn, acked) + (nak ? 0 : 1);
    if (upTo < acked || upTo > highest) {
      return; // late, or about packets that were never sent
    }
    if (upTo > acked) {
      acked = upTo;
      next = Math.max(next, acked);
      doublings = 0;
      deadlineNs = host.nowNs() + timeoutNs();
      setTimer();
      complete();
    }
    if (nak) {
      host.counters().naksReceived++;
      goBack();
      qp.packetLost();
    }
    qp.kick();
  }

  private void complete() {
    for (Message m = messages.peek(); m != null && m.endPsn() <= acked; m = messages.peek()) {
      messages.remove();
      if (current == m) {
        current = null;
      }
      host.counters().messagesCompleted++;
      m.done.accept(new Completion(qp.localQpn(), m.bytes, m.postedNs, m.startNs, host.nowNs()));
    }
  }

  /** The 64-bit PSN nearest to {@code near} that has these 24 bits (IBA §9.7.1). */
  static long unwrap(int psn, long near) {
    long ahead = (psn - near) & PSN_MASK;
    return near + (ahead > PSN_MASK / 2 ? ahead - PSN_MASK - 1 : ahead);
  }
}
