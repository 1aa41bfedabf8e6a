package io.myelin.softswitch.engine;

/**
 * Where a field lives in a packet's slots.
 *
 * @param name fully qualified, for messages
 * @param header the header it belongs to
 * @param slot the first slot; lowest word first. A varbit holds its bits from the first on, 64 per
 *     slot, and its length in bits in the slot behind them.
 * @param width bits; of a varbit, the most it can hold
 */
record FieldRef(
    String name, HeaderRef header, int slot, int width, boolean signed, boolean varbit) {

  int words() {
    return Bits.words(width);
  }

  /** Slot with the current length in bits of a varbit. */
  int lengthSlot() {
    return slot + words();
  }
}
