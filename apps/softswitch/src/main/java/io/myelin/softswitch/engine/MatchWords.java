package io.myelin.softswitch.engine;

/** Turns the match on a field into value and mask words, lowest first. */
final class MatchWords {
  private MatchWords() {}

  /**
   * Writes value and mask; a range must be a single value or everything.
   *
   * @throws IllegalArgumentException naming {@code what}
   */
  static void encode(MatchField m, int width, long[] value, long[] mask, int at, String what) {
    int n = Bits.words(width);
    for (int i = 0; i < n; i++) {
      value[at + i] = 0;
      mask[at + i] = 0;
    }
    if (m instanceof MatchField.Exact e) {
      Bits.fromBytes(e.value(), value, at, width, what);
      prefix(mask, at, width, width);
    } else if (m instanceof MatchField.OptionalValue o) {
      Bits.fromBytes(o.value(), value, at, width, what);
      prefix(mask, at, width, width);
    } else if (m instanceof MatchField.Lpm l) {
      if (l.prefixLength() < 0 || l.prefixLength() > width) {
        throw new IllegalArgumentException(
            what + ": prefix length " + l.prefixLength() + " is not within 0 to " + width);
      }
      Bits.fromBytes(l.value(), value, at, width, what);
      prefix(mask, at, width, l.prefixLength());
    } else if (m instanceof MatchField.Ternary t) {
      Bits.fromBytes(t.value(), value, at, width, what);
      Bits.fromBytes(t.mask(), mask, at, width, what + " (mask)");
    } else if (m instanceof MatchField.Range r) {
      // Only the bits that low and high share can be masked; the table compares the rest.
      long[] high = new long[n];
      Bits.fromBytes(r.low(), value, at, width, what + " (low)");
      Bits.fromBytes(r.high(), high, 0, width, what + " (high)");
      int common = 0;
      for (int bit = width - 1; bit >= 0; bit--) {
        long differs = (value[at + (bit >>> 6)] ^ high[bit >>> 6]) >>> (bit & 63);
        if ((differs & 1) != 0) {
          break;
        }
        common++;
      }
      prefix(mask, at, width, common);
    }
  }

  private static void prefix(long[] mask, int at, int width, int length) {
    for (int i = 0; i < Bits.words(width); i++) {
      int bits = Math.min(64, width - 64 * i);
      // Of this word's bits, those that lie within the first `length` of the field.
      int covered = Math.max(0, Math.min(bits, length - (width - 64 * i - bits)));
      mask[at + i] = Bits.mask(bits) & ~Bits.mask(bits - covered);
    }
  }
}
