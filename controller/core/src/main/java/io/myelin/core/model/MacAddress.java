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

  /**
   * As {@link #parse}, of a NIC.
   *
   * @throws Invalid for broadcast, multicast (IEEE 802-2014 §8.2.2) and all zeros
   */
  public static MacAddress parseOfNic(String field, String text) {
    MacAddress mac = parse(field, text);
    boolean group = (mac.value >>> 40 & 1) != 0;
    String kind =
        mac.value == 0xffff_ffff_ffffL
            ? "broadcast"
            : group ? "multicast" : mac.value == 0 ? "no address at all" : "";
    Invalid.unless(kind.isEmpty(), field, "'" + text + "' is no address of a NIC: it is " + kind);
    return mac;
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
