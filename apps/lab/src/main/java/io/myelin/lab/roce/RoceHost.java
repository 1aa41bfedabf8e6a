package io.myelin.lab.roce;

import io.myelin.lab.net.FrameSink;
import io.myelin.softswitch.time.Scheduler;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * A GPU's NIC: queue pairs over one port of a given rate, ARP and ND, counters.
 *
 * <p>Control frames (acknowledgements, ARP) leave before data; queue pairs share the rest in turn.
 * Confined to the scheduler's thread.
 */
public final class RoceHost implements FrameSink {
  /** NVIDIA's default for the minimum time between CNPs of a flow. */
  static final long CNP_INTERVAL_NS = 50_000;

  /** Control frames that wait for the port; beyond it they are dropped, and sent again. */
  private static final int MAX_CONTROL = 4_096;

  private final Config config;
  private final Scheduler scheduler;
  private final FrameSink out;
  private final Packets packets = new Packets(this);
  private final Neighbors neighbors;
  private final Counters counters = new Counters();
  private final Map<Integer, QueuePair> queuePairs = new HashMap<>();
  private final Deque<byte[]> ready = new ArrayDeque<>();
  private final Deque<QueuePair> turn = new ArrayDeque<>();
  private final Map<QueuePair, Boolean> waiting = new HashMap<>();
  private boolean sending;

  /**
   * How a NIC is.
   *
   * @param mac 48 bits
   * @param ip 4 or 16 bytes
   * @param rateBps of the port, bits per second
   * @param mtu RDMA payload a packet: 256 to 4096
   * @param window data packets in flight per queue pair
   * @param ackEvery data packets that share an acknowledgement
   * @param timeoutNs without progress before a queue pair goes back
   */
  public record Config(
      long mac, byte[] ip, long rateBps, int mtu, int window, int ackEvery, long timeoutNs) {
    public Config {
      if (mtu < 256 || mtu > 4096) {
        throw new IllegalArgumentException("mtu " + mtu + " is not allowed; allowed: 256 to 4096");
      }
      if (rateBps < 1 || window < 1 || ackEvery < 1 || timeoutNs < 1) {
        throw new IllegalArgumentException(
            "rate, window, ackEvery and timeout must be positive: "
                + rateBps
                + ", "
                + window
                + ", "
                + ackEvery
                + ", "
                + timeoutNs);
      }
    }
  }

  static final class Counters {
    long dataPacketsSent;
    long dataPacketsReceived;
    long goodputBytes;
    long messagesCompleted;
    long retransmits;
    long outOfOrder;
    long naks;
    long timeouts;
    long cnpsSent;
    long cnpsReceived;
    long malformed;
    long foreign;
    long queueDrops;
  }

  /**
   * @param out where frames go whose last bit left the port
   */
  public RoceHost(Config config, Scheduler scheduler, FrameSink out) {
    this.config = config;
    this.scheduler = scheduler;
    this.out = out;
    this.neighbors = new Neighbors(this, scheduler, this::control);
  }

  /** Opens a queue pair to one of the same kind at another host. */
  public QueuePair openQp(int number, byte[] remoteIp, int remoteNumber) {
    QueuePair qp = new QueuePair(this, number, remoteIp, remoteNumber);
    if (queuePairs.putIfAbsent(number, qp) != null) {
      throw new IllegalArgumentException("queue pair " + number + " is open already");
    }
    return qp;
  }

  /** Forgets a queue pair; what arrives for it counts as foreign. */
  public void closeQp(QueuePair qp) {
    queuePairs.remove(qp.number());
    turn.remove(qp);
    waiting.remove(qp);
  }

  public HostStats stats() {
    Counters c = counters;
    return new HostStats(
        c.dataPacketsSent,
        c.dataPacketsReceived,
        c.goodputBytes,
        c.messagesCompleted,
        c.retransmits,
        c.outOfOrder,
        c.naks,
        c.timeouts,
        c.cnpsSent,
        c.cnpsReceived,
        c.malformed,
        c.foreign,
        c.queueDrops);
  }

  // ---- sending -------------------------------------------------------------------------------

  void wantsToSend(QueuePair qp) {
    if (queuePairs.get(qp.number()) == qp && qp.canSend() && waiting.put(qp, true) == null) {
      turn.add(qp);
      pump();
    }
  }

  /** A frame that is addressed and goes before data. */
  private void control(byte[] frame) {
    if (ready.size() >= MAX_CONTROL) {
      counters.queueDrops++;
      return;
    }
    ready.add(frame);
    pump();
  }

