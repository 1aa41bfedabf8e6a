package io.myelin.core.model;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** An IPv4 or IPv6 address, held as the tables see it: IPv4 as ::ffff:a.b.c.d (RFC 4291). */
public record IpAddress(U128 value) implements Comparable<IpAddress> {
  private static final long V4_MAPPED = 0xffff_0000_0000L;

  /** Parses dotted IPv4 or IPv6 text; never asks a resolver. */
  public static IpAddress parse(String field, String text) {
    boolean v4 = text.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    boolean v6 = text.indexOf(':') >= 0 && text.matches("[0-9a-fA-F:.]+");
    Invalid.unless(
        v4 || v6, field, "'" + text + "' is not an IP address, e.g. 10.0.0.1 or fd00::1");
    try {
      return of(InetAddress.getByName(text).getAddress());
    } catch (UnknownHostException e) {
      throw new Invalid(field, "'" + text + "' is not an IP address, e.g. 10.0.0.1 or fd00::1");
    }
  }

  /**
   * As {@link #parse}, of a NIC: an address that packets can come from and go to through switches.
   *
   * @throws Invalid for unspecified, loopback, link-local, multicast, broadcast and reserved ones
   *     (RFC 6890)
   */
  public static IpAddress parseOfNic(String field, String text) {
    IpAddress ip = parse(field, text);
    String kind = ip.isIpv4() ? ip.specialIpv4() : ip.specialIpv6();
    Invalid.unless(kind.isEmpty(), field, "'" + text + "' is no address of a NIC: it is " + kind);
    return ip;
  }

  /** What else than a host an IPv4 address is; empty: a host. */
  private String specialIpv4() {
    int first = (int) (value.lo() >>> 24) & 0xff;
    int second = (int) (value.lo() >>> 16) & 0xff;
    if ((value.lo() & 0xffff_ffffL) == 0xffff_ffffL) {
      return "broadcast";
    } else if (first == 0) {
      return "unspecified (0.0.0.0/8)";
    } else if (first == 127) {
      return "loopback (127.0.0.0/8)";
    } else if (first == 169 && second == 254) {
      return "link-local (169.254.0.0/16), which no switch forwards";
    } else if (first >= 224 && first < 240) {
      return "multicast (224.0.0.0/4)";
    }
    return first >= 240 ? "reserved (240.0.0.0/4)" : "";
  }

  /** As the other, for IPv6. */
  private String specialIpv6() {
    int high = (int) (value.hi() >>> 48);
    if (value.hi() == 0 && value.lo() == 0) {
      return "unspecified (::)";
    } else if (value.hi() == 0 && value.lo() == 1) {
      return "loopback (::1)";
    } else if ((high & 0xffc0) == 0xfe80) {
      return "link-local (fe80::/10), which no switch forwards";
    }
    return (high & 0xff00) == 0xff00 ? "multicast (ff00::/8)" : "";
  }

  /** From 4 or 16 bytes. */
  public static IpAddress of(byte[] bytes) {
    Invalid.unless(
        bytes.length == 4 || bytes.length == 16, "ip", bytes.length + " bytes; allowed: 4 or 16");
    U128 value = U128.fromBytes(bytes);
    return new IpAddress(bytes.length == 4 ? new U128(0, V4_MAPPED | value.lo()) : value);
  }

  public boolean isIpv4() {
    return value.hi() == 0 && (value.lo() >>> 32) == 0xffff;
  }

  /** 4 or 16 bytes. */
  public byte[] bytes() {
    byte[] out = new byte[isIpv4() ? 4 : 16];
    for (int i = 0; i < out.length; i++) {
      int shift = 8 * (out.length - 1 - i);
      out[i] = (byte) (shift >= 64 ? value.hi() >>> (shift - 64) : value.lo() >>> shift);
    }
    return out;
  }

  @Override
  public int compareTo(IpAddress o) {
    return value.compareTo(o.value);
  }

  @Override
  public String toString() {
    try {
      return InetAddress.getByAddress(bytes()).getHostAddress();
    } catch (UnknownHostException e) {
      throw new AssertionError("4 and 16 bytes are always an address", e);
    }
  }
}
