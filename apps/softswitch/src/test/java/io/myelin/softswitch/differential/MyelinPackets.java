package io.myelin.softswitch.differential;

import java.util.List;
import java.util.Random;

/**
 * What arrives at a switch of the fabric: RoCEv2 with any opcode, TCP and UDP, ICMPv6, other
 * protocols, over IPv4 and IPv6, bare or below MPLS labels, packet-outs; and what should not: wrong
 * checksums, versions and lengths, options, fragments, spent times to live, too many labels, frames
 * cut anywhere.
 */
final class MyelinPackets implements Packets {
  private static final int CPU_PORT = 255;
  private static final List<Integer> TIMES_TO_LIVE = List.of(64, 64, 64, 64, 255, 2, 1, 0);

  private final Random r;

  MyelinPackets(Random random) {
    r = random;
  }

  private boolean rarely(int n) {
    return r.nextInt(n) == 0;
  }

  private <T> T pick(List<T> from) {
    return from.get(r.nextInt(from.size()));
  }

  @Override
  public Packet next() {
    int port = rarely(40) ? r.nextInt(511) : 1 + r.nextInt(MyelinHints.PORTS);
    boolean out = port == CPU_PORT || rarely(25);
    byte[] frame = ethernet(port > MyelinHints.HOST_PORTS);
    if (out) {
      int to = rarely(12) ? r.nextInt(512) : 1 + r.nextInt(MyelinHints.PORTS);
      frame =
          new Bytes().put((long) to << 7 | r.nextInt(rarely(4) ? 128 : 1), 2).put(frame).array();
      port = CPU_PORT;
    }
    return new Packet(port, rarely(16) ? Packets.truncated(frame, r) : frame);
  }

  private byte[] ethernet(boolean fabric) {
    Bytes b = new Bytes().put(0x02000000_0000L | r.nextInt(64), 6).put(0x02000000_0100L, 6);
    int what = r.nextInt(100);
    if ((fabric && what < 50) || what < 3) {
      return labels(b.put(0x8847, 2)).array();
    } else if (what < 90) {
      boolean ipv6 = rarely(3);
      // Now and then the type lies.
      b.put(ipv6 != rarely(60) ? 0x86dd : 0x0800, 2);
      return ip(b, ipv6).array();
    }
    int type = rarely(3) ? r.nextInt(0x10000) : pick(MyelinHints.ETHER_TYPES);
    return b.put(type, 2).random(r, r.nextInt(80)).array();
  }

  private Bytes labels(Bytes b) {
    int depth = rarely(12) ? r.nextInt(8) : 1 + r.nextInt(6);
    for (int i = 0; i < depth; i++) {
      int label =
          rarely(20) ? r.nextInt(1 << 20) : MyelinHints.FIRST_LABEL + r.nextInt(MyelinHints.LABELS);
      int bottom = (i == depth - 1) != rarely(50) ? 1 : 0;
      b.put((long) label << 12 | (long) r.nextInt(8) << 9 | bottom << 8 | pick(TIMES_TO_LIVE), 4);
    }
    return rarely(20) ? b.random(r, r.nextInt(60)) : ip(b, rarely(3));
  }

  private Bytes ip(Bytes b, boolean ipv6) {
    int protocol = rarely(15) ? r.nextInt(256) : pick(MyelinHints.PROTOCOLS);
    byte[] transport = transport(protocol);
    return ipv6 ? ipv6(b, protocol, transport) : ipv4(b, protocol, transport);
  }

  private Bytes ipv4(Bytes b, int protocol, byte[] transport) {
    int ihl = rarely(12) ? r.nextInt(16) : 5;
    int version = rarely(60) ? r.nextInt(16) : 4;
    int options = Math.max(0, ihl - 5) * 4;
    int fragment = rarely(12) ? r.nextInt(0x10000) : rarely(2) ? 0x4000 : 0;
    byte[] h =
        new Bytes()
            .put(version << 4 | ihl, 1)
            .put(r.nextInt(256), 1)
            .put(20 + options + transport.length, 2)
            .put(r.nextInt(0x10000), 2)
            .put(fragment, 2)
            .put(pick(TIMES_TO_LIVE), 1)
            .put(protocol, 1)
            .put(0, 2)
            .put(MyelinHints.anyAddress(false, r), 4)
            .put(MyelinHints.anyAddress(false, r), 4)
            .array();
    int sum = rarely(12) ? r.nextInt(0x10000) : checksum(h);
    h[10] = (byte) (sum >>> 8);
    h[11] = (byte) sum;
    return b.put(h).random(r, options).put(transport);
  }

  private static int checksum(byte[] h) {
    int sum = 0;
    for (int i = 0; i < h.length; i += 2) {
      sum += (h[i] & 0xff) << 8 | (h[i + 1] & 0xff);
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
  }

  private Bytes ipv6(Bytes b, int next, byte[] transport) {
    int version = rarely(60) ? r.nextInt(16) : 6;
    return b.put((long) version << 28 | r.nextInt(1 << 28), 4)
        .put(transport.length, 2)
        .put(next, 1)
        .put(pick(TIMES_TO_LIVE), 1)
        .put(MyelinHints.anyAddress(true, r), 16)
        .put(MyelinHints.anyAddress(true, r), 16)
        .put(transport);
  }

  private byte[] transport(int protocol) {
    Bytes b = new Bytes();
    int port = rarely(10) ? r.nextInt(0x10000) : pick(MyelinHints.UDP_PORTS);
    switch (protocol) {
      case 17 -> {
        b.put(r.nextInt(0x10000), 2).put(port, 2).random(r, 4);
        if (port == 4791) {
          bth(b);
        }
      }
      case 6 -> b.put(r.nextInt(0x10000), 2).put(port, 2).random(r, 16);
      case 58 -> b.put(rarely(5) ? r.nextInt(256) : 133 + r.nextInt(5), 1).random(r, 3);
      default -> b.random(r, r.nextInt(24));
    }
    int payload = rarely(200) ? 1000 + r.nextInt(8000) : rarely(6) ? r.nextInt(256) : r.nextInt(24);
    return b.random(r, payload).array();
  }

  private void bth(Bytes b) {
    int qp = rarely(20) ? r.nextInt(1 << 24) : r.nextInt(MyelinHints.QUEUE_PAIRS);
    b.put(rarely(5) ? 0x11 : r.nextInt(256), 1)
        .random(r, 3)
        .put(r.nextInt(256), 1)
        .put(qp, 3)
        .random(r, 4);
  }
}
