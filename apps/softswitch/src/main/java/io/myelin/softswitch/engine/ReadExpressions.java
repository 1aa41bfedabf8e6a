package io.myelin.softswitch.engine;

import java.math.BigInteger;

/** Expressions that read: constants, fields, action data. */
final class ReadExpressions {
  private ReadExpressions() {}

  static final class Const extends Num {
    final BigInteger value;
    private final long[] words;

    Const(BigInteger value) {
      super(value.bitLength(), value.signum() < 0);
      this.value = value;
      words = Bits.words(value, words());
    }

    @Override
    long low(PacketContext c) {
      return words[0];
    }

    @Override
    void wide(PacketContext c, long[] out, int at, int n) {
      long sign = negative ? -1 : 0;
      for (int i = 0; i < n; i++) {
        out[at + i] = i < words.length ? words[i] : sign;
      }
    }
  }

  /** A field of a header that is known when the program is compiled. */
  static final class Field extends Num {
    final FieldRef ref;
    private final int slot;
    private final int shift;

    Field(FieldRef ref) {
      super(ref.signed() ? ref.width() - 1 : ref.width(), ref.signed());
      this.ref = ref;
      slot = ref.slot();
      shift = ref.signed() && ref.width() < 64 ? 64 - ref.width() : 0;
    }

    @Override
    long low(PacketContext c) {
      return (c.f[slot] << shift) >> shift;
    }

    @Override
    void wide(PacketContext c, long[] out, int at, int n) {
      load(c.f, slot, ref.width(), ref.signed(), out, at, n);
    }
  }

  /** A field of a header chosen at run time. */
  static final class DynamicField extends Num {
    final HeaderExpr header;
    final FieldRef model;
    private final int offset;

    DynamicField(HeaderExpr header, FieldRef model) {
      super(model.signed() ? model.width() - 1 : model.width(), model.signed());
      this.header = header;
      this.model = model;
      offset = model.slot() - model.header().base;
    }

    int slot(PacketContext c) {
      return header.eval(c).base + offset;
    }

    @Override
    long low(PacketContext c) {
      long v = c.f[slot(c)];
      int shift = model.signed() && model.width() < 64 ? 64 - model.width() : 0;
      return (v << shift) >> shift;
    }

    @Override
    void wide(PacketContext c, long[] out, int at, int n) {
      load(c.f, slot(c), model.width(), model.signed(), out, at, n);
    }
  }

  /**
   * A parameter of the action. Unsigned, as in BMv2: the JSON does not say whether it is signed.
   */
  static final class Local extends Num {
    private final int slot;

    Local(int slot, int width) {
      super(width, false);
      this.slot = slot;
    }

    @Override
    long low(PacketContext c) {
      return c.args[slot];
    }

    @Override
    void wide(PacketContext c, long[] out, int at, int n) {
      load(c.args, slot, bits, false, out, at, n);
    }
  }

  private static void load(
      long[] f, int slot, int width, boolean signed, long[] out, int at, int n) {
    int own = Bits.words(width);
    long top = f[slot + own - 1];
    int unused = own * 64 - width;
    long sign = 0;
    if (signed) {
      top = (top << unused) >> unused;
      sign = top >> 63;
    }
    for (int i = 0; i < n; i++) {
      out[at + i] = i < own - 1 ? f[slot + i] : i == own - 1 ? top : sign;
    }
  }
}