  private void pump() {
    if (sending) {
      return;
    }
    byte[] frame = ready.poll();
    while (frame == null && !turn.isEmpty()) {
      QueuePair qp = turn.remove();
      waiting.remove(qp);
      if (qp.canSend()) {
        byte[] data = qp.takeNext();
        counters.dataPacketsSent++;
        if (qp.canSend() && waiting.put(qp, true) == null) {
          turn.add(qp);
        }
        // An unresolved destination keeps the frame; the queue pair's timer makes up for losses.
        if (!neighbors.send(qp.remoteIp(), data)) {
          counters.queueDrops++;
        }
        if (sending) {
          return; // sent from within
        }
        frame = ready.poll();
      }
    }
    if (frame != null) {
      transmit(frame);
    }
  }

  private void transmit(byte[] frame) {
    sending = true;
    // Preamble, FCS and gap take 24 bytes of wire time (IEEE 802.3 §4.4.2).
    long ns = (frame.length + 24) * 8L * 1_000_000_000L / config.rateBps;
    byte[] leaving = frame;
    scheduler.after(
        Math.max(1, ns),
        () -> {
          out.deliver(leaving);
          sending = false;
          pump();
        });
  }

  // ---- receiving -----------------------------------------------------------------------------

  @Override
  public void deliver(byte[] frame) {
    if (frame.length < 34) {
      counters.malformed++;
      return;
    }
    if (neighbors.handle(frame)) {
      return;
    }
    int ip = frame[12] == 0x08 && frame[13] == 0 ? 20 : 40;
    int udp = Packets.ETHERNET + ip;
    if (!isRoceForMe(frame, ip, udp)) {
      counters.foreign++;
      return;
    }
    if (!Icrc.valid(frame)) {
      counters.malformed++;
      return;
    }
    roce(frame, udp + 8, (frame[15] >> (ip == 20 ? 0 : 4) & 3) == Packets.CE);
  }

  private boolean isRoceForMe(byte[] frame, int ip, int udp) {
    byte[] mine = config.ip;
    int destination = ip == 20 ? Packets.ETHERNET + 16 : Packets.ETHERNET + 24;
    int protocol = frame[ip == 20 ? Packets.ETHERNET + 9 : Packets.ETHERNET + 6];
    return frame.length >= udp + 8 + Packets.BTH + 4
        && mine.length == (ip == 20 ? 4 : 16)
        && protocol == 17
        && ((frame[udp + 2] & 0xff) << 8 | (frame[udp + 3] & 0xff)) == Packets.UDP_PORT
        && Arrays.equals(mine, 0, mine.length, frame, destination, destination + mine.length);
  }

  private void roce(byte[] frame, int bth, boolean congestion) {
    ByteBuffer b = ByteBuffer.wrap(frame);
    int opcode = frame[bth] & 0xff;
    int pad = frame[bth + 1] >> 4 & 3;
    int psn = b.getInt(bth + 8) & 0xffffff;
    boolean ackRequest = frame[bth + 8] < 0;
    QueuePair qp = queuePairs.get(b.getInt(bth + 4) & 0xffffff);
    if (qp == null) {
      counters.foreign++;
    } else if (opcode == Opcode.ACKNOWLEDGE) {
      qp.acknowledged(psn, (frame[bth + Packets.BTH] & 0x60) == 0x60);
    } else if (opcode == Opcode.CNP) {
      counters.cnpsReceived++;
    } else if (Opcode.isWrite(opcode)) {
      counters.dataPacketsReceived++;
      int header = Packets.BTH + (Opcode.startsMessage(opcode) ? Packets.RETH : 0);
      byte[] answer = qp.received(opcode, psn, ackRequest, frame.length - bth - header - pad - 4);
      if (answer != null) {
        reply(qp, answer);
      }
      if (congestion && qp.cnpDue(nowNs())) {
        counters.cnpsSent++;
        reply(qp, packets.cnp(qp));
      }
    } else {
      counters.malformed++;
    }
  }

  private void reply(QueuePair qp, byte[] frame) {
    if (!neighbors.send(qp.remoteIp(), frame)) {
      counters.queueDrops++;
    }
  }

  // ---- for queue pairs -----------------------------------------------------------------------

  Packets packets() {
    return packets;
  }

  Counters counters() {
    return counters;
  }

  long nowNs() {
    return scheduler.nowNs();
  }

  void after(long delayNs, Runnable task) {
    scheduler.after(delayNs, task);
  }

  long mac() {
    return config.mac;
  }

  byte[] ip() {
    return config.ip;
  }

  int mtu() {
    return config.mtu;
  }

  int window() {
    return config.window;
  }

  int ackEvery() {
    return config.ackEvery;
  }

  long timeoutNs() {
    return config.timeoutNs;
  }
}
