package io.myelin.lab.roce;

/** BTH opcodes of the reliable connection service that we speak (IBA Table 38), and the CNP. */
final class Opcode {
  static final int WRITE_FIRST = 0x06;
  static final int WRITE_MIDDLE = 0x07;
  static final int WRITE_LAST = 0x08;
  static final int WRITE_ONLY = 0x0a;
  static final int ACKNOWLEDGE = 0x11;
  static final int CNP = 0x81;

  private Opcode() {}

  static boolean isWrite(int opcode) {
    return opcode == WRITE_FIRST
        || opcode == WRITE_MIDDLE
        || opcode == WRITE_LAST
        || opcode == WRITE_ONLY;
  }

  /** These carry a RETH. */
  static boolean startsMessage(int opcode) {
    return opcode == WRITE_FIRST || opcode == WRITE_ONLY;
  }

  static boolean endsMessage(int opcode) {
    return opcode == WRITE_LAST || opcode == WRITE_ONLY;
  }

  /** The opcode of the packet at {@code index} of a WRITE of so many packets. */
  static int write(long index, long packets) {
    if (packets == 1) {
      return WRITE_ONLY;
    }
    if (index == 0) {
      return WRITE_FIRST;
    }
    return index == packets - 1 ? WRITE_LAST : WRITE_MIDDLE;
  }
}
