package io.myelin.lab.roce;

import java.util.ArrayList;
import java.util.List;

/** Reads frames in tests. */
final class Frames {
  private Frames() {}

  static List<byte[]> all(TwoHosts t) {
    List<byte[]> frames = new ArrayList<>(t.fromA);
    frames.addAll(t.fromB);
    return frames;
  }

  static int type(byte[] frame) {
    return Wire.get16(frame, 12);
  }

  static int ipLength(byte[] frame) {
    return type(frame) == Wire.TYPE_IPV4 ? Wire.IPV4 : Wire.IPV6;
  }

  static boolean isRoce(byte[] frame) {
    int type = type(frame);
    return (type == Wire.TYPE_IPV4 && frame[23] == Wire.PROTOCOL_UDP)
        || (type == Wire.TYPE_IPV6 && frame[20] == Wire.PROTOCOL_UDP);
  }

  static int bth(byte[] frame) {
    return Wire.ETHERNET + ipLength(frame) + Wire.UDP;
  }

  static int opcode(byte[] frame) {
    return Wire.get8(frame, bth(frame));
  }

  static boolean isData(byte[] frame) {
    return isRoce(frame) && Opcode.isWrite(opcode(frame));
  }

  /** The byte that holds DSCP and ECN. */
  static int trafficClass(byte[] frame) {
    return type(frame) == Wire.TYPE_IPV4 ? Wire.get8(frame, 15) : Wire.get16(frame, 14) >> 4 & 0xff;
  }

  /** A copy that a congested switch marked. */
  static byte[] marked(byte[] frame) {
    byte[] b = frame.clone();
    if (type(frame) == Wire.TYPE_IPV4) {
      b[15] |= 3;
      Wire.put16(b, 24, 0);
      Wire.put16(b, 24, Wire.checksum(Wire.sum(b, 14, 20)));
    } else {
      b[15] |= 0x30;
    }
    return b;
  }
}
