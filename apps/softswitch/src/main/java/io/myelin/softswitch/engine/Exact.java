package io.myelin.softswitch.engine;

/** Operators that need their operands' whole values, not just the lowest 64 bits. */
final class Exact {
  private Exact() {}

  /** An operator over the whole value of {@code a}, evaluated in place in the scratch space. */
  private abstract static class Unary extends Num {
    final Num a;

    Unary(Num a, int bits, boolean negative) {
      super(bits, negative);
      this.a = a;
    }

    /** Replaces the {@code n} words at {@code x} by the result. */
    abstract void apply(PacketContext c, long[] s, int x, int n);

    final long lowOfWide(PacketContext c) {
      int n = a.words();
      int x = c.top;
      c.top = x + n;
      a.wide(c, c.scratch, x, n);
      apply(c, c.scratch, x, n);
      c.top = x;
      return c.scratch[x];
    }

    @Override
    void wide(PacketContext c, long[] out, int at, int words) {
      int n = Math.max(a.words(), words);
      int x = c.top;
      c.top = x + n;
      a.wide(c, c.scratch, x, n);
      apply(c, c.scratch, x, n);
      c.top = x;
      System.arraycopy(c.scratch, x, out, at, words);
    }
  }

  /** Arithmetic for negative values. */
  static Num shiftRight(Num a, Num distance) {
    int least =
        distance instanceof ReadExpressions.Const k
            ? k.value.min(java.math.BigInteger.valueOf(a.bits)).intValue()
            : 0;
    return new Unary(a, a.bits - least, a.negative) {
      @Override
      long low(PacketContext c) {
        if (a.single()) {
          return a.low(c) >> Math.min(63, distance.clamped(c));
        }
        if (a.unsigned64()) {
          int by = distance.clamped(c);
          return by > 63 ? 0 : a.low(c) >>> by;
        }
        return lowOfWide(c);
      }

      @Override
      void apply(PacketContext c, long[] s, int x, int n) {
        Wide.shiftRight(s, x, distance.clamped(c), n);
      }
    };
  }

  /** The signed value of the lowest {@code width} bits. */
  static Num wrap(Num a, int width) {
    return new Unary(a, width - 1, true) {
      @Override
      long low(PacketContext c) {
        int unused = Math.max(0, 64 - width);
        return (a.low(c) << unused) >> unused;
      }

      @Override
      void apply(PacketContext c, long[] s, int x, int n) {
        Wide.signExtend(s, x, width, n);
      }
    };
  }

  static Num saturateUnsigned(Num a, int width) {
    return new Unary(a, width, false) {
      @Override
      long low(PacketContext c) {
        if (a.single()) {
          long v = a.low(c);
          long most = width > 62 ? Long.MAX_VALUE : (1L << width) - 1;
          return v < 0 ? 0 : Math.min(v, most);
        }
        return lowOfWide(c);
      }

      @Override
      void apply(PacketContext c, long[] s, int x, int n) {
        if (s[x + n - 1] < 0) {
          fill(s, x, n, 0, 0);
        } else if (!Wide.fitsUnsigned(s, x, width, n)) {
          Wide.ones(s, x, width, n);
        }
      }
    };
  }

  static Num saturateSigned(Num a, int width) {
    return new Unary(a, width - 1, true) {
      @Override
      long low(PacketContext c) {
        if (a.single()) {
          long v = a.low(c);
          long most = width > 63 ? Long.MAX_VALUE : (1L << (width - 1)) - 1;
          return Math.max(~most, Math.min(v, most));
        }
        return lowOfWide(c);
      }

      @Override
      void apply(PacketContext c, long[] s, int x, int n) {
        boolean below = s[x + n - 1] < 0;
        if (below) {
          Wide.invert(s, x, n);
        }
        if (!Wide.fitsUnsigned(s, x, width - 1, n)) {
          Wide.ones(s, x, width - 1, n);
        }
        if (below) {
          Wide.invert(s, x, n);
        }
      }
    };
  }

  /** Quotient or remainder of unsigned values; by zero it is 0 (BMv2 aborts). */
  static Num divide(Num a, Num b, boolean remainder) {
    int bits = remainder ? Math.min(a.bits, b.bits) : a.bits;
    return new Num(bits, false) {
      @Override
      long low(PacketContext c) {
        if (a.unsigned64() && b.unsigned64()) {
          long x = a.low(c);
          long y = b.low(c);
          return y == 0 ? 0 : remainder ? Long.remainderUnsigned(x, y) : Long.divideUnsigned(x, y);
        }
        int x = c.top;
        c.top = x + 1;
        wide(c, c.scratch, x, 1);
        c.top = x;
        return c.scratch[x];
      }

      @Override
      void wide(PacketContext c, long[] out, int at, int words) {
        int n = Math.max(words, Math.max(a.words(), b.words()));
        int x = c.top;
        c.top = x + 4 * n;
        a.wide(c, c.scratch, x, n);
        b.wide(c, c.scratch, x + n, n);
        c.top = x;
        Wide.divide(c.scratch, x, x + n, x + 2 * n, x + 3 * n, n);
        System.arraycopy(c.scratch, remainder ? x + 3 * n : x + 2 * n, out, at, words);
      }
    };
  }

  /** How two numbers compare. */
  enum Relation {
    EQ,
    NE,
    LT,
    LE,
    GT,
    GE;

    boolean holds(int sign) {
      return switch (this) {
        case EQ -> sign == 0;
        case NE -> sign != 0;
        case LT -> sign < 0;
        case LE -> sign <= 0;
        case GT -> sign > 0;
        case GE -> sign >= 0;
      };
    }
  }

  static Bool compare(Relation relation, Num a, Num b) {
    if (a.single() && b.single()) {
      return switch (relation) {
        case EQ -> c -> a.low(c) == b.low(c);
        case NE -> c -> a.low(c) != b.low(c);
        case LT -> c -> a.low(c) < b.low(c);
        case LE -> c -> a.low(c) <= b.low(c);
        case GT -> c -> a.low(c) > b.low(c);
        case GE -> c -> a.low(c) >= b.low(c);
      };
    }
    if (a.unsigned64() && b.unsigned64()) {
      return c -> relation.holds(Long.compareUnsigned(a.low(c), b.low(c)));
    }
    int n = Math.max(a.words(), b.words());
    return c -> {
      int x = c.top;
      c.top = x + 2 * n;
      a.wide(c, c.scratch, x, n);
      b.wide(c, c.scratch, x + n, n);
      c.top = x;
      return relation.holds(Wide.compare(c.scratch, x, x + n, n));
    };
  }
}
