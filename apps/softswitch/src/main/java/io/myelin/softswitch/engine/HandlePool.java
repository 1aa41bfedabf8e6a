package io.myelin.softswitch.engine;

import java.util.BitSet;

/** Hands out the lowest free number. */
final class HandlePool {
  private final String name;
  private final int size;
  private final BitSet taken = new BitSet();
  private int lowestFree;

  HandlePool(String name, int size) {
    this.name = name;
    this.size = size;
  }

  int take() {
    int handle = taken.nextClearBit(lowestFree);
    if (handle >= size) {
      throw new TableFullException(name + " holds its " + size + " members, weights counted");
    }
    taken.set(handle);
    lowestFree = handle + 1;
    return handle;
  }

  void give(int handle) {
    taken.clear(handle);
    lowestFree = Math.min(lowestFree, handle);
  }
}
