package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * What a host speaks besides RoCE: ARP (RFC 826), neighbour discovery (RFC 4861) and the answer to
 * ICMP echo requests (RFC 792, RFC 4443).
 */
final class HostProtocols {
  private static final int ARP = 28;
  private static final int ARP_REQUEST = 1;
  private static final int ARP_REPLY = 2;
  private static final int ICMP_ECHO_REPLY = 0;
  private static final int ICMP_ECHO_REQUEST = 8;
  private static final int ICMPV6_ECHO_REQUEST = 128;
  private static final int ICMPV6_ECHO_REPLY = 129;
  private static final int SOLICITATION = 135;
  private static final int ADVERTISEMENT = 136;

  /** Type, code, checksum, flags, target; then options. */
  private static final int ND = 24;

  private static final int OPTION_SOURCE_MAC = 1;
  private static final int OPTION_TARGET_MAC = 2;
  private static final int ND_HOP_LIMIT = 255;

  /** Solicited and override, RFC 4861 §4.4. */
  private static final int ADVERTISEMENT_FLAGS = 0x6000_0000;

  private static final int IP4 = Wire.ETHERNET + Wire.IPV4;
  private static final int IP6 = Wire.ETHERNET + Wire.IPV6;

  private final long mac;
  private final byte[] ip;
  private final HostCounters counters;
  private final Egress egress;
  private final BiConsumer<IpAddress, Long> learn;

  /**
   * @param learn takes the addresses of peers that were heard of
   */
  HostProtocols(
      RoceHost.Config config,
      HostCounters counters,
      Egress egress,
      BiConsumer<IpAddress, Long> learn) {
    this.mac = config.mac();
    this.ip = config.ip();
    this.counters = counters;
    this.egress = egress;
    this.learn = learn;
  }

  /** Asks who has an address. */
  void request(NeighborEntry neighbor) {
    byte[] target = neighbor.ip();
    egress.offer(
        target.length == 4 ? arp(ARP_REQUEST, Wire.MAC_BROADCAST, target) : solicitation(target));
  }

  // ---- ARP -----------------------------------------------------------------------------------

  void receiveArp(byte[] frame) {
    if (frame.length < Wire.ETHERNET + ARP
        || Wire.get32(frame, 14) != 0x0001_0800
        || Wire.get16(frame, 18) != 0x0604) {
      counters.malformed++;
      return;
    }
    int operation = Wire.get16(frame, 20);
    if (ip.length != 4 || !Arrays.equals(ip, 0, 4, frame, 38, 42)) {
      counters.foreign++;
      return;
    }
    learn.accept(Wire.address(frame, 28, 4), Wire.get48(frame, 22));
    if (operation == ARP_REQUEST) {
      egress.offer(arp(ARP_REPLY, Wire.get48(frame, 22), Arrays.copyOfRange(frame, 28, 32)));
    }
  }

  private byte[] arp(int operation, long to, byte[] targetIp) {
    byte[] b = new byte[Wire.MIN_FRAME];
    Wire.put48(b, 0, to);
    Wire.put48(b, 6, mac);
    Wire.put16(b, 12, Wire.TYPE_ARP);
    Wire.put32(b, 14, 0x0001_0800); // Ethernet, IPv4
    Wire.put16(b, 18, 0x0604); // lengths of their addresses
    Wire.put16(b, 20, operation);
    Wire.put48(b, 22, mac);
    Wire.put(b, 28, ip);
    Wire.put48(b, 32, operation == ARP_REQUEST ? 0 : to);
    Wire.put(b, 38, targetIp);
    return b;
  }

  // ---- ICMP ----------------------------------------------------------------------------------

  /**
   * ICMP in a checked IPv4 packet for this host.
   *
   * @param end where the packet ends
   */
  void receiveIcmp(byte[] frame, int end) {
    int length = end - IP4;
    if (length < 8 || Wire.checksum(Wire.sum(frame, IP4, length)) != 0) {
      counters.malformed++;
    } else if (Wire.get8(frame, IP4) != ICMP_ECHO_REQUEST) {
      counters.foreign++;
    } else {
      byte[] b = answer(frame, end);
      Wire.put(b, 26, ip);
      System.arraycopy(frame, 26, b, 30, 4);
      b[22] = Wire.HOP_LIMIT;
      Wire.put16(b, 24, 0);
      Wire.put16(b, 24, Wire.checksum(Wire.sum(b, Wire.ETHERNET, Wire.IPV4)));
      b[IP4] = ICMP_ECHO_REPLY;
      Wire.put16(b, IP4 + 2, 0);
      Wire.put16(b, IP4 + 2, Wire.checksum(Wire.sum(b, IP4, length)));
      egress.offer(b);
    }
  }

  /** The frame as far as {@code end}, padded, back to where it came from. */
  private byte[] answer(byte[] frame, int end) {
    byte[] b = new byte[Math.max(end, Wire.MIN_FRAME)];
    System.arraycopy(frame, 0, b, 0, end);
    System.arraycopy(frame, 6, b, 0, 6);
    Wire.put48(b, 6, mac);
    return b;
  }

  // ---- ICMPv6 --------------------------------------------------------------------------------

