package io.myelin.core.path;

import java.util.Arrays;

/** A binary heap of ints in an order that its owner defines. Grows as needed. */
abstract class IndexedHeap {
  private int[] items = new int[64];
  private int size;

  /** Whether {@code a} comes out before {@code b}. */
  abstract boolean before(int a, int b);

  final boolean isEmpty() {
    return size == 0;
  }

  final void add(int item) {
    if (size == items.length) {
      items = Arrays.copyOf(items, 2 * size);
    }
    int i = size++;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (!before(item, items[parent])) {
        break;
      }
      items[i] = items[parent];
      i = parent;
    }
    items[i] = item;
  }

  /** The first; there must be one. */
  final int remove() {
    int first = items[0];
    int last = items[--size];
    int i = 0;
    while (true) {
      int child = 2 * i + 1;
      if (child >= size) {
        break;
      }
      if (child + 1 < size && before(items[child + 1], items[child])) {
        child++;
      }
      if (!before(items[child], last)) {
        break;
      }
      items[i] = items[child];
      i = child;
    }
    items[i] = last;
    return first;
  }
}
