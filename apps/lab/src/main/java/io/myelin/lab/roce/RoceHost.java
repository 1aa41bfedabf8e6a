package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import io.myelin.lab.net.FrameSink;
import io.myelin.softswitch.time.Scheduler;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A GPU's NIC: RoCEv2 queue pairs over one port of a given rate, ARP and neighbour discovery,
 * counters. What the other end of the cable sends is to be handed to {@link #deliver}.
 *
 * <p>Confined to the scheduler's thread.
 */
public final class RoceHost implements FrameSink {
  private static final int MAX_24_BITS = 0xff_ffff;

  private final Config config;
  private final Scheduler scheduler;
  private final HostCounters counters = new HostCounters();
  private final Icrc icrc = new Icrc();
  private final Egress egress;
  private final HostProtocols protocols;
  private final Neighbors neighbors;
  private final Map<Integer, QueuePair> queuePairs = new HashMap<>();
  private final byte[] ip;
  private final Dcqcn.Parameters dcqcn;

  /** What a queue pair does when a congestion notification comes. */
  public enum CongestionControl {
    /** Nothing. */
    NONE,

    /**
     * DCQCN with steps for the port's rate and the times that are published for 100 Gb/s. Below a
     * few Gb/s packets are farther apart than these times.
     */
    DCQCN_FIXED_TIMES,

    /** The same, with times that are never shorter than some packets at the current rate. */
    DCQCN
  }

  /**
   * How a NIC is.
   *
   * @param mac 48 bits
   * @param ip its one address, 4 or 16 bytes
   * @param rateBps of the port, bits per second; preamble, FCS and gap count
   * @param mtu RDMA payload of a packet: 256, 512, 1024, 2048 or 4096 bytes
   * @param window data packets in flight per queue pair, 1 to 65536
   * @param ackEvery data packets that share an acknowledgement; the last one of a message and one
   *     that fills the window are acknowledged in any case
   * @param timeoutNs without progress before a queue pair goes back; doubles up to 8-fold
   * @param queueBytes of control frames (acknowledgements, ARP) that wait for the port; data waits
   *     in its queue pair
   * @param congestionControl what congestion notifications do to its queue pairs
   */
  public record Config(
      long mac,
      byte[] ip,
      long rateBps,
      int mtu,
      int window,
      int ackEvery,
      long timeoutNs,
      long queueBytes,
      CongestionControl congestionControl) {

    /** The ACKs of a few thousand packets. */
    public static final long DEFAULT_QUEUE_BYTES = 256 * 1024;

    /** Far below half the PSNs, which tell old from new (IBA §9.7.5.1.1). */
    private static final int MAX_WINDOW = 65_536;

    /** A day: 8 times it still is a sane time. */
    private static final long MAX_TIMEOUT_NS = 86_400_000_000_000L;

    public Config {
      ip = ip.clone();
      check(mac > 0 && mac >>> 48 == 0, "mac", Long.toHexString(mac), "48 bits, not 0");
      check(ip.length == 4 || ip.length == 16, "ip", ip.length + " bytes", "4 or 16 bytes");
      check(rateBps >= 1, "rateBps", rateBps, "1 or more");
      check(
          mtu >= 256 && mtu <= 4096 && Integer.bitCount(mtu) == 1,
          "mtu",
          mtu,
          "256, 512, 1024, 2048 or 4096");
      check(window >= 1 && window <= MAX_WINDOW, "window", window, "1 to " + MAX_WINDOW);
      check(ackEvery >= 1, "ackEvery", ackEvery, "1 or more");
      check(
          timeoutNs >= 1 && timeoutNs <= MAX_TIMEOUT_NS,
          "timeoutNs",
          timeoutNs,
          "1 to " + MAX_TIMEOUT_NS);
      check(queueBytes >= 0, "queueBytes", queueBytes, "0 or more");
    }

    /** With the default queue and {@link CongestionControl#DCQCN}. */
    public Config(
        long mac, byte[] ip, long rateBps, int mtu, int window, int ackEvery, long timeoutNs) {
      this(
          mac,
          ip,
          rateBps,
          mtu,
          window,
          ackEvery,
          timeoutNs,
          DEFAULT_QUEUE_BYTES,
          CongestionControl.DCQCN);
    }

    @Override
    public byte[] ip() {
      return ip.clone();
    }

    private static void check(boolean valid, String field, Object value, String allowed) {
      if (!valid) {
        throw new IllegalArgumentException(
            field + " " + value + " is not allowed; allowed: " + allowed);
      }
    }
  }

  /**
   * A NIC that is ready at once.
   *
   * @param out where frames go whose last bit left the port: a cable's end
   */
  public RoceHost(Config config, Scheduler scheduler, FrameSink out) {
    this.config = config;
    this.scheduler = scheduler;
    ip = config.ip();
    dcqcn = Dcqcn.Parameters.forPort(config.rateBps());
    egress = new Egress(scheduler, out, config, counters);
    protocols = new HostProtocols(config, counters, egress, this::learn);
    neighbors = new Neighbors(scheduler, egress, counters, protocols::request);
  }

  private void learn(IpAddress address, long mac) {
    neighbors.learn(address, mac);
  }

  /**
   * Opens a queue pair whose PSNs begin with 0.
   *
   * @param localQpn 2 to 2^24 - 1; 0 and 1 are for management (IBA §3.5.10)
   * @param remoteIp of the host at the other end, of this host's IP version
   * @param remoteQpn of the other end
   */
  public QueuePair openQp(int localQpn, byte[] remoteIp, int remoteQpn) {
    return openQp(localQpn, remoteIp, remoteQpn, 0);
  }

  /**
   * Opens a queue pair.
   *
   * @param initialPsn 24 bits, of both directions; the same at the other end
   */
  public QueuePair openQp(int localQpn, byte[] remoteIp, int remoteQpn, int initialPsn) {
    checkQpn("localQpn", localQpn);
    checkQpn("remoteQpn", remoteQpn);
    if (remoteIp.length != ip.length) {
      throw new IllegalArgumentException(
          "remoteIp has " + remoteIp.length + " bytes; allowed: " + ip.length + ", as this host");
    }
    if (initialPsn < 0 || initialPsn > MAX_24_BITS) {
      throw new IllegalArgumentException(
          "initialPsn " + initialPsn + " is not allowed; allowed: 0 to " + MAX_24_BITS);
    }
    if (queuePairs.containsKey(localQpn)) {
      throw new IllegalArgumentException("queue pair " + localQpn + " is open already");
    }
    QueuePair qp = new QueuePair(this, localQpn, neighbors.of(remoteIp), remoteQpn, initialPsn);
    queuePairs.put(localQpn, qp);
    return qp;
  }

  private static void checkQpn(String field, int qpn) {
    if (qpn < 2 || qpn > MAX_24_BITS) {
      throw new IllegalArgumentException(
          field + " " + qpn + " is not allowed; allowed: 2 to " + MAX_24_BITS);
    }
  }

  /**
   * Forgets a queue pair. Its messages never complete; what arrives for it counts as foreign. Its
   * number may be used again.
   */
  public void closeQp(QueuePair qp) {
    if (queuePairs.remove(qp.localQpn(), qp)) {
      qp.close();
    }
  }

  /** The same by number; nothing happens where there is none. */
  public void closeQp(int localQpn) {
    QueuePair qp = queuePairs.get(localQpn);
    if (qp != null) {
      closeQp(qp);
    }
  }

  /**
   * Sets the MAC address of a peer, instead of asking for it; nothing heard changes it then.
   *
   * @param remoteIp 4 or 16 bytes
   * @param mac 48 bits
   */
  public void setNeighbor(byte[] remoteIp, long mac) {
    if (remoteIp.length != ip.length || mac >>> 48 != 0) {
      throw new IllegalArgumentException(
          "a neighbour has an address of " + ip.length + " bytes and a MAC address of 48 bits");
    }
    neighbors.setStatic(remoteIp, mac);
  }

  /** What was counted so far. */
  public HostStats stats() {
    return counters.snapshot();
  }

  public Config config() {
    return config;
  }

  // ---- receiving -----------------------------------------------------------------------------

  @Override
  public void deliver(byte[] frame) {
    if (frame.length < Wire.ETHERNET) {
      counters.malformed++;
    } else if ((frame[0] & 1) == 0 && Wire.get48(frame, 0) != config.mac()) {
      counters.foreign++;
    } else {
      switch (Wire.get16(frame, 12)) {
        case Wire.TYPE_ARP -> protocols.receiveArp(frame);
        case Wire.TYPE_IPV4 -> receiveIpv4(frame);
        case Wire.TYPE_IPV6 -> receiveIpv6(frame);
        default -> counters.foreign++;
      }
    }
  }

  private void receiveIpv4(byte[] frame) {
    int at = Wire.ETHERNET;
    int room = frame.length - at;
    if (room < Wire.IPV4
        || (frame[at] & 0xf0) != 0x40
        || Wire.get16(frame, at + 2) < Wire.IPV4
        || Wire.get16(frame, at + 2) > room
        || (frame[at] == 0x45 && Wire.checksum(Wire.sum(frame, at, Wire.IPV4)) != 0)) {
      counters.malformed++;
      return;
    }
    boolean fragment = (Wire.get16(frame, at + 6) & 0x3fff) != 0;
    if (frame[at] != 0x45 || fragment || !isMine(frame, at + 16, 4)) {
      counters.foreign++; // options and fragments are not spoken
      return;
    }
    int end = at + Wire.get16(frame, at + 2);
    switch (frame[at + 9]) {
      case Wire.PROTOCOL_UDP -> receiveUdp(frame, Wire.IPV4, end, frame[at + 1] & 3);
      case Wire.PROTOCOL_ICMP -> protocols.receiveIcmp(frame, end);
      default -> counters.foreign++;
    }
  }

  private void receiveIpv6(byte[] frame) {
    int at = Wire.ETHERNET;
    int room = frame.length - at;
    if (room < Wire.IPV6
        || (frame[at] & 0xf0) != 0x60
        || Wire.get16(frame, at + 4) > room - Wire.IPV6) {
      counters.malformed++;
      return;
    }
    boolean mine = isMine(frame, at + 24, 16);
    int end = at + Wire.IPV6 + Wire.get16(frame, at + 4);
    if (frame[at + 6] == Wire.PROTOCOL_ICMPV6
        && ip.length == 16
        && (mine || frame[at + 24] == (byte) 0xff)) {
      protocols.receiveIcmpv6(frame, end);
    } else if (frame[at + 6] == Wire.PROTOCOL_UDP && mine) {
      receiveUdp(frame, Wire.IPV6, end, frame[at + 1] >> 4 & 3);
    } else {
      counters.foreign++;
    }
  }

  private boolean isMine(byte[] frame, int at, int length) {
    return ip.length == length && Arrays.equals(ip, 0, length, frame, at, at + length);
  }

  private void receiveUdp(byte[] frame, int ipLength, int end, int ecn) {
    int udp = Wire.ETHERNET + ipLength;
    if (end < udp + Wire.UDP || Wire.get16(frame, udp + 4) != end - udp) {
      counters.malformed++;
    } else if (Wire.get16(frame, udp + 2) != Wire.ROCE_PORT || (frame[0] & 1) != 0) {
      counters.foreign++;
    } else if (end < udp + Wire.UDP + Wire.BTH + Wire.ICRC
        || (frame[udp + Wire.UDP + 1] & 0xf) != 0) { // transport header version
      counters.malformed++;
    } else if (!icrc.matches(frame, ipLength, end)) {
      counters.icrcErrors++;
    } else {
      receiveRoce(frame, udp + Wire.UDP, end - Wire.ICRC, ecn);
    }
  }

  /**
   * A packet with a good ICRC.
   *
   * @param end where the payload and its padding end
   */
  private void receiveRoce(byte[] frame, int bth, int end, int ecn) {
    int opcode = Wire.get8(frame, bth);
    int qpn = Wire.get24(frame, bth + 5);
    int psn = Wire.get24(frame, bth + 9);
    int body = bth + Wire.BTH;
    QueuePair qp = queuePairs.get(qpn);
    int sourceAt = bth - Wire.UDP - 2 * ip.length;
    boolean known = qp != null && qp.isFrom(frame, sourceAt);
    if (Opcode.isWrite(opcode)) {
      int pad = frame[bth + 1] >> 4 & 3;
      int payload = end - body - pad - (Opcode.startsMessage(opcode) ? Wire.RETH : 0);
      if (payload < 0 || payload > config.mtu()) {
        counters.malformed++;
        return;
      }
      counters.dataPacketsReceived++;
      counters.dataBytesReceived += payload;
      if (qp != null && known) {
        receiveData(qp, opcode, psn, frame[bth + 8] < 0, payload, ecn);
      } else {
        counters.received(Wire.address(frame, sourceAt, ip.length), qpn)[0]++;
        counters.foreign++;
      }
    } else if (qp == null || !known) {
      counters.foreign++;
    } else if (opcode == Opcode.ACKNOWLEDGE && end >= body + Wire.AETH) {
      receiveAcknowledgement(qp, psn, Wire.get8(frame, body));
    } else if (opcode == Opcode.CNP && end >= body + Wire.CNP_RESERVED) {
      counters.cnpsReceived++;
      qp.congestionNotified();
    } else {
      counters.malformed++;
    }
  }

  private static void receiveData(
      QueuePair qp, int opcode, int psn, boolean ackRequest, int payload, int ecn) {
    qp.received(opcode, psn, ackRequest, payload);
    if (ecn == Wire.ECN_CE) {
      qp.congestionMarked();
    }
  }

  /** ACKs have 00 in the two upper bits after the first (IBA Table 45); credits do not matter. */
  private void receiveAcknowledgement(QueuePair qp, int psn, int syndrome) {
    if ((syndrome & 0xe0) == 0 || syndrome == QpFrames.SYNDROME_NAK_SEQUENCE) {
      qp.acknowledged(psn, syndrome);
    } else {
      counters.malformed++; // RNR and other errors: no host of ours sends them
    }
  }

  // ---- for queue pairs -----------------------------------------------------------------------

  Scheduler scheduler() {
    return scheduler;
  }

  long nowNs() {
    return scheduler.nowNs();
  }

  Dcqcn.Parameters dcqcn() {
    return dcqcn;
  }

  HostCounters counters() {
    return counters;
  }

  Icrc icrc() {
    return icrc;
  }

  Egress egress() {
    return egress;
  }

  Neighbors neighbors() {
    return neighbors;
  }
}
