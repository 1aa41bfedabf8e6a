package io.myelin.lab.roce;

import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * The invariant CRC of RoCEv2 (InfiniBand Architecture Specification, Annex A17.3.3): the CRC-32 of
 * Ethernet over eight bytes of ones (in place of the LRH), the IP and UDP headers with the fields
 * that routers may change set to ones, the BTH with resv8a set to ones, and the rest.
 *
 * <p>Keeps scratch space, hence one per thread. {@link CRC32} is vectorised by the JVM.
 */
final class Icrc {
  private static final byte ONES = (byte) 0xff;
  private static final int LRH = 8;

  private final byte[] head = new byte[LRH + Wire.IPV6 + Wire.UDP + Wire.BTH];
  private final CRC32 crc = new CRC32();

  Icrc() {
    Arrays.fill(head, 0, LRH, ONES);
  }

  /**
   * Computes the ICRC.
   *
   * @param frame Ethernet frame, without tags, of a RoCEv2 packet without IP options
   * @param ip length of the IP header: 20 or 40
   * @param end where the IP packet ends, its ICRC included
   * @return as it stands in the frame when read least significant byte first
   */
  int of(byte[] frame, int ip, int end) {
    int length = ip + Wire.UDP + Wire.BTH;
    System.arraycopy(frame, Wire.ETHERNET, head, LRH, length);
    if (ip == Wire.IPV4) {
      head[LRH + 1] = ONES; // type of service
      head[LRH + 8] = ONES; // time to live
      head[LRH + 10] = ONES; // header checksum
      head[LRH + 11] = ONES;
    } else {
      head[LRH] |= 0x0f; // traffic class, flow label
      head[LRH + 1] = ONES;
      head[LRH + 2] = ONES;
      head[LRH + 3] = ONES;
      head[LRH + 7] = ONES; // hop limit
    }
    head[LRH + ip + 6] = ONES; // UDP checksum
    head[LRH + ip + 7] = ONES;
    head[LRH + ip + Wire.UDP + 4] = ONES; // resv8a of the BTH
    crc.reset();
    crc.update(head, 0, LRH + length);
    int body = Wire.ETHERNET + length;
    crc.update(frame, body, end - Wire.ICRC - body);
    return (int) crc.getValue();
  }

  /** Puts the ICRC in the last four bytes of the frame, least significant first. */
  void seal(byte[] frame, int ip) {
    Wire.put32(frame, frame.length - Wire.ICRC, Integer.reverseBytes(of(frame, ip, frame.length)));
  }

  /** Whether a packet arrived as it was sealed; parameters as of {@link #of}. */
  boolean matches(byte[] frame, int ip, int end) {
    return Wire.get32(frame, end - Wire.ICRC) == Integer.reverseBytes(of(frame, ip, end));
  }
}
