package io.myelin.softswitch.engine;

import java.io.ByteArrayOutputStream;
import java.util.HexFormat;

/** Builds frames by hand. */
public final class Frames {
  public static final String MAC_A = "02000000000a";
  public static final String MAC_B = "02000000000b";

  private Frames() {}

  /** Bytes from hexadecimal digits; blanks are ignored. */
  public static byte[] hex(String... digits) {
    return HexFormat.of().parseHex(String.join("", digits).replace(" ", ""));
  }

  public static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  public static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }

  public static byte[] ethernet(int etherType, byte[] payload) {
    return concat(hex(MAC_B, MAC_A, String.format("%04x", etherType)), payload);
  }

  /** An MPLS label stack entry (RFC 3032 §2.1). */
  public static byte[] label(int label, int bottom, int ttl) {
    return hex(String.format("%08x", label << 12 | bottom << 8 | ttl));
  }

  /** An IPv4 packet with a right checksum. */
  public static byte[] ipv4(String src, String dst, int protocol, int ttl, byte[] payload) {
    byte[] h =
        concat(
            hex("4500", String.format("%04x", 20 + payload.length), "12340000"),
            new byte[] {(byte) ttl, (byte) protocol, 0, 0},
            address(src),
            address(dst));
    int sum = 0;
    for (int i = 0; i < 20; i += 2) {
      sum += (h[i] & 0xff) << 8 | (h[i + 1] & 0xff);
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
    h[10] = (byte) (sum >>> 8);
    h[11] = (byte) sum;
    return concat(h, payload);
  }

  public static byte[] ipv6(String src, String dst, int next, int hops, byte[] payload) {
    return concat(
        hex("60000000", String.format("%04x%02x%02x", payload.length, next, hops), src, dst),
        payload);
  }

  /** Four bytes of a dotted address. */
  public static byte[] address(String dotted) {
    byte[] out = new byte[4];
    String[] parts = dotted.split("\\.");
    for (int i = 0; i < 4; i++) {
      out[i] = (byte) Integer.parseInt(parts[i]);
    }
    return out;
  }

  /** The IPv4-mapped IPv6 address by which myelin.p4's tables know an IPv4 address. */
  public static byte[] mapped(String dotted) {
    return concat(hex("00000000000000000000ffff"), address(dotted));
  }

  public static byte[] udp(int src, int dst, byte[] payload) {
    return concat(hex(String.format("%04x%04x%04x0000", src, dst, 8 + payload.length)), payload);
  }

  /** A RoCEv2 packet's UDP payload: base transport header, payload. */
  public static byte[] bth(int opcode, int destQp, int psn, byte[] payload) {
    return concat(hex(String.format("%02x00ffff00%06x00%06x", opcode, destQp, psn)), payload);
  }

  public static byte[] rocev2(String src, String dst, int sport, int qp, int psn, int bytes) {
    return ethernet(
        0x0800, ipv4(src, dst, 17, 64, udp(sport, 4791, bth(4, qp, psn, new byte[bytes]))));
  }
}
