package io.myelin.softswitch.engine;

/** Two's complement arithmetic on numbers of several words, lowest first. */
final class Wide {
  private Wide() {}

  static void add(long[] a, int x, long[] b, int y, long[] out, int at, int n) {
    long carry = 0;
    for (int i = 0; i < n; i++) {
      long u = a[x + i];
      long sum = u + b[y + i];
      long c = Long.compareUnsigned(sum, u) < 0 ? 1 : 0;
      out[at + i] = sum + carry;
      if (carry != 0 && sum == -1) {
        c = 1;
      }
      carry = c;
    }
  }

  static void subtract(long[] a, int x, long[] b, int y, long[] out, int at, int n) {
    long borrow = 0;
    for (int i = 0; i < n; i++) {
      long u = a[x + i];
      long v = b[y + i];
      long difference = u - v;
      long c = Long.compareUnsigned(u, v) < 0 ? 1 : 0;
      out[at + i] = difference - borrow;
      if (borrow != 0 && difference == 0) {
        c = 1;
      }
      borrow = c;
    }
  }

  /** Schoolbook; {@code out} must not overlap the operands. */
  static void multiply(long[] a, int x, long[] b, int y, long[] out, int at, int n) {
    long[] result = out;
    for (int i = 0; i < n; i++) {
      result[at + i] = 0;
    }
    for (int i = 0; i < n; i++) {
      long carry = 0;
      for (int j = 0; i + j < n; j++) {
        long low = a[x + i] * b[y + j];
        long high = unsignedMultiplyHigh(a[x + i], b[y + j]);
        long sum = result[at + i + j] + low;
        if (Long.compareUnsigned(sum, low) < 0) {
          high++;
        }
        long total = sum + carry;
        if (Long.compareUnsigned(total, sum) < 0) {
          high++;
        }
        result[at + i + j] = total;
        carry = high;
      }
    }
  }

  private static long unsignedMultiplyHigh(long a, long b) {
    return Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
  }

  static void shiftLeft(long[] a, int x, int by, long[] out, int at, int n) {
    int whole = by >>> 6;
    int part = by & 63;
    for (int i = n - 1; i >= 0; i--) {
      int from = i - whole;
      long v = from < 0 ? 0 : a[x + from] << part;
      if (part != 0 && from >= 1) {
        v |= a[x + from - 1] >>> (64 - part);
      }
      out[at + i] = v;
    }
  }

  /** Arithmetic, in place. */
  static void shiftRight(long[] a, int x, int by, int n) {
    int whole = by >>> 6;
    int part = by & 63;
    long sign = a[x + n - 1] >> 63;
    for (int i = 0; i < n; i++) {
      long from = i + (long) whole;
      long v = from < n ? a[x + (int) from] : sign;
      if (part != 0) {
        long above = from + 1 < n ? a[x + (int) from + 1] : sign;
        v = (v >>> part) | (above << (64 - part));
      }
      a[x + i] = v;
    }
  }

  static void signExtend(long[] a, int x, int width, int n) {
    int top = (width - 1) >>> 6;
    if (top >= n) {
      return;
    }
    int unused = 63 - ((width - 1) & 63);
    a[x + top] = (a[x + top] << unused) >> unused;
    for (int i = top + 1; i < n; i++) {
      a[x + i] = a[x + top] >> 63;
    }
  }

  /** For a number that is not negative. */
  static boolean fitsUnsigned(long[] a, int x, int width, int n) {
    for (int i = width >>> 6; i < n; i++) {
      long allowed = i == width >>> 6 ? Bits.mask(width & 63) : 0;
      if ((a[x + i] & ~allowed) != 0) {
        return false;
      }
    }
    return true;
  }

  /** {@code 2^width - 1}. */
  static void ones(long[] a, int x, int width, int n) {
    for (int i = 0; i < n; i++) {
      int left = width - 64 * i;
      a[x + i] = left <= 0 ? 0 : Bits.mask(left);
    }
  }

  static void invert(long[] a, int x, int n) {
    for (int i = 0; i < n; i++) {
      a[x + i] = ~a[x + i];
    }
  }

  static int compare(long[] a, int x, int y, int n) {
    int sign = Long.compare(a[x + n - 1], a[y + n - 1]);
    for (int i = n - 2; sign == 0 && i >= 0; i--) {
      sign = Long.compareUnsigned(a[x + i], a[y + i]);
    }
    return sign;
  }

  /**
   * Long division of numbers that are not negative, bit by bit: compilers leave hardly any division
   * for run time. All regions lie in {@code s}. Division by zero yields 0 and 0.
   */
  static void divide(long[] s, int x, int y, int quotient, int remainder, int n) {
    boolean zero = true;
    for (int i = 0; i < n; i++) {
      s[quotient + i] = 0;
      s[remainder + i] = 0;
      zero &= s[y + i] == 0;
    }
    if (zero) {
      return;
    }
    for (int bit = n * 64 - 1; bit >= 0; bit--) {
      shiftLeft(s, remainder, 1, s, remainder, n);
      s[remainder] |= (s[x + (bit >>> 6)] >>> (bit & 63)) & 1;
      if (compare(s, remainder, y, n) >= 0) {
        subtract(s, remainder, s, y, s, remainder, n);
        s[quotient + (bit >>> 6)] |= 1L << (bit & 63);
      }
    }
  }
}
