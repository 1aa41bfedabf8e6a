package io.myelin.softswitch.engine;

/**
 * The match on one key field. Values are big-endian byte strings of any length up to the field's
 * (shorter is zero-extended on the left).
 */
public sealed interface MatchField {

  /** Equal. */
  record Exact(byte[] value) implements MatchField {}

  /** Equal in the first {@code prefixLength} bits. */
  record Lpm(byte[] value, int prefixLength) implements MatchField {}

  /** Equal where the mask has ones. */
  record Ternary(byte[] value, byte[] mask) implements MatchField {}

  /** Between low and high, both included, unsigned. */
  record Range(byte[] low, byte[] high) implements MatchField {}

  /** Equal; stands for "optional" with a value. */
  record OptionalValue(byte[] value) implements MatchField {}

  /** Anything: an omitted LPM, ternary, range or optional field. */
  record Any() implements MatchField {}
}
