package io.myelin.core.path;

import java.util.Arrays;

/** A heap of ints by longs, smallest first; an int may be in it several times. */
final class LongHeap extends IndexedHeap {
  private long[] key = new long[256];
  private int[] value = new int[256];
  private int used;

  void put(long k, int v) {
    if (used == key.length) {
      key = Arrays.copyOf(key, 2 * used);
      value = Arrays.copyOf(value, 2 * used);
    }
    key[used] = k;
    value[used] = v;
    add(used++);
  }

  /** Of an entry that {@link #remove} returned. */
  long key(int entry) {
    return key[entry];
  }

  int value(int entry) {
    return value[entry];
  }

  @Override
  boolean before(int a, int b) {
    return key[a] < key[b];
  }
}
