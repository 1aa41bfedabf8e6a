package io.myelin.core.pipeline;

import io.myelin.core.model.U128;

/**
 * The match on one key field, by the field's name in the P4Info. Fields that match anything are
 * left out of an {@link EntryKey}.
 *
 * @param mask EXACT: unused; LPM: prefix mask over the field's width; TERNARY: the mask
 * @param prefixLength LPM only
 */
public record FieldMatch(String field, Kind kind, U128 value, U128 mask, int prefixLength)
    implements Comparable<FieldMatch> {

  /** P4Runtime match kinds that our tables use. */
  public enum Kind {
    EXACT,
    LPM,
    TERNARY
  }

  public static FieldMatch exact(String field, U128 value) {
    return new FieldMatch(field, Kind.EXACT, value, U128.MAX, 0);
  }

  public static FieldMatch exact(String field, long value) {
    return exact(field, U128.of(value));
  }

  /** A full-length or shorter prefix of a 128-bit field. */
  public static FieldMatch lpm(String field, U128 value, int prefixLength) {
    U128 mask = U128.prefixMask(prefixLength);
    return new FieldMatch(field, Kind.LPM, value.and(mask), mask, prefixLength);
  }

  public static FieldMatch ternary(String field, U128 value, U128 mask) {
    return new FieldMatch(field, Kind.TERNARY, value.and(mask), mask, 0);
  }

  public static FieldMatch ternary(String field, long value, int bits) {
    return ternary(field, U128.of(value), U128.ones(bits));
  }

  /** {@code field=value}, with what else its kind needs; numbers in hexadecimal. */
  String text() {
    String exact = field + "=" + value;
    return switch (kind) {
      case EXACT -> exact;
      case LPM -> exact + "/" + prefixLength;
      case TERNARY -> exact + "&" + mask;
    };
  }

  @Override
  public int compareTo(FieldMatch o) {
    int c = field.compareTo(o.field);
    c = c != 0 ? c : value.compareTo(o.value);
    c = c != 0 ? c : mask.compareTo(o.mask);
    c = c != 0 ? c : Integer.compare(prefixLength, o.prefixLength);
    return c != 0 ? c : kind.compareTo(o.kind);
  }
}
