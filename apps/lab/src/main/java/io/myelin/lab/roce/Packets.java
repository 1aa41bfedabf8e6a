package io.myelin.lab.roce;

import java.nio.ByteBuffer;

/**
 * Builds and reads RoCEv2 frames: Ethernet, IPv4 or IPv6, UDP 4791, BTH (IBA §9.2), RETH, AETH,
 * ICRC.
 */
@SuppressWarnings("ByteBufferBackingArray") // every buffer here is allocated in frame()
final class Packets {
  static final int UDP_PORT = 4791;
  static final int ETHERNET = 14;
  static final int BTH = 12;
  static final int RETH = 16;
  static final int AETH = 4;
  private static final int UDP = 8;
  private static final int ICRC = 4;
  private static final int TTL = 64;

  /** AF31 for data, CS6 for what must not wait: the usual lossless-fabric classes. */
  static final int DSCP_DATA = 26;

  static final int DSCP_CONTROL = 48;

  private static final int ECT0 = 2;
  static final int CE = 3;

  /** NAK, PSN sequence error (IBA Table 46). */
  private static final int SYNDROME_NAK = 0x60;

  /** ACK, credits not used. */
  private static final int SYNDROME_ACK = 0x1f;

  private final RoceHost host;

  Packets(RoceHost host) {
    this.host = host;
  }

  byte[] write(
      QueuePair qp, int opcode, int psn, boolean ackRequest, long messageBytes, int payload) {
    int reth = Opcode.startsMessage(opcode) ? RETH : 0;
    int pad = -payload & 3;
    ByteBuffer b = frame(qp.remoteIp(), qp.number(), BTH + reth + payload + pad, DSCP_DATA, ECT0);
    bth(b, opcode, pad, qp.remoteNumber(), psn, ackRequest);
    if (reth > 0) {
      b.putLong(0)
          .putInt(qp.remoteNumber())
          .putInt((int) Math.min(messageBytes, Integer.MAX_VALUE));
    }
    return sealed(b);
  }

  byte[] acknowledge(QueuePair qp, int psn, boolean nak, int messageSequence) {
    ByteBuffer b = frame(qp.remoteIp(), qp.number(), BTH + AETH, DSCP_CONTROL, ECT0);
    bth(b, Opcode.ACKNOWLEDGE, 0, qp.remoteNumber(), psn, false);
    b.putInt((nak ? SYNDROME_NAK : SYNDROME_ACK) << 24 | messageSequence);
    return sealed(b);
  }

  byte[] cnp(QueuePair qp) {
    ByteBuffer b = frame(qp.remoteIp(), qp.number(), BTH + 16, DSCP_CONTROL, ECT0);
    bth(b, Opcode.CNP, 0, qp.remoteNumber(), 0, false);
    b.array()[b.position() - BTH + 4] |= 0x40; // BECN
    return sealed(b);
  }

  private ByteBuffer frame(byte[] remoteIp, int localQp, int afterUdp, int dscp, int ecn) {
    int ip = remoteIp.length == 4 ? 20 : 40;
    ByteBuffer b = ByteBuffer.allocate(ETHERNET + ip + UDP + afterUdp + ICRC);
    b.position(6); // the destination is filled in when it is resolved
    mac(b, host.mac());
    if (ip == 20) {
      b.putShort((short) 0x0800);
      b.putShort((short) (0x4500 | dscp << 2 | ecn)).putShort((short) (ip + UDP + afterUdp + ICRC));
      b.putShort((short) 0).putShort((short) 0x4000); // don't fragment
      b.put((byte) TTL).put((byte) 17).putShort((short) 0);
      b.put(host.ip()).put(remoteIp);
      b.putShort(ETHERNET + 10, (short) checksum(b.array(), ETHERNET, 20));
    } else {
      b.putShort((short) 0x86dd);
      b.putInt(6 << 28 | (dscp << 2 | ecn) << 20).putShort((short) (UDP + afterUdp + ICRC));
      b.put((byte) 17).put((byte) TTL).put(host.ip()).put(remoteIp);
    }
    // The source port carries entropy for routers that do not look at the BTH.
    b.putShort((short) (0xc000 | (localQp * 0x9e37 & 0x3fff))).putShort((short) UDP_PORT);
    b.putShort((short) (UDP + afterUdp + ICRC)).putShort((short) 0);
    return b;
  }

  private static void bth(
      ByteBuffer b, int opcode, int pad, int destQp, int psn, boolean ackRequest) {
    b.put((byte) opcode)
        .put((byte) (0x40 | pad << 4))
        .putShort((short) 0xffff); // migrated; default key
    b.putInt(destQp & 0xffffff).putInt((ackRequest ? 0x80000000 : 0) | psn);
  }

  private static byte[] sealed(ByteBuffer b) {
    Icrc.seal(b.array());
    return b.array();
  }

  static ByteBuffer mac(ByteBuffer b, long mac) {
    return b.putShort((short) (mac >>> 32)).putInt((int) mac);
  }

  static void setDestination(byte[] frame, long mac) {
    for (int i = 0; i < 6; i++) {
      frame[i] = (byte) (mac >>> (40 - 8 * i));
    }
  }

  /** The Internet checksum, RFC 1071, of an even number of bytes. */
  static int checksum(byte[] data, int from, int length) {
    long sum = 0;
    for (int i = from; i < from + length; i += 2) {
      sum += (data[i] & 0xff) << 8 | (data[i + 1] & 0xff);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return (int) (~sum & 0xffff);
  }
}
