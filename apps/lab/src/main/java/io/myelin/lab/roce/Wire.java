package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import io.myelin.core.model.U128;

/** Lengths and values of the headers, and big-endian access to them. */
final class Wire {
  static final int ETHERNET = 14;
  static final int IPV4 = 20;
  static final int IPV6 = 40;
  static final int UDP = 8;
  static final int BTH = 12;
  static final int RETH = 16;
  static final int AETH = 4;
  static final int ICRC = 4;

  /** What follows the BTH of a CNP (IBA A17.9.3): reserved. */
  static final int CNP_RESERVED = 16;

  /** Shortest Ethernet frame without FCS, IEEE 802.3 §3.2.8. */
  static final int MIN_FRAME = 60;

  /** Preamble and start delimiter 8, FCS 4, gap 12: wire time besides the frame, IEEE 802.3. */
  static final int WIRE_OVERHEAD = 24;

  static final int TYPE_IPV4 = 0x0800;
  static final int TYPE_ARP = 0x0806;
  static final int TYPE_IPV6 = 0x86dd;
  static final int PROTOCOL_ICMP = 1;
  static final int PROTOCOL_UDP = 17;
  static final int PROTOCOL_ICMPV6 = 58;
  static final int ROCE_PORT = 4791;
  static final int HOP_LIMIT = 64;

  /** AF31 and CS6: the classes that lossless fabrics commonly give to data and to control. */
  static final int DSCP_DATA = 26;

  static final int DSCP_CONTROL = 48;
  static final int ECN_NOT_ECT = 0;
  static final int ECN_ECT0 = 2;
  static final int ECN_CE = 3;
  static final long MAC_BROADCAST = 0xffff_ffff_ffffL;

  private static final long V4_MAPPED = 0xffff_0000_0000L;

  private Wire() {}

  static int get8(byte[] b, int at) {
    return b[at] & 0xff;
  }

  static int get16(byte[] b, int at) {
    return (b[at] & 0xff) << 8 | (b[at + 1] & 0xff);
  }

  static int get24(byte[] b, int at) {
    return (b[at] & 0xff) << 16 | get16(b, at + 1);
  }

  static int get32(byte[] b, int at) {
    return get16(b, at) << 16 | get16(b, at + 2);
  }

  static long get48(byte[] b, int at) {
    return (long) get16(b, at) << 32 | (get32(b, at + 2) & 0xffff_ffffL);
  }

  static long get64(byte[] b, int at) {
    return (long) get32(b, at) << 32 | (get32(b, at + 4) & 0xffff_ffffL);
  }

  static void put16(byte[] b, int at, int value) {
    b[at] = (byte) (value >>> 8);
    b[at + 1] = (byte) value;
  }

  static void put24(byte[] b, int at, int value) {
    b[at] = (byte) (value >>> 16);
    put16(b, at + 1, value);
  }

  static void put32(byte[] b, int at, int value) {
    put16(b, at, value >>> 16);
    put16(b, at + 2, value);
  }

  static void put48(byte[] b, int at, long value) {
    put16(b, at, (int) (value >>> 32));
    put32(b, at + 2, (int) value);
  }

  static void put(byte[] b, int at, byte[] value) {
    System.arraycopy(value, 0, b, at, value.length);
  }

  /** An address of 4 or 16 bytes in a frame. */
  static IpAddress address(byte[] b, int at, int length) {
    return new IpAddress(
        length == 4
            ? new U128(0, V4_MAPPED | (get32(b, at) & 0xffff_ffffL))
            : new U128(get64(b, at), get64(b, at + 8)));
  }

  /** The sum of 16-bit words of RFC 1071, not folded; an odd last byte counts as the high one. */
  static long sum(byte[] b, int from, int length) {
    long sum = 0;
    int last = from + length - 1;
    for (int i = from; i < last; i += 2) {
      sum += get16(b, i);
    }
    return (length & 1) == 0 ? sum : sum + ((b[last] & 0xff) << 8);
  }

  /** The Internet checksum (RFC 1071) of such a sum. */
  static int checksum(long sum) {
    long folded = sum;
    while (folded >>> 16 != 0) {
      folded = (folded & 0xffff) + (folded >>> 16);
    }
    return (int) (~folded & 0xffff);
  }

  /**
   * The sum of the pseudo-header of RFC 8200 §8.1.
   *
   * @param ip where the IPv6 header begins
   * @param length of what follows it, bytes
   */
  static long pseudoHeaderSum(byte[] b, int ip, int length, int protocol) {
    return sum(b, ip + 8, 32) + length + protocol;
  }
}
