package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Moves a fixed sequence of fields between slots and bytes, eight bytes at a time: one load or
 * store per 64 bits of the wire instead of one per field.
 */
final class BitPlan {
  /**
   * Bits of a field inside one word of the wire.
   *
   * @param shift from the slot to the word: positive to the left, negative to the right
   * @param mask the bits that this part holds in the slot
   * @param first whether the field's higher bits, if any, are in an earlier part
   */
  private record Part(int word, int slot, int shift, long mask, boolean first) {}

  /** Bits on the wire. */
  final int bits;

  private final int[] slot;
  private final int[] shift;
  private final long[] mask;
  private final boolean[] first;

  /** Index behind the last part of each word. */
  private final int[] end;

  private BitPlan(int bits, List<Part> parts) {
    this.bits = bits;
    slot = parts.stream().mapToInt(Part::slot).toArray();
    shift = parts.stream().mapToInt(Part::shift).toArray();
    mask = parts.stream().mapToLong(Part::mask).toArray();
    first = new boolean[slot.length];
    end = new int[Bits.words(bits)];
    for (int i = 0; i < slot.length; i++) {
      first[i] = parts.get(i).first();
      end[parts.get(i).word()] = i + 1;
    }
  }

  /** A plan for these fields in wire order, none of them a varbit. */
  static BitPlan of(List<FieldRef> fields) {
    List<Part> parts = new ArrayList<>();
    int bit = 0;
    for (FieldRef field : fields) {
      for (int w = field.words() - 1; w >= 0; w--) {
        int width = Math.min(64, field.width() - 64 * w);
        add(parts, bit, field.slot() + w, width);
        bit += width;
      }
    }
    return new BitPlan(bit, parts);
  }

  private static void add(List<Part> parts, int bit, int slot, int width) {
    int word = bit >>> 6;
    int room = 64 - (bit & 63);
    if (width <= room) {
      parts.add(new Part(word, slot, room - width, Bits.mask(width), true));
    } else {
      int rest = width - room;
      long low = Bits.mask(rest);
      parts.add(new Part(word, slot, -rest, Bits.mask(width) & ~low, true));
      parts.add(new Part(word + 1, slot, 64 - rest, low, false));
    }
  }

  /** Reads all fields from byte {@code at} on. */
  void extract(long[] f, byte[] data, int at) {
    int i = 0;
    for (int w = 0; w < end.length; w++) {
      long word = Bits.getLong(data, at + 8 * w);
      for (int stop = end[w]; i < stop; i++) {
        int s = shift[i];
        long v = (s >= 0 ? word >>> s : word << -s) & mask[i];
        f[slot[i]] = first[i] ? v : f[slot[i]] | v;
      }
    }
  }

  /** Writes all fields from byte {@code at} on; up to seven bytes behind them become 0. */
  void emit(long[] f, byte[] out, int at) {
    int i = 0;
    for (int w = 0; w < end.length; w++) {
      long word = 0;
      for (int stop = end[w]; i < stop; i++) {
        int s = shift[i];
        word |= s >= 0 ? f[slot[i]] << s : f[slot[i]] >>> -s;
      }
      Bits.putLong(out, at + 8 * w, word);
    }
  }

  @Override
  public String toString() {
    return bits + " bits from slots " + Arrays.toString(slot);
  }
}
