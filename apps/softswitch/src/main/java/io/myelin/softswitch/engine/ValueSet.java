package io.myelin.softswitch.engine;

import java.util.Arrays;
import java.util.List;

/** The members of a parser value set, replaced as a whole. */
final class ValueSet {
  private record Member(long[] value, long[] mask) {}

  private final ValueSetInfo info;
  private volatile Member[] members = {};

  ValueSet(ValueSetInfo info) {
    this.info = info;
  }

  boolean contains(long[] key, long[] mask) {
    next:
    for (Member m : members) {
      for (int i = 0; i < m.value.length; i++) {
        if (((key[i] ^ m.value[i]) & m.mask[i] & mask[i]) != 0) {
          continue next;
        }
      }
      return true;
    }
    return false;
  }

  void replace(List<List<MatchField>> values) {
    members = values.stream().map(this::member).toArray(Member[]::new);
  }

  private Member member(List<MatchField> fields) {
    List<Integer> widths = info.widths;
    if (fields.size() != widths.size()) {
      throw new IllegalArgumentException(
          "value set " + info.name + " has " + widths.size() + " fields, got " + fields.size());
    }
    int words = widths.stream().mapToInt(Bits::words).sum();
    long[] value = new long[words];
    long[] mask = new long[words];
    int at = 0;
    for (int i = 0; i < fields.size(); i++) {
      int width = widths.get(i);
      MatchWords.encode(fields.get(i), width, value, mask, at, "value set " + info.name);
      at += Bits.words(width);
    }
    for (int i = 0; i < words; i++) {
      value[i] &= mask[i];
    }
    return new Member(value, Arrays.copyOf(mask, words));
  }
}
