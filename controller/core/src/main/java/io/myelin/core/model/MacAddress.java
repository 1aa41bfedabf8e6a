package io.myelin.core.model;

/** An Ethernet address; 48 bits. */
public record MacAddress(long value) {
  public MacAddress {
    if (value >>> 48 != 0) {
      throw new IllegalArgumentException("more than 48 bits: " + Long.toHexString(value));
    }
  }

  /** Parses {@code 02:00:00:00:01:01}. */
  public static MacAddress parse(String field, String text) {
    Invalid.unless(
        text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}"),
        field,
        "'" + text + "' is not a MAC address, e.g. 02:00:00:00:01:01");
    return new MacAddress(Long.parseLong(text.replace(":", ""), 16));
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder();
    for (int shift = 40; shift >= 0; shift -= 8) {
      s.append(s.length() > 0 ? ":" : "").append(String.format("%02x", (value >>> shift) & 0xff));
    }
    return s.toString();
  }
}
