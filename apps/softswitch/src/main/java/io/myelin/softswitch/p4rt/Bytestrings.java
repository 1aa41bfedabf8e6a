package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import java.util.Arrays;

/**
 * P4 integers as binary strings (P4Runtime 1.4 §8.3): big-endian, unsigned, canonical when as short
 * as possible. Any length is accepted as long as the value fits; canonical strings are returned.
 */
final class Bytestrings {
  private static final int MAX_HEX_BYTES = 32;

  private Bytestrings() {}

  /**
   * The canonical form of a value received for a {@code bit<bitwidth>}.
   *
   * @param what names the value in a refusal, e.g. {@code field 'dst_addr' of table 'routing'}
   */
  static ByteString canonical(ByteString value, int bitwidth, String what) {
    int size = value.size();
    if (size == 0) {
      throw Refusal.outOfRange(what + " is an empty byte string; zero is \\x00");
    }
    int first = 0;
    while (first < size - 1 && value.byteAt(first) == 0) {
      first++;
    }
    int bits =
        (size - first - 1) * 8 + 32 - Integer.numberOfLeadingZeros(value.byteAt(first) & 0xff);
    if (bits > bitwidth) {
      throw Refusal.outOfRange(
          what + " is " + hex(value) + ", which needs " + bits + " bits; it has " + bitwidth);
    }
    return first == 0 ? value : value.substring(first);
  }

  static boolean isCanonical(ByteString value) {
    return value.size() == 1 || (value.size() > 1 && value.byteAt(0) != 0);
  }

  /** The canonical form of a value of known range. */
  static ByteString canonical(byte[] value) {
    return canonical(value, 0, value.length);
  }

  static ByteString canonical(byte[] value, int offset, int length) {
    if (length == 0) {
      return ByteString.copyFrom(new byte[1]);
    }
    int first = 0;
    while (first < length - 1 && value[offset + first] == 0) {
      first++;
    }
    return ByteString.copyFrom(value, offset + first, length - first);
  }

  /** Bytes that a {@code bit<bitwidth>} takes. */
  static int bytes(int bitwidth) {
    return (bitwidth + 7) / 8;
  }

  /** Writes a canonical value right-aligned into {@code length} zeroed bytes. */
  static void put(ByteString canonical, byte[] target, int offset, int length) {
    int size = canonical.size();
    canonical.copyTo(target, offset + length - size);
  }

  /** The value as an int; only for widths up to 32 bits. */
  static int toInt(ByteString canonical) {
    int v = 0;
    for (int i = 0; i < canonical.size(); i++) {
      v = v << 8 | (canonical.byteAt(i) & 0xff);
    }
    return v;
  }

  /** Sets the lowest {@code bitwidth} bits of a zeroed field. */
  static void putOnes(byte[] target, int offset, int bitwidth) {
    int length = bytes(bitwidth);
    Arrays.fill(target, offset, offset + length, (byte) 0xff);
    if (bitwidth % 8 != 0) {
      target[offset] = (byte) ((1 << bitwidth % 8) - 1);
    }
  }

  static String hex(ByteString value) {
    StringBuilder out = new StringBuilder("0x");
    for (int i = 0; i < Math.min(value.size(), MAX_HEX_BYTES); i++) {
      out.append(Character.forDigit(value.byteAt(i) >> 4 & 0xf, 16));
      out.append(Character.forDigit(value.byteAt(i) & 0xf, 16));
    }
    return value.size() > MAX_HEX_BYTES ? out + "… (" + value.size() + " bytes)" : out.toString();
  }
}
