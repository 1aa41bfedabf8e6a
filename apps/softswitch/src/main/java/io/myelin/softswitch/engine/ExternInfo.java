package io.myelin.softswitch.engine;

/**
 * An indexed counter, meter or register.
 *
 * @param index position among those of its kind
 * @param width bits of a register's cells, otherwise 0
 * @param bytes whether a meter measures bytes, not packets
 */
record ExternInfo(Kind kind, String name, int index, int size, int width, boolean bytes) {
  enum Kind {
    COUNTER,
    METER,
    REGISTER
  }
}
