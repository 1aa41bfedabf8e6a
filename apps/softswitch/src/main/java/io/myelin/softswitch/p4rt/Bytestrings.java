package io.myelin.softswitch.p4rt;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import java.math.BigInteger;

/** Binary integers on the wire: P4Runtime 1.4 §8.4. */
final class Bytestrings {
  private Bytestrings() {}

  /**
   * The shortest form of a value; one zero byte for zero.
   *
   * @param bits width that the value must fit
   * @param what for messages, e.g. {@code field 'dst_addr' of table 'routing'}
   */
  static ByteString canonical(ByteString value, int bits, String what) {
    if (value.isEmpty()) {
      throw RpcException.invalid(what + ": the empty string is not a value");
    }
    int skip = 0;
    while (skip < value.size() - 1 && value.byteAt(skip) == 0) {
      skip++;
    }
    int used = value.size() - skip;
    int top = value.byteAt(skip) & 0xff;
    int significant = (used - 1) * 8 + (32 - Integer.numberOfLeadingZeros(top));
    if (significant > bits) {
      throw new RpcException(
          Code.OUT_OF_RANGE,
          what
              + ": 0x"
              + new BigInteger(1, value.toByteArray()).toString(16)
              + " needs "
              + significant
              + " bits; allowed: "
              + bits);
    }
    return skip == 0 ? value : value.substring(skip);
  }

  /** A canonical value as an int; the caller knows that it fits. */
  static int toInt(ByteString canonical) {
    int v = 0;
    for (int i = 0; i < canonical.size(); i++) {
      v = v << 8 | (canonical.byteAt(i) & 0xff);
    }
    return v;
  }

  static ByteString of(long value) {
    byte[] b = BigInteger.valueOf(value).toByteArray();
    return b.length > 1 && b[0] == 0
        ? ByteString.copyFrom(b, 1, b.length - 1)
        : ByteString.copyFrom(b);
  }

  /** The canonical form of what the engine hands out. */
  static ByteString of(byte[] bigEndian) {
    int skip = 0;
    while (skip < bigEndian.length - 1 && bigEndian[skip] == 0) {
      skip++;
    }
    return bigEndian.length == 0
        ? ByteString.copyFrom(new byte[1])
        : ByteString.copyFrom(bigEndian, skip, bigEndian.length - skip);
  }

  /** Whether {@code value} has ones where {@code mask} has none; both canonical. */
  static boolean hasBitsOutside(ByteString value, ByteString mask) {
    for (int i = 1; i <= value.size(); i++) {
      int m = i <= mask.size() ? mask.byteAt(mask.size() - i) : 0;
      if ((value.byteAt(value.size() - i) & ~m & 0xff) != 0) {
        return true;
      }
    }
    return false;
  }

  static boolean isZero(ByteString canonical) {
    return canonical.size() == 1 && canonical.byteAt(0) == 0;
  }

  /** Unsigned comparison of canonical values. */
  static int compare(ByteString a, ByteString b) {
    return a.size() != b.size()
        ? Integer.compare(a.size(), b.size())
        : ByteString.unsignedLexicographicalComparator().compare(a, b);
  }

  /** All of the {@code width - prefix} low bits zero? */
  static boolean hasHostBits(ByteString value, int width, int prefix) {
    BigInteger host = BigInteger.ONE.shiftLeft(width - prefix).subtract(BigInteger.ONE);
    return new BigInteger(1, value.toByteArray()).and(host).signum() != 0;
  }
}
