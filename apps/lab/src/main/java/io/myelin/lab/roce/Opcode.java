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

  static boolean startsMessage(int opcode) {
    return opcode == WRITE_FIRST || opcode == WRITE_ONLY;
  }

  static boolean endsMessage(int opcode) {
    return opcode == WRITE_LAST || opcode == WRITE_ONLY;
  }
}
