package io.myelin.lab.roce;

import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One end of a reliable connection: sends messages as RDMA WRITEs, and receives those of the other
 * end. Made by {@link RoceHost#openQp}.
 *
 * <p>Confined to the scheduler's thread.
 */
public final class QueuePair {
  /** The rate of a queue pair that only the port limits. */
  public static final long UNLIMITED_BPS = Long.MAX_VALUE;

  /** The length of a message has 32 bits in the RETH; IBA §9.4.1 limits it to 2^31 bytes. */
  private static final long MAX_MESSAGE_BYTES = 1L << 31;

  private final RoceHost host;
  private final int localQpn;
  private final byte[] remoteIp;
  private final int remoteQpn;
  private final NeighborEntry neighbor;
  private final QpFrames frames;
  private final Requester requester;
  private final Responder responder;
  private final long[] receivedPackets;
  private final @Nullable Dcqcn congestionControl;

  /** What congestion control, or whoever else steers the rate, asks for. */
  private long askedBps = UNLIMITED_BPS;

  /** What the user of this queue pair wants it not to exceed. */
  private long capBps = UNLIMITED_BPS;

  private long rateBps = UNLIMITED_BPS;
  private long pacedUntilNs;
  private long wakeNs = Long.MAX_VALUE;
  private boolean inTurn;
  private boolean closed;
  private long cnpsReceived;

  QueuePair(RoceHost host, int localQpn, NeighborEntry neighbor, int remoteQpn, int initialPsn) {
    this.host = host;
    this.localQpn = localQpn;
    this.neighbor = neighbor;
    this.remoteQpn = remoteQpn;
    remoteIp = neighbor.ip();
    frames = new QpFrames(host.config(), localQpn, remoteIp, remoteQpn, host.icrc());
    requester = new Requester(host, this, initialPsn);
    responder = new Responder(host, this, initialPsn);
    congestionControl = reactionPoint();
    receivedPackets =
        host.counters().received(Wire.address(remoteIp, 0, remoteIp.length), localQpn);
  }

  private @Nullable Dcqcn reactionPoint() {
    Dcqcn.PacketTimes times =
        switch (host.config().congestionControl()) {
          case NONE -> null;
          case DCQCN_FIXED_TIMES -> Dcqcn.PacketTimes.NONE;
          case DCQCN -> Dcqcn.PacketTimes.FITTING;
        };
    return times == null
        ? null
        : new Dcqcn(
            host.dcqcn(),
            times,
            host.scheduler(),
            this,
            frames.fullPacketBytes() * 8L,
            host.config().rateBps());
  }

  /** Number of this end, 24 bits. */
  public int localQpn() {
    return localQpn;
  }

  /** Number of the other end, 24 bits. */
  public int remoteQpn() {
    return remoteQpn;
  }

  /** Address of the other end, 4 or 16 bytes. */
  public byte[] remoteIp() {
    return remoteIp.clone();
  }

  /** UDP source port of what one queue pair sends to another, by their numbers. */
  public static int udpSourcePort(int localQpn, int remoteQpn) {
    return QpFrames.sourcePort(localQpn, remoteQpn);
  }

  /** UDP source port of everything this end sends: what switches hash. */
  public int udpSourcePort() {
    return frames.sourcePort();
  }

  /** Payload bytes received in order. */
  public long receivedBytes() {
    return responder.receivedBytes();
  }

  /** Messages posted and not yet acknowledged whole. */
  public int outstanding() {
    return requester.outstanding();
  }

  /** Congestion notifications that came for this queue pair. */
  public long cnpsReceived() {
    return cnpsReceived;
  }

  /**
   * Posts a message; messages are sent in order of posting.
   *
   * @param messageBytes of payload, 1 to 2^31
   * @param done called once all of it is acknowledged; may post again
   */
  public void postWrite(long messageBytes, Consumer<Completion> done) {
    if (messageBytes < 1 || messageBytes > MAX_MESSAGE_BYTES) {
      throw new IllegalArgumentException(
          "message of " + messageBytes + " bytes; allowed: 1 to " + MAX_MESSAGE_BYTES);
    }
    if (closed) {
      throw new IllegalStateException("queue pair " + localQpn + " is closed");
    }
    requester.post(messageBytes, done);
    kick();
  }

  /**
   * Limits what this queue pair sends from its next packet on, without bursts; where congestion
   * control plugs in.
   *
   * @param bitsPerSecond on the wire, preamble and gap included; {@link #UNLIMITED_BPS}: the port's
   */
  void setRateBps(long bitsPerSecond) {
    askedBps = positive("rateBps", bitsPerSecond);
    pace(Math.min(askedBps, capBps));
  }

  /**
   * Paces what this queue pair sends, for good: congestion control may ask for less, and its
   * recovery ends here.
   *
   * @param bitsPerSecond on the wire, preamble and gap included; {@link #UNLIMITED_BPS}: no cap
   */
  public void setCapBps(long bitsPerSecond) {
    capBps = positive("capBps", bitsPerSecond);
    pace(Math.min(askedBps, capBps));
  }

  private static long positive(String field, long bitsPerSecond) {
    if (bitsPerSecond < 1) {
      throw new IllegalArgumentException(
          field + " " + bitsPerSecond + " is not allowed; allowed: 1 or more");
    }
    return bitsPerSecond;
  }

  private void pace(long bitsPerSecond) {
    long waitNs = pacedUntilNs - host.nowNs();
    if (waitNs > 0) {
      // What is still to be waited for is a part of a packet's time at the old rate.
      double share = bitsPerSecond == UNLIMITED_BPS ? 0 : (double) rateBps / bitsPerSecond;
      pacedUntilNs = host.nowNs() + (long) (waitNs * share);
    }
    rateBps = bitsPerSecond;
    kick();
  }

  /** The limit, bits per second. */
  public long rateBps() {
    return rateBps;
  }

  // ---- for the port --------------------------------------------------------------------------

  /** False when it waits for its turn already. */
  boolean enterTurn() {
    boolean entered = !inTurn;
    inTurn = true;
    return entered;
  }

  void leaveTurn() {
    inTurn = false;
  }

  boolean hasMore() {
    return !closed && requester.hasMore();
  }

  /** Asks the port for a turn if there is something to send. */
  void kick() {
    if (!hasMore()) {
      return;
    }
    if (neighbor.isResolved()) {
      host.egress().ready(this);
    } else {
      host.neighbors().await(neighbor, this);
    }
  }

  /** The packet to send now; null when pacing, window or an unknown neighbour forbids. */
  byte @Nullable [] pull() {
    if (!hasMore() || !neighbor.isResolved()) {
      return null;
    }
    long nowNs = host.nowNs();
    if (nowNs < pacedUntilNs) {
      wakeWhenPaced();
      return null;
    }
    byte[] frame = requester.take(frames, neighbor.mac());
    if (congestionControl != null) {
      congestionControl.sent(frame.length);
    }
    if (rateBps != UNLIMITED_BPS) {
      double wireBits = (frame.length + Wire.WIRE_OVERHEAD) * 8.0;
      // From when it was due, unless it idled since: rounding and turns do not lower the rate.
      long dueNs = pacedUntilNs + (long) (wireBits * 1e9 / rateBps);
      pacedUntilNs = dueNs > nowNs ? dueNs : nowNs + (long) (wireBits * 1e9 / rateBps);
    }
    return frame;
  }

  /** A raised rate makes an earlier wake-up necessary; the later one then does no harm. */
  private void wakeWhenPaced() {
    if (pacedUntilNs < wakeNs) {
      wakeNs = pacedUntilNs;
      host.scheduler().at(wakeNs, this::wake);
    }
  }

  private void wake() {
    if (host.nowNs() >= wakeNs) {
      wakeNs = Long.MAX_VALUE;
    }
    kick();
  }

  // ---- for the host --------------------------------------------------------------------------

  boolean isFrom(byte[] frame, int sourceAt) {
    return Arrays.equals(remoteIp, 0, remoteIp.length, frame, sourceAt, sourceAt + remoteIp.length);
  }

  void received(int opcode, int psn, boolean ackRequest, int payload) {
    receivedPackets[0]++;
    responder.receive(opcode, psn, ackRequest, payload);
  }

  void congestionMarked() {
    responder.congestionMarked();
  }

  void acknowledged(int psn, int syndrome) {
    requester.acknowledged(psn, syndrome);
  }

  void congestionNotified() {
    cnpsReceived++;
    if (congestionControl != null) {
      congestionControl.notified();
    }
  }

  /** Whether nothing was acknowledged since time last ran out. */
  boolean isStalled() {
    return requester.isStalled();
  }

  void packetLost() {
    if (congestionControl != null) {
      congestionControl.lost();
    }
  }

  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  QpFrames frames() {
    return frames;
  }

  void sendControl(byte[] frame) {
    host.neighbors().send(neighbor, frame);
  }
}
