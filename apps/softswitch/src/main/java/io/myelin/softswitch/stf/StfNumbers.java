package io.myelin.softswitch.stf;

import io.myelin.softswitch.engine.MatchField;
import java.math.BigInteger;
import java.util.Locale;

/**
 * Numbers as tests write them: decimal, {@code 0x…}, {@code 0b…}, with {@code *} for digits that do
 * not matter. Complaints are {@link IllegalArgumentException}s.
 */
final class StfNumbers {
  private StfNumbers() {}

  /** A number without {@code *}, as big-endian bytes. */
  static byte[] bytes(String text) {
    return bytes(value(text));
  }

  static BigInteger value(String text) {
    String s = text.toLowerCase(Locale.ROOT);
    try {
      BigInteger v =
          s.startsWith("0x")
              ? new BigInteger(s.substring(2), 16)
              : s.startsWith("0b") ? new BigInteger(s.substring(2), 2) : new BigInteger(s);
      if (v.signum() >= 0) {
        return v;
      }
    } catch (NumberFormatException e) {
      // Falls through: one message for all that is not a number.
    }
    throw new IllegalArgumentException(text + " is not a number");
  }

  /** A number that fits into an int. */
  static int integer(String text) {
    BigInteger v = value(text);
    if (v.bitLength() > 31) {
      throw new IllegalArgumentException(text + " is too large");
    }
    return v.intValue();
  }

  private static byte[] bytes(BigInteger v) {
    byte[] b = v.toByteArray();
    return b.length > 1 && b[0] == 0 ? java.util.Arrays.copyOfRange(b, 1, b.length) : b;
  }

  /** Bits that a digit stands for; 0 for a decimal number. */
  private static int bitsPerDigit(String text) {
    String s = text.toLowerCase(Locale.ROOT);
    return s.startsWith("0x") ? 4 : s.startsWith("0b") ? 1 : 0;
  }

  /**
   * The match on a ternary field. As in bmv2stf.py the digits written are compared, and no bit
   * above them; a decimal number is compared in all of the field's bits.
   */
  static MatchField ternary(String text, int width) {
    int bits = bitsPerDigit(text);
    if (bits == 0) {
      return new MatchField.Ternary(bytes(text), bytes(ones(width)));
    }
    BigInteger mask = BigInteger.ZERO;
    for (int i = 2; i < text.length(); i++) {
      mask = mask.shiftLeft(bits);
      if (text.charAt(i) != '*') {
        mask = mask.or(ones(bits));
      }
    }
    return new MatchField.Ternary(bytes(text.replace('*', '0')), bytes(mask.and(ones(width))));
  }

  /**
   * The match on a longest-prefix field: {@code VALUE/LENGTH}, or digits, of which the leading ones
   * without {@code *} are the prefix (bmv2stf.py: their number, times the bits of a digit).
   */
  static MatchField lpm(String text, int width) {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      int length = integer(text.substring(slash + 1));
      if (length > width) {
        throw new IllegalArgumentException(text + ": the field has " + width + " bits");
      }
      return new MatchField.Lpm(bytes(text.substring(0, slash)), length);
    }
    int bits = bitsPerDigit(text);
    if (bits == 0) {
      return new MatchField.Lpm(bytes(text), width);
    }
    long digits = text.chars().skip(2).filter(c -> c != '*').count();
    return new MatchField.Lpm(bytes(text.replace('*', '0')), (int) Math.min(width, digits * bits));
  }

  private static BigInteger ones(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }
}