  /**
   * ICMPv6 in a checked IPv6 packet, for this host or a group.
   *
   * @param end where the packet ends
   */
  void receiveIcmpv6(byte[] frame, int end) {
    int length = end - IP6;
    if (length < 8 || icmpv6Checksum(frame, length) != 0) {
      counters.malformed++;
      return;
    }
    switch (Wire.get8(frame, IP6)) {
      case SOLICITATION, ADVERTISEMENT -> receiveNd(frame, end);
      case ICMPV6_ECHO_REQUEST -> echo6(frame, end);
      default -> counters.foreign++;
    }
  }

  private static int icmpv6Checksum(byte[] b, int length) {
    return Wire.checksum(
        Wire.pseudoHeaderSum(b, Wire.ETHERNET, length, Wire.PROTOCOL_ICMPV6)
            + Wire.sum(b, IP6, length));
  }

  private void echo6(byte[] frame, int end) {
    if (!isMine(frame, Wire.ETHERNET + 24)) {
      counters.foreign++; // echo to groups is not answered
      return;
    }
    byte[] b = answer(frame, end);
    Wire.put(b, Wire.ETHERNET + 8, ip);
    System.arraycopy(frame, Wire.ETHERNET + 8, b, Wire.ETHERNET + 24, 16);
    b[Wire.ETHERNET + 7] = Wire.HOP_LIMIT;
    b[IP6] = (byte) ICMPV6_ECHO_REPLY;
    sealIcmpv6(b, end - IP6);
    egress.offer(b);
  }

  private boolean isMine(byte[] frame, int at) {
    return Arrays.equals(ip, 0, 16, frame, at, at + 16);
  }

  private void receiveNd(byte[] frame, int end) {
    boolean solicitation = Wire.get8(frame, IP6) == SOLICITATION;
    // RFC 4861 §7.1: a packet that crossed a router is not a neighbour's.
    if (Wire.get8(frame, Wire.ETHERNET + 7) != ND_HOP_LIMIT || end < IP6 + ND) {
      counters.malformed++;
    } else if (solicitation && !isMine(frame, IP6 + 8)) {
      counters.foreign++;
    } else if (solicitation) {
      answerSolicitation(frame, end);
    } else {
      long theirs = macOption(frame, end, OPTION_TARGET_MAC);
      if (theirs >= 0) {
        learn.accept(Wire.address(frame, IP6 + 8, 16), theirs);
      }
    }
  }

  private void answerSolicitation(byte[] frame, int end) {
    IpAddress source = Wire.address(frame, Wire.ETHERNET + 8, 16);
    if (source.value().hi() == 0 && source.value().lo() == 0) {
      counters.foreign++; // detection of duplicates: the address is given, not negotiated
      return;
    }
    long theirs = macOption(frame, end, OPTION_SOURCE_MAC);
    long to = theirs >= 0 ? theirs : Wire.get48(frame, 6);
    learn.accept(source, to);
    byte[] b = nd(ADVERTISEMENT, ip, OPTION_TARGET_MAC);
    Wire.put48(b, 0, to);
    System.arraycopy(frame, Wire.ETHERNET + 8, b, Wire.ETHERNET + 24, 16);
    Wire.put32(b, IP6 + 4, ADVERTISEMENT_FLAGS);
    sealIcmpv6(b, ND + 8);
    egress.offer(b);
  }

  /** A link-layer address among the options (RFC 4861 §4.6.1), or -1. */
  private static long macOption(byte[] frame, int end, int type) {
    int at = IP6 + ND;
    while (at + 8 <= end) {
      int length = 8 * Wire.get8(frame, at + 1);
      if (length == 0) {
        return -1;
      }
      if (Wire.get8(frame, at) == type && length == 8) {
        return Wire.get48(frame, at + 2);
      }
      at += length;
    }
    return -1;
  }

  private byte[] solicitation(byte[] target) {
    byte[] b = nd(SOLICITATION, target, OPTION_SOURCE_MAC);
    int low24 = Wire.get24(target, 13);
    Wire.put48(b, 0, 0x3333_ff00_0000L | low24); // RFC 2464 §7
    int to = Wire.ETHERNET + 24; // ff02::1:ff00:0/104, RFC 4291 §2.7.1
    Wire.put16(b, to, 0xff02);
    Wire.put32(b, to + 10, 0x0001_ff00);
    Wire.put24(b, to + 13, low24);
    sealIcmpv6(b, ND + 8);
    return b;
  }

  /** From this host, with one option that carries its MAC address; destinations still empty. */
  private byte[] nd(int type, byte[] target, int option) {
    byte[] b = new byte[IP6 + ND + 8];
    Wire.put48(b, 6, mac);
    Wire.put16(b, 12, Wire.TYPE_IPV6);
    Wire.put32(b, Wire.ETHERNET, 6 << 28 | Wire.DSCP_CONTROL << 22);
    Wire.put16(b, Wire.ETHERNET + 4, ND + 8);
    b[Wire.ETHERNET + 6] = Wire.PROTOCOL_ICMPV6;
    b[Wire.ETHERNET + 7] = (byte) ND_HOP_LIMIT;
    Wire.put(b, Wire.ETHERNET + 8, ip);
    b[IP6] = (byte) type;
    Wire.put(b, IP6 + 8, target);
    b[IP6 + ND] = (byte) option;
    b[IP6 + ND + 1] = 1; // in units of 8 bytes
    Wire.put48(b, IP6 + ND + 2, mac);
    return b;
  }

  private static void sealIcmpv6(byte[] b, int length) {
    Wire.put16(b, IP6 + 2, 0);
    Wire.put16(b, IP6 + 2, icmpv6Checksum(b, length));
  }
}
