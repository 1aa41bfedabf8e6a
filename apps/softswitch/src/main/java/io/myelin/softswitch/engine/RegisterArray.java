package io.myelin.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Register cells. Cells of up to 64 bits are single words and need no lock; wider ones are guarded
 * so that no reader sees half a value.
 */
final class RegisterArray {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  private final int width;
  private final int size;
  private final int words;
  private final long[] cells;

  RegisterArray(ExternInfo info) {
    width = info.width();
    size = info.size();
    words = Bits.words(width);
    cells = new long[words * size];
  }

  int size() {
    return size;
  }

  long word(int index, int i) {
    return (long) WORD.getOpaque(cells, index * words + i);
  }

  void read(int index, long[] out, int at, int n) {
    synchronized (this) {
      for (int i = 0; i < n; i++) {
        out[at + i] = i < words ? cells[index * words + i] : 0;
      }
    }
  }

  /** Out of bounds nothing happens, as in BMv2. */
  void write(PacketContext c, int index, Num value) {
    if (index >= size) {
      return;
    }
    if (words == 1) {
      WORD.setOpaque(cells, index, value.low(c) & Bits.mask(width));
      return;
    }
    int at = c.top;
    c.top += words;
    value.wide(c, c.scratch, at, words);
    c.top = at;
    c.scratch[at + words - 1] &= Bits.mask(width - 64 * (words - 1));
    synchronized (this) {
      System.arraycopy(c.scratch, at, cells, index * words, words);
    }
  }

  byte[] get(int index) {
    long[] copy = new long[words];
    read(index, copy, 0, words);
    return Bits.toBytes(copy, 0, width);
  }

  void set(int index, byte[] value, String what) {
    long[] v = new long[words];
    Bits.fromBytes(value, v, 0, width, what);
    if (words == 1) {
      WORD.setOpaque(cells, index, v[0]);
      return;
    }
    synchronized (this) {
      System.arraycopy(v, 0, cells, index * words, words);
    }
  }
}
