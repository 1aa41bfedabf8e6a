package io.myelin.lab.roce;

import java.util.Arrays;

/** Builds the frames that one queue pair sends, from headers prepared once. */
final class QpFrames {
  /** ACK that grants no credits (IBA Table 45). */
  static final int SYNDROME_ACK = 0x1f;

  /** NAK, PSN sequence error (IBA Tables 45 and 46). */
  static final int SYNDROME_NAK_SEQUENCE = 0x60;

  private static final int MIGRATED = 0x40;
  private static final int DEFAULT_PARTITION = 0xffff;
  private static final int BECN = 0x40;
  private static final int ACK_REQUEST = 0x80;
  private static final int DONT_FRAGMENT = 0x4000;

  /** Dynamic ports; RoCEv2 keeps the two top bits set (IBA A17.9.2 leaves the choice free). */
  private static final int SOURCE_PORT_BASE = 0xc000;

  private static final int SOURCE_PORT_MASK = 0x3fff;

  private final Icrc icrc;
  private final int mtu;
  private final int ip;
  private final int bth;
  private final int remoteQpn;
  private final byte[] dataHead;
  private final byte[] controlHead;
  private final long dataSum;
  private final long controlSum;

  QpFrames(RoceHost.Config config, int localQpn, byte[] remoteIp, int remoteQpn, Icrc icrc) {
    this.icrc = icrc;
    mtu = config.mtu();
    this.remoteQpn = remoteQpn;
    ip = remoteIp.length == 4 ? Wire.IPV4 : Wire.IPV6;
    bth = Wire.ETHERNET + ip + Wire.UDP;
    int entropy = entropy(localQpn, remoteQpn);
    dataHead = head(config, remoteIp, entropy, Wire.DSCP_DATA << 2 | Wire.ECN_ECT0);
    controlHead = head(config, remoteIp, entropy, Wire.DSCP_CONTROL << 2 | Wire.ECN_NOT_ECT);
    dataSum = Wire.sum(dataHead, Wire.ETHERNET, ip);
    controlSum = Wire.sum(controlHead, Wire.ETHERNET, ip);
  }

  /** Spreads queue pairs over source ports, for switches that do not hash the BTH. */
  private static int entropy(int localQpn, int remoteQpn) {
    int h = localQpn * 0x9e3779b1 ^ Integer.rotateLeft(remoteQpn * 0x85ebca6b, 15);
    h ^= h >>> 16;
    h *= 0xc2b2ae35;
    return h ^ h >>> 13;
  }

  /** UDP source port of what one queue pair sends to another. */
  static int sourcePort(int localQpn, int remoteQpn) {
    return SOURCE_PORT_BASE | (entropy(localQpn, remoteQpn) & SOURCE_PORT_MASK);
  }

  private byte[] head(RoceHost.Config config, byte[] remoteIp, int entropy, int trafficClass) {
    byte[] b = new byte[bth + Wire.BTH];
    Wire.put48(b, 6, config.mac());
    int at = Wire.ETHERNET;
    byte[] localIp = config.ip();
    if (ip == Wire.IPV4) {
      Wire.put16(b, 12, Wire.TYPE_IPV4);
      Wire.put16(b, at, 0x4500 | trafficClass);
      Wire.put16(b, at + 6, DONT_FRAGMENT);
      b[at + 8] = Wire.HOP_LIMIT;
      b[at + 9] = Wire.PROTOCOL_UDP;
      Wire.put(b, at + 12, localIp);
      Wire.put(b, at + 16, remoteIp);
    } else {
      Wire.put16(b, 12, Wire.TYPE_IPV6);
      Wire.put32(b, at, 6 << 28 | trafficClass << 20 | (entropy & 0xfffff));
      b[at + 6] = Wire.PROTOCOL_UDP;
      b[at + 7] = Wire.HOP_LIMIT;
      Wire.put(b, at + 8, localIp);
      Wire.put(b, at + 24, remoteIp);
    }
    Wire.put16(b, at + ip, SOURCE_PORT_BASE | (entropy & SOURCE_PORT_MASK));
    Wire.put16(b, at + ip + 2, Wire.ROCE_PORT);
    b[bth + 1] = MIGRATED;
    Wire.put16(b, bth + 2, DEFAULT_PARTITION);
    Wire.put24(b, bth + 5, remoteQpn);
    return b;
  }

