package io.myelin.core.model;

import java.util.regex.Pattern;

/** The one rule for names: RFC 1035 labels, as Google's AIP-122 asks of resource ids. */
public final class Ids {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  /** Longest name: a DNS label. */
  public static final int MAX_LENGTH = 63;

  /**
   * Longest text that says something about a thing without naming it, e.g. who describes a link.
   */
  public static final int MAX_TEXT = 200;

  private Ids() {}

  /**
   * A label for people: what is shown, and compared as a whole, but never part of a path.
   *
   * @throws Invalid when it is longer than a name, or has white space at its ends or control
   *     characters in it
   */
  public static String requireLabel(String field, String value) {
    return bounded(field, value, MAX_LENGTH);
  }

  /** As a label, but up to {@link #MAX_TEXT} characters long. */
  public static String requireText(String field, String value) {
    return bounded(field, value, MAX_TEXT);
  }

  private static String bounded(String field, String value, int most) {
    Invalid.unless(
        value.length() <= most,
        field,
        "'"
            + value.substring(0, Math.min(value.length(), 20))
            + "…' has "
            + value.length()
            + " characters; allowed: up to "
            + most);
    Invalid.unless(
        value.chars().noneMatch(Character::isISOControl) && value.strip().equals(value),
        field,
        "has control characters, or white space at its ends; allowed: up to "
            + most
            + " printable characters");
    return value;
  }

  public static String require(String field, String value) {
    Invalid.unless(
        NAME.matcher(value).matches(),
        field,
        "'"
            + value
            + "' is not a name; allowed: 1 to 63 of a-z, 0-9 and '-', not starting or ending in"
            + " '-'");
    return value;
  }
}
