package io.myelin.lab.roce;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a reliable connection: sends messages as RDMA WRITEs with go-back-N, and receives the
 * other end's (IBA Vol. 1 §9.7). PSNs are 24 bits on the wire and 64 bits here.
 *
 * <p>Confined to the scheduler's thread.
 */
public final class QueuePair {
  private static final int PSN_MASK = 0xffffff;

  private final RoceHost host;
  private final int number;
  private final byte[] remoteIp;
  private final int remoteNumber;

  // Sender: messages in order of posting; [acked, next) is in flight.
  private final Deque<Message> messages = new ArrayDeque<>();
  private long postedPsn; // first PSN that no message has yet
  private long next;
  private long acked;
  private long highest; // beyond it nothing was ever sent
  private long lastProgressNs;
  private int backoff;
  private boolean timerRunning;

  // Receiver.
  private long expected;
  private int messageSequence;
  private boolean nakSent;
  private long lastCnpNs = Long.MIN_VALUE / 2;
  private long receivedBytes;

  /**
   * A message that was acknowledged whole.
   *
   * @param postedNs when it was posted
   * @param completedNs when its last acknowledgement arrived
   */
  public record Completion(long bytes, long postedNs, long completedNs) {}

  private record Message(
      long firstPsn, long packets, long bytes, long postedNs, Consumer<Completion> done) {
    long endPsn() {
      return firstPsn + packets;
    }
  }

  QueuePair(RoceHost host, int number, byte[] remoteIp, int remoteNumber) {
    this.host = host;
    this.number = number;
    this.remoteIp = remoteIp.clone();
    this.remoteNumber = remoteNumber;
  }

  public int number() {
    return number;
  }

  public int remoteNumber() {
    return remoteNumber;
  }

  byte[] remoteIp() {
    return remoteIp;
  }

  /** Payload bytes received in order. */
  public long receivedBytes() {
    return receivedBytes;
  }

  /** Messages posted and not yet acknowledged whole. */
  public int outstanding() {
    return messages.size();
  }

  // ---- sending -------------------------------------------------------------------------------

  /**
   * Sends a message.
   *
   * @param bytes of payload, at least 1
   * @param done called once all of it is acknowledged
   */
  public void postWrite(long bytes, Consumer<Completion> done) {
    if (bytes < 1) {
      throw new IllegalArgumentException("message of " + bytes + " bytes; allowed: at least 1");
    }
    long packets = (bytes + host.mtu() - 1) / host.mtu();
    messages.add(new Message(postedPsn, packets, bytes, host.nowNs(), done));
    postedPsn += packets;
    host.wantsToSend(this);
  }

  /** Whether there is something that the window lets go. */
  boolean canSend() {
    return next < postedPsn && next - acked < host.window();
  }

  /** The next data packet. */
  byte[] takeNext() {
    Message m = messageOf(next);
    long index = next - m.firstPsn;
    boolean first = index == 0;
    boolean last = index == m.packets - 1;
    int payload = last ? (int) (m.bytes - index * host.mtu()) : host.mtu();
    int opcode =
        first && last
            ? Opcode.WRITE_ONLY
            : first ? Opcode.WRITE_FIRST : last ? Opcode.WRITE_LAST : Opcode.WRITE_MIDDLE;
    boolean ackRequest =
        last || (next + 1) % host.ackEvery() == 0 || next - acked == host.window() - 1;
    byte[] frame =
        host.packets().write(this, opcode, (int) next & PSN_MASK, ackRequest, m.bytes, payload);
    if (next < highest) {
      host.counters().retransmits++;
    }
    next++;
    highest = Math.max(highest, next);
    if (!timerRunning) {
      lastProgressNs = host.nowNs();
      armTimer();
    }
    return frame;
  }

  private Message messageOf(long psn) {
    for (Message m : messages) {
      if (psn < m.endPsn()) {
        return m;
      }
    }
    throw new AssertionError("PSN " + psn + " belongs to no message");
  }

  private void armTimer() {
    timerRunning = true;
    host.after(host.timeoutNs() << Math.min(backoff, 6), this::checkTimeout);
  }

  private void checkTimeout() {
    timerRunning = false;
    if (acked == highest && acked == next) {
      backoff = 0;
      return; // nothing in flight
    }
    if (host.nowNs() - lastProgressNs >= host.timeoutNs() << Math.min(backoff, 6)) {
      host.counters().timeouts++;
      backoff++;
      lastProgressNs = host.nowNs();
      goBackTo(acked);
    }
    armTimer();
  }

  private void goBackTo(long psn) {
    next = psn;
    host.wantsToSend(this);
  }

  /** An ACK or NAK for a PSN of ours. */
  void acknowledged(int wirePsn, boolean nak) {
    // ACK: everything up to and including the PSN arrived. NAK: everything before it did.
    long upTo = unwrap(wirePsn, acked) + (nak ? 0 : 1);
    if (upTo < acked || upTo > highest) {
      return; // of another life
    }
    if (upTo > acked) {
      acked = upTo;
      next = Math.max(next, acked);
      lastProgressNs = host.nowNs();
      backoff = 0;
      complete();
    }
    if (nak) {
      host.counters().naks++;
      goBackTo(acked);
    } else {
      host.wantsToSend(this);
    }
  }

  private void complete() {
    for (Message m = messages.peek(); m != null && m.endPsn() <= acked; m = messages.peek()) {
      messages.remove();
      host.counters().messagesCompleted++;
      m.done.accept(new Completion(m.bytes, m.postedNs, host.nowNs()));
    }
  }

  private static long unwrap(int psn, long near) {
    long delta = (psn - near) & PSN_MASK;
    return near + (delta > PSN_MASK / 2 ? delta - PSN_MASK - 1 : delta);
  }

  // ---- receiving -----------------------------------------------------------------------------

  /** A data packet for us; answers with what must be said, or null. */
  byte @Nullable [] received(int opcode, int wirePsn, boolean ackRequest, int payload) {
    long psn = unwrap(wirePsn, expected);
    if (psn > expected) {
      host.counters().outOfOrder++;
      if (nakSent) {
        return null; // one NAK a gap
      }
      nakSent = true;
      return host.packets().acknowledge(this, (int) expected & PSN_MASK, true, messageSequence);
    }
    if (psn < expected) {
      // Seen before: our acknowledgement was lost.
      return host.packets()
          .acknowledge(this, (int) (expected - 1) & PSN_MASK, false, messageSequence);
    }
    expected++;
    nakSent = false;
    receivedBytes += payload;
    host.counters().goodputBytes += payload;
    if (Opcode.endsMessage(opcode)) {
      messageSequence = (messageSequence + 1) & PSN_MASK;
    }
    if (ackRequest) {
      return host.packets().acknowledge(this, wirePsn, false, messageSequence);
    }
    return null;
  }

  /** Whether a congestion mark calls for a CNP now: at most one per interval. */
  boolean cnpDue(long nowNs) {
    if (nowNs - lastCnpNs < RoceHost.CNP_INTERVAL_NS) {
      return false;
    }
    lastCnpNs = nowNs;
    return true;
  }
}
