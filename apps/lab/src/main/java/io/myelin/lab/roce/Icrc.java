package io.myelin.lab.roce;

import java.util.zip.CRC32;

/**
 * The invariant CRC of RoCEv2 (InfiniBand Architecture Specification, Annex A17.3.3): CRC-32 of
 * Ethernet over eight bytes of ones (in place of the LRH), the IP and UDP headers with the fields
 * that routers may change set to ones, the BTH with resv8a set to ones, and the rest.
 */
final class Icrc {
  private static final int ETHERNET = 14;
  private static final int UDP = 8;
  private static final byte ONES = (byte) 0xff;

  private Icrc() {}

  /**
   * @param frame Ethernet frame whose last four bytes are the ICRC's place
   * @return as it stands in the frame, least significant byte first
   */
  static int of(byte[] frame) {
    boolean v4 = frame[12] == 0x08;
    int ip = v4 ? 20 : 40;
    byte[] head = new byte[8 + ip + UDP + 12];
    java.util.Arrays.fill(head, 0, 8, ONES);
    System.arraycopy(frame, ETHERNET, head, 8, ip + UDP + 12);
    if (v4) {
      head[8 + 1] = ONES; // ToS
      head[8 + 8] = ONES; // TTL
      head[8 + 10] = ONES; // header checksum
      head[8 + 11] = ONES;
    } else {
      head[8] |= 0x0f; // traffic class and flow label
      head[8 + 1] = ONES;
      head[8 + 2] = ONES;
      head[8 + 3] = ONES;
      head[8 + 7] = ONES; // hop limit
    }
    head[8 + ip + 6] = ONES; // UDP checksum
    head[8 + ip + 7] = ONES;
    head[8 + ip + UDP + 4] = ONES; // BTH resv8a
    CRC32 crc = new CRC32();
    crc.update(head, 0, head.length);
    int body = ETHERNET + ip + UDP + 12;
    crc.update(frame, body, frame.length - 4 - body);
    return (int) crc.getValue();
  }

  /** Puts the ICRC where it belongs. */
  static void seal(byte[] frame) {
    int crc = of(frame);
    for (int i = 0; i < 4; i++) {
      frame[frame.length - 4 + i] = (byte) (crc >>> (8 * i));
    }
  }

  static boolean valid(byte[] frame) {
    int crc = of(frame);
    for (int i = 0; i < 4; i++) {
      if (frame[frame.length - 4 + i] != (byte) (crc >>> (8 * i))) {
        return false;
      }
    }
    return true;
  }
}
