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
