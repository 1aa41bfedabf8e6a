package io.myelin.core.model;

import java.util.regex.Pattern;

/** The one rule for names: RFC 1035 labels, as Google's AIP-122 asks of resource ids. */
public final class Ids {
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");

  private Ids() {}

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
