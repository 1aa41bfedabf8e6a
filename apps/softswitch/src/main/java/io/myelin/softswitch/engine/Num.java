package io.myelin.softswitch.engine;

/**
 * An integer expression. BMv2 computes with unbounded integers and the compiler adds the masks; we
 * bound each expression instead: its value lies in {@code [0, 2^bits)}, or in {@code [-2^bits,
 * 2^bits)} if it may be negative. Sums, products and bitwise operators are then exact modulo 2^64
 * in one long, and everything else chooses a path of one long or of several when it is compiled.
 */
abstract class Num {
  final int bits;
  final boolean negative;

  Num(int bits, boolean negative) {
    this.bits = bits;
    this.negative = negative;
  }

  /** The value modulo 2^64. */
  abstract long low(PacketContext c);

  /** Writes the value, sign-extended or truncated to {@code words} words, lowest first. */
  void wide(PacketContext c, long[] out, int at, int words) {
    if (bits > (negative ? 63 : 64)) {
      throw new IllegalStateException("no wide evaluation for " + bits + " bits");
    }
    long v = low(c);
    fill(out, at, words, v, negative ? v >> 63 : 0);
  }

  /** The value is a signed long. */
  final boolean single() {
    return bits <= 63;
  }

  /** The value is an unsigned long. */
  final boolean unsigned64() {
    return !negative && bits <= 64;
  }

  /** Words that hold the value and its sign. */
  final int words() {
    return (bits + 64) >>> 6;
  }

  static void fill(long[] out, int at, int words, long lowest, long rest) {
    out[at] = lowest;
    for (int i = 1; i < words; i++) {
      out[at + i] = rest;
    }
  }

  /** A shift distance or index: unsigned, and huge values stay huge. */
  final int clamped(PacketContext c) {
    if (bits > 64) {
      int n = words();
      int at = c.top;
      c.top += n;
      wide(c, c.scratch, at, n);
      c.top = at;
      for (int i = 1; i < n; i++) {
        if (c.scratch[at + i] != 0) {
          return Integer.MAX_VALUE;
        }
      }
      long v = c.scratch[at];
      return v < 0 || v > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) v;
    }
    long v = low(c);
    return v < 0 || v > Integer.MAX_VALUE ? Integer.MAX_VALUE : (int) v;
  }
}
