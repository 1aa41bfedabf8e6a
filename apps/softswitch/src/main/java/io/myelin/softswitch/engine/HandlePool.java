package io.myelin.softswitch.engine;

import java.util.BitSet;

/** Hands out the lowest free number. */
final class HandlePool {
  /** Each copy that a weight asks for takes memory: here, some tens of megabytes. */
  private static final int MOST = 1 << 20;

  private final String name;
  private final BitSet taken = new BitSet();
  private int lowestFree;

  HandlePool(String name) {
    this.name = name;
  }

  int take() {
    int handle = taken.nextClearBit(lowestFree);
    if (handle >= MOST) {
      throw new TableFullException(
          name + " has room for " + MOST + " copies of members, of which weights make many");
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
