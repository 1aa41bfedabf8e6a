package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Packs a table's key into as few words as possible: fields of more than 64 bits own whole words,
 * the others share.
 */
final class KeyLayout {
  /**
   * A key field of the program.
   *
   * @param mask bits of the field that take part, in words; empty for all
   */
  record Field(String name, KeyKind kind, FieldRef ref, long[] mask) {
    long mask(int word) {
      return word < mask.length ? mask[word] : -1;
    }

    int width() {
      return ref.width();
    }
  }

  /** Where a field lies: {@code word} and {@code shift} of its lowest bit. */
  private record Place(int word, int shift) {}

  final List<Field> fields;
  final int words;
  private final Place[] places;

  // One entry per word of each field: what the packet contributes to which key word.
  private final int[] slot;
  private final int[] valid;
  private final int[] word;
  private final int[] shift;
  private final long[] kept;

  KeyLayout(List<Field> fields) {
    this.fields = List.copyOf(fields);
    places = new Place[fields.size()];
    int next = 0;
    for (int i = 0; i < places.length; i++) {
      if (fields.get(i).width() > 32) {
        places[i] = new Place(next, 0);
        next += Bits.words(fields.get(i).width());
      }
    }
    // First fit: behind the top of a wide field, or in a word of small ones.
    List<Integer> used = new ArrayList<>();
    for (int i = 0; i < next; i++) {
      used.add(64);
    }
    for (int i = 0; i < places.length; i++) {
      if (places[i] != null) {
        int width = fields.get(i).width();
        used.set(places[i].word + Bits.words(width) - 1, (width - 1 & 63) + 1);
      }
    }
    for (int i = 0; i < places.length; i++) {
      if (places[i] == null) {
        int w = 0;
        while (w < used.size() && used.get(w) + fields.get(i).width() > 64) {
          w++;
        }
        if (w == used.size()) {
          used.add(0);
        }
        places[i] = new Place(w, used.get(w));
        used.set(w, used.get(w) + fields.get(i).width());
      }
    }
    words = used.size();
    int parts = fields.stream().mapToInt(f -> Bits.words(f.width())).sum();
    slot = new int[parts];
    valid = new int[parts];
    word = new int[parts];
    shift = new int[parts];
    kept = new long[parts];
    int p = 0;
    for (int i = 0; i < places.length; i++) {
      FieldRef ref = fields.get(i).ref();
      for (int w = 0; w < ref.words(); w++, p++) {
        slot[p] = ref.slot() + w;
        boolean always = ref.header().metadata || ref.slot() == ref.header().base;
        // A slot that is always 1 would do; the field's own validity is the header's first slot.
        valid[p] = always ? -1 : ref.header().base;
        kept[p] = fields.get(i).mask(w);
        word[p] = places[i].word + w;
        shift[p] = places[i].shift;
      }
    }
  }

  /** Reads the key of a packet. Fields of invalid headers are 0, as in BMv2. */
  void read(long[] f, long[] key) {
    for (int i = 0; i < words; i++) {
      key[i] = 0;
    }
    for (int i = 0; i < slot.length; i++) {
      if (valid[i] < 0 || f[valid[i]] != 0) {
        key[word[i]] |= (f[slot[i]] & kept[i]) << shift[i];
      }
    }
  }

  /** Ranges that mask words cannot express: field index and bounds. */
  record RangeCheck(int word, int shift, long mask, long low, long high) {
    boolean holds(long[] key) {
      long v = (key[word] >>> shift) & mask;
      return Long.compareUnsigned(v, low) >= 0 && Long.compareUnsigned(v, high) <= 0;
    }
  }

  /** Encodes a match; returns the ranges to check in addition. */
  RangeCheck[] encode(List<MatchField> match, long[] value, long[] mask, String table) {
    if (match.size() != fields.size()) {
      throw new IllegalArgumentException(
          "table "
              + table
              + " has "
              + fields.size()
              + " key fields "
              + fields.stream().map(Field::name).toList()
              + ", got "
              + match.size());
    }
    List<RangeCheck> ranges = new ArrayList<>();
    long[] v = new long[words + 1];
    long[] m = new long[words + 1];
    for (int i = 0; i < places.length; i++) {
      Field field = fields.get(i);
      String what = "key field " + field.name() + " of " + table;
      field.kind().check(match.get(i), what);
      MatchWords.encode(match.get(i), field.width(), v, m, 0, what);
      for (int w = 0; w < Bits.words(field.width()); w++) {
        value[places[i].word + w] |= (v[w] & m[w]) << places[i].shift;
        mask[places[i].word + w] |= m[w] << places[i].shift;
      }
      if (match.get(i) instanceof MatchField.Range) {
        range(field, places[i], (MatchField.Range) match.get(i), what, m[0], ranges);
      }
    }
    return ranges.toArray(RangeCheck[]::new);
  }

  private static void range(
      Field field,
      Place place,
      MatchField.Range range,
      String what,
      long common,
      List<RangeCheck> out) {
    long[] low = new long[1];
    long[] high = new long[1];
    Bits.fromBytes(range.low(), low, 0, field.width(), what);
    Bits.fromBytes(range.high(), high, 0, field.width(), what);
    if (Long.compareUnsigned(low[0], high[0]) > 0) {
      throw new IllegalArgumentException(
          what + ": low 0x" + Bits.hex(range.low()) + " is above high 0x" + Bits.hex(range.high()));
    }
    long free = Bits.mask(field.width()) & ~common;
    boolean masked = (low[0] & free) == 0 && (high[0] & free) == free;
    if (!masked) {
      out.add(new RangeCheck(place.word, place.shift, Bits.mask(field.width()), low[0], high[0]));
    }
  }

  boolean has(KeyKind kind) {
    return fields.stream().anyMatch(f -> f.kind() == kind);
  }

  /** Bits of the longest prefix match in a table without priorities; see {@link KeyKind#LPM}. */
  int prefixLength(List<MatchField> match) {
    int bits = 0;
    for (MatchField m : match) {
      bits += m instanceof MatchField.Lpm l ? l.prefixLength() : 0;
    }
    return bits;
  }

  @Override
  public String toString() {
    return fields + " in " + words + " words " + Arrays.toString(places);
  }
}
