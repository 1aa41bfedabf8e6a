package io.myelin.softswitch.engine;

/** Operators whose lowest 64 bits follow from their operands' lowest 64 bits. */
final class Arithmetic {
  private Arithmetic() {}

  /** The longest a variable left shift may make a value that is then used unmasked. */
  private static final int MAX_SHIFT = 2 * Layout.MAX_WIDTH;

  private abstract static class Binary extends Num {
    final Num a;
    final Num b;

    Binary(Num a, Num b, int bits, boolean negative) {
      super(bits, negative);
      this.a = a;
      this.b = b;
    }

    abstract void combine(long[] s, int x, int y, long[] out, int at, int n);

    @Override
    void wide(PacketContext c, long[] out, int at, int n) {
      int x = c.top;
      int y = x + n;
      c.top = y + n;
      a.wide(c, c.scratch, x, n);
      b.wide(c, c.scratch, y, n);
      c.top = x;
      combine(c.scratch, x, y, out, at, n);
    }
  }

  static Num add(Num a, Num b) {
    return new Binary(a, b, Math.max(a.bits, b.bits) + 1, a.negative || b.negative) {
      @Override
      long low(PacketContext c) {
        return this.a.low(c) + this.b.low(c);
      }

      @Override
      void combine(long[] s, int x, int y, long[] out, int at, int n) {
        Wide.add(s, x, s, y, out, at, n);
      }
    };
  }

  static Num subtract(Num a, Num b) {
    boolean either = a.negative || b.negative;
    return new Binary(a, b, Math.max(a.bits, b.bits) + (either ? 1 : 0), true) {
      @Override
      long low(PacketContext c) {
        return this.a.low(c) - this.b.low(c);
      }

      @Override
      void combine(long[] s, int x, int y, long[] out, int at, int n) {
        Wide.subtract(s, x, s, y, out, at, n);
      }
    };
  }

  static Num multiply(Num a, Num b) {
    boolean both = a.negative && b.negative;
    return new Binary(a, b, a.bits + b.bits + (both ? 1 : 0), a.negative || b.negative) {
      @Override
      long low(PacketContext c) {
        return this.a.low(c) * this.b.low(c);
      }

      @Override
      void combine(long[] s, int x, int y, long[] out, int at, int n) {
        Wide.multiply(s, x, s, y, out, at, n);
      }
    };
  }

  static Num and(Num a, Num b) {
    int bits =
        a.negative
            ? b.negative ? Math.max(a.bits, b.bits) : b.bits
            : b.negative ? a.bits : Math.min(a.bits, b.bits);
    return new Binary(a, b, bits, a.negative && b.negative) {
      @Override
      long low(PacketContext c) {
        return this.a.low(c) & this.b.low(c);
      }

      @Override
      void combine(long[] s, int x, int y, long[] out, int at, int n) {
        for (int i = 0; i < n; i++) {
          out[at + i] = s[x + i] & s[y + i];
        }
      }
    };
  }

  static Num or(Num a, Num b) {
    return new Binary(a, b, Math.max(a.bits, b.bits), a.negative || b.negative) {
      @Override
      long low(PacketContext c) {
        return this.a.low(c) | this.b.low(c);
      }

      @Override
      void combine(long[] s, int x, int y, long[] out, int at, int n) {
        for (int i = 0; i < n; i++) {
          out[at + i] = s[x + i] | s[y + i];
        }
      }
    };
  }

  static Num xor(Num a, Num b) {
    return new Binary(a, b, Math.max(a.bits, b.bits), a.negative || b.negative) {
      @Override
      long low(PacketContext c) {
        return this.a.low(c) ^ this.b.low(c);
      }

      @Override
      void combine(long[] s, int x, int y, long[] out, int at, int n) {
        for (int i = 0; i < n; i++) {
          out[at + i] = s[x + i] ^ s[y + i];
        }
      }
    };
  }

  static Num not(Num a) {
    return new Num(a.bits, true) {
      @Override
      long low(PacketContext c) {
        return ~a.low(c);
      }

      @Override
      void wide(PacketContext c, long[] out, int at, int n) {
        a.wide(c, out, at, n);
        for (int i = 0; i < n; i++) {
          out[at + i] = ~out[at + i];
        }
      }
    };
  }

  static Num shiftLeft(Num a, Num distance) {
    int longest =
        distance instanceof ReadExpressions.Const k
            ? k.value.min(java.math.BigInteger.valueOf(MAX_SHIFT)).intValue()
            : distance.bits > 12 ? MAX_SHIFT : (1 << distance.bits) - 1;
    return new Num(a.bits + longest, a.negative) {
      @Override
      long low(PacketContext c) {
        int by = distance.clamped(c);
        return by > 63 ? 0 : a.low(c) << by;
      }

      @Override
      void wide(PacketContext c, long[] out, int at, int n) {
        int by = distance.clamped(c);
        int x = c.top;
        c.top = x + n;
        a.wide(c, c.scratch, x, n);
        c.top = x;
        Wide.shiftLeft(c.scratch, x, by, out, at, n);
      }
    };
  }

  static Num choose(Bool condition, Num a, Num b) {
    return new Num(Math.max(a.bits, b.bits), a.negative || b.negative) {
      @Override
      long low(PacketContext c) {
        return condition.eval(c) ? a.low(c) : b.low(c);
      }

      @Override
      void wide(PacketContext c, long[] out, int at, int n) {
        (condition.eval(c) ? a : b).wide(c, out, at, n);
      }
    };
  }
}