  int sourcePort() {
    return Wire.get16(dataHead, Wire.ETHERNET + ip);
  }

  /** Bytes on the wire of a packet inside a long message, preamble, FCS and gap included. */
  int fullPacketBytes() {
    return bth + Wire.BTH + mtu + Wire.ICRC + Wire.WIRE_OVERHEAD;
  }

  /** Length of a data frame. */
  int writeLength(int opcode, int payload) {
    int reth = Opcode.startsMessage(opcode) ? Wire.RETH : 0;
    return bth + Wire.BTH + reth + payload + (-payload & 3) + Wire.ICRC;
  }

  /**
   * An RDMA WRITE packet; its payload is zeros.
   *
   * @param destMac of the next hop
   * @param messageBytes of the whole message, for the RETH
   * @param payload bytes in this packet
   */
  byte[] write(
      long destMac, int opcode, int psn, boolean ackRequest, long messageBytes, int payload) {
    byte[] b = packet(dataHead, dataSum, writeLength(opcode, payload));
    Wire.put48(b, 0, destMac);
    b[bth] = (byte) opcode;
    b[bth + 1] |= (byte) ((-payload & 3) << 4);
    b[bth + 8] = (byte) (ackRequest ? ACK_REQUEST : 0);
    Wire.put24(b, bth + 9, psn);
    if (Opcode.startsMessage(opcode)) {
      // Virtual address 0 of a region whose key is the queue pair: the receiver writes nowhere.
      Wire.put32(b, bth + Wire.BTH + 8, remoteQpn);
      Wire.put32(b, bth + Wire.BTH + 12, (int) messageBytes);
    }
    icrc.seal(b, ip);
    return b;
  }

  /**
   * An ACK or NAK; its destination MAC address is still to be set.
   *
   * @param psn last one received in order, or the one missed
   * @param msn messages received whole, 24 bits
   */
  byte[] acknowledge(int syndrome, int psn, int msn) {
    byte[] b = packet(controlHead, controlSum, bth + Wire.BTH + Wire.AETH + Wire.ICRC);
    b[bth] = Opcode.ACKNOWLEDGE;
    Wire.put24(b, bth + 9, psn);
    b[bth + Wire.BTH] = (byte) syndrome;
    Wire.put24(b, bth + Wire.BTH + 1, msn);
    icrc.seal(b, ip);
    return b;
  }

  /** A congestion notification packet (IBA A17.9.3); its destination is still to be set. */
  byte[] cnp() {
    byte[] b = packet(controlHead, controlSum, bth + Wire.BTH + Wire.CNP_RESERVED + Wire.ICRC);
    b[bth] = (byte) Opcode.CNP;
    b[bth + 1] = 0; // no path migration: the packet is of no connection
    b[bth + 4] = BECN;
    icrc.seal(b, ip);
    return b;
  }

  private byte[] packet(byte[] head, long headSum, int length) {
    byte[] b = Arrays.copyOf(head, length);
    int ipLength = length - Wire.ETHERNET;
    if (ip == Wire.IPV4) {
      Wire.put16(b, Wire.ETHERNET + 2, ipLength);
      Wire.put16(b, Wire.ETHERNET + 10, Wire.checksum(headSum + ipLength));
    } else {
      Wire.put16(b, Wire.ETHERNET + 4, ipLength - Wire.IPV6);
    }
    Wire.put16(b, Wire.ETHERNET + ip + 4, ipLength - ip);
    return b;
  }
}
