package io.myelin.sim;

import io.myelin.core.model.IpAddress;

/**
 * The hash by which a switch that runs {@code p4/myelin.p4} chooses among equal ways: CRC-32 over
 * addresses, protocol, ports and destination queue pair, then the switch's seed, then the finaliser
 * of MurmurHash3.
 */
final class FlowHash {
  private static final int UDP = 17;
  private static final int ROCEV2 = 4791;

  private static final int[] TABLE = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int c = i;
      for (int bit = 0; bit < 8; bit++) {
        c = (c & 1) != 0 ? (c >>> 1) ^ 0xedb88320 : c >>> 1;
      }
      TABLE[i] = c;
    }
  }

  private FlowHash() {}

  /** The CRC's state behind the fields that all queue pairs of two NICs share. */
  static int pair(IpAddress from, IpAddress to) {
    int c = -1;
    c = update(c, from);
    c = update(c, to);
    return TABLE[(c ^ UDP) & 0xff] ^ (c >>> 8);
  }

  private static int update(int crc, IpAddress ip) {
    // Addresses are 128 bits wide in the program; IPv4 is ::ffff:a.b.c.d.
    long[] words = {ip.value().hi(), ip.value().lo()};
    int c = crc;
    for (long word : words) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        c = TABLE[(c ^ (int) (word >>> shift)) & 0xff] ^ (c >>> 8);
      }
    }
    return c;
  }

  /** The CRC of a queue pair's packets. */
  static int queuePair(int pair, int sourcePort, int destQp) {
    int c = pair;
    c = TABLE[(c ^ (sourcePort >>> 8)) & 0xff] ^ (c >>> 8);
    c = TABLE[(c ^ sourcePort) & 0xff] ^ (c >>> 8);
    c = TABLE[(c ^ (ROCEV2 >>> 8)) & 0xff] ^ (c >>> 8);
    c = TABLE[(c ^ ROCEV2) & 0xff] ^ (c >>> 8);
    c = TABLE[(c ^ (destQp >>> 16)) & 0xff] ^ (c >>> 8);
    c = TABLE[(c ^ (destQp >>> 8)) & 0xff] ^ (c >>> 8);
    c = TABLE[(c ^ destQp) & 0xff] ^ (c >>> 8);
    return ~c;
  }

  /** The switch's own view of that hash. */
  static int at(int crc, int seed) {
    int h = crc ^ seed;
    h ^= h >>> 16;
    h *= 0x85ebca6b;
    h ^= h >>> 13;
    h *= 0xc2b2ae35;
    return h ^ (h >>> 16);
  }
}
