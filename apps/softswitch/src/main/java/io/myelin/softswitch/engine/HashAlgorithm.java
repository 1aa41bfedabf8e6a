package io.myelin.softswitch.engine;

import java.util.Arrays;

/** The hash functions of v1model, as BMv2 computes them. */
enum HashAlgorithm {
  CRC32("crc32", "crc32_custom"),
  CRC16("crc16", "crc16_custom"),
  CRC_CCITT("crcCCITT"),
  CSUM16("csum16", "cksum16"),
  IDENTITY("identity"),
  XOR16("xor16"),
  RANDOM("random");

  private static final int[] CRC16_TABLE = table(0x8005, true);
  private static final int[] CCITT_TABLE = table(0x1021, false);

  private final String p4Name;

  /** Another name for the same function; the custom ones have these defaults in BMv2. */
  private final String alias;

  HashAlgorithm(String p4Name, String alias) {
    this.p4Name = p4Name;
    this.alias = alias;
  }

  HashAlgorithm(String p4Name) {
    this(p4Name, p4Name);
  }

  static HashAlgorithm named(String name) {
    for (HashAlgorithm a : values()) {
      if (a.p4Name.equals(name) || a.alias.equals(name)) {
        return a;
      }
    }
    throw new InvalidProgramException(
        "unsupported hash algorithm "
            + name
            + "; supported are "
            + Arrays.stream(values()).map(a -> a.p4Name).toList());
  }

  /** The hash of the first {@code length} bytes, unsigned. */
  long of(byte[] b, int length, Workspace w) {
    return switch (this) {
      case CRC32 -> {
        w.crc32.reset();
        w.crc32.update(b, 0, length);
        yield w.crc32.getValue();
      }
      case CRC16 -> {
        int crc = 0;
        for (int i = 0; i < length; i++) {
          crc = (crc >>> 8) ^ CRC16_TABLE[(crc ^ b[i]) & 0xff];
        }
        yield crc;
      }
      case CRC_CCITT -> {
        int crc = 0xffff;
        for (int i = 0; i < length; i++) {
          crc = ((crc << 8) & 0xffff) ^ CCITT_TABLE[((crc >>> 8) ^ b[i]) & 0xff];
        }
        yield crc;
      }
      case CSUM16 -> checksum(b, length);
      case IDENTITY -> {
        long v = 0;
        for (int i = 0; i < Math.min(8, length); i++) {
          v = (v << 8) | (b[i] & 0xff);
        }
        yield v;
      }
      case XOR16 -> {
        int v = 0;
        for (int i = 0; i < length; i++) {
          v ^= (b[i] & 0xff) << ((i & 1) == 0 ? 8 : 0);
        }
        yield v;
      }
      case RANDOM -> w.random.nextLong();
    };
  }

  /** The Internet checksum, RFC 1071. */
  private static long checksum(byte[] b, int length) {
    long sum = 0;
    int i = 0;
    for (; i + 4 <= length; i += 4) {
      sum += Bits.get(b, i << 3, 32);
    }
    if (i < length) {
      int rest = (length - i) << 3;
      sum += Bits.get(b, i << 3, rest) << (32 - rest);
    }
    // Sums of 32-bit words fold to the same value, because 2^16 is 1 modulo 2^16 - 1.
    sum = (sum >>> 32) + (sum & 0xffffffffL);
    sum = (sum >>> 16) + (sum & 0xffff);
    sum = (sum >>> 16) + (sum & 0xffff);
    sum = (sum >>> 16) + (sum & 0xffff);
    return ~sum & 0xffff;
  }

  private static int[] table(int polynomial, boolean reflected) {
    int[] out = new int[256];
    int p = reflected ? Integer.reverse(polynomial) >>> 16 : polynomial;
    for (int i = 0; i < 256; i++) {
      int crc = reflected ? i : i << 8;
      for (int bit = 0; bit < 8; bit++) {
        boolean one = (crc & (reflected ? 1 : 0x8000)) != 0;
        crc = reflected ? crc >>> 1 : (crc << 1) & 0xffff;
        if (one) {
          crc ^= p;
        }
      }
      out[i] = crc;
    }
    return out;
  }
}
