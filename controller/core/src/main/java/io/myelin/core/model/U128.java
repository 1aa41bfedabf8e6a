package io.myelin.core.model;

/** An unsigned 128-bit integer: the widest value in any of our P4 tables. */
public record U128(long hi, long lo) implements Comparable<U128> {
  public static final U128 ZERO = new U128(0, 0);
  public static final U128 MAX = new U128(-1, -1);

  public static U128 of(long unsigned) {
    return new U128(0, unsigned);
  }

  /** A mask with the {@code bits} lowest bits set, 0 to 128. */
  public static U128 ones(int bits) {
    if (bits <= 0) {
      return ZERO;
    }
    return bits >= 128
        ? MAX
        : bits > 64 ? new U128(-1L >>> (128 - bits), -1) : new U128(0, -1L >>> (64 - bits));
  }

  /** The {@code bits} highest of 128 bits set: an IPv6 prefix mask. */
  public static U128 prefixMask(int bits) {
    U128 low = ones(128 - bits);
    return new U128(~low.hi, ~low.lo);
  }

  public U128 and(U128 o) {
    return new U128(hi & o.hi, lo & o.lo);
  }

  /** Big-endian bytes without leading zeros; one zero byte for zero (P4Runtime 1.4 §8.4). */
  public byte[] canonicalBytes() {
    int significant =
        hi != 0 ? 128 - Long.numberOfLeadingZeros(hi) : 64 - Long.numberOfLeadingZeros(lo);
    byte[] out = new byte[Math.max(1, (significant + 7) / 8)];
    for (int i = 0; i < out.length; i++) {
      int shift = 8 * (out.length - 1 - i);
      out[i] = (byte) (shift >= 64 ? hi >>> (shift - 64) : lo >>> shift);
    }
    return out;
  }

  /** Reads up to 16 big-endian bytes. */
  public static U128 fromBytes(byte[] bytes) {
    long hi = 0;
    long lo = 0;
    for (byte b : bytes) {
      hi = (hi << 8) | (lo >>> 56);
      lo = (lo << 8) | (b & 0xff);
    }
    return new U128(hi, lo);
  }

  @Override
  public int compareTo(U128 o) {
    int c = Long.compareUnsigned(hi, o.hi);
    return c != 0 ? c : Long.compareUnsigned(lo, o.lo);
  }

  @Override
  public String toString() {
    return hi == 0 ? "0x" + Long.toHexString(lo) : String.format("0x%x%016x", hi, lo);
  }
}
