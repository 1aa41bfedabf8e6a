package io.myelin.core.model;

import java.util.OptionalLong;

/**
 * A number of a link that nobody may have stated or measured. Unknown is not zero: it has no value,
 * and whoever needs one says what then.
 *
 * @param known whether there is a value
 * @param value 0 or more; 0 where it is not known
 */
public record Amount(boolean known, long value) {
  public static final Amount UNKNOWN = new Amount(false, 0);

  public Amount {
    Invalid.unless(value >= 0, "amount", value + " is not allowed; 0 or more");
    Invalid.unless(known || value == 0, "amount", "an unknown amount has no value");
  }

  /** A known amount, 0 or more. */
  public static Amount of(long value) {
    return new Amount(true, value);
  }

  /** A known amount, unless it is 0: for what is never nothing, such as the latency of a cable. */
  public static Amount positive(long value) {
    return value == 0 ? UNKNOWN : of(value);
  }

  /** The value; {@code otherwise} where it is not known. */
  public long orElse(long otherwise) {
    return known ? value : otherwise;
  }

  /** The value; empty where it is not known. */
  public OptionalLong optional() {
    return known ? OptionalLong.of(value) : OptionalLong.empty();
  }

  @Override
  public String toString() {
    return known ? Long.toString(value) : "unknown";
  }
}
