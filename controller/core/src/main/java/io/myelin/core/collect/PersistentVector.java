package io.myelin.core.collect;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An immutable array of fixed length: {@code with} returns a new one that shares all but O(log n)
 * blocks with the old.
 *
 * <p>A tree of blocks of 32 (Bagwell's tries, as in Clojure's vectors): a lookup is three steps for
 * a million elements.
 */
public final class PersistentVector<V> {
  private static final int BITS = 5;
  private static final int WIDTH = 1 << BITS;

  private final int size;
  private final int shift;
  private final Object[] root;

  private PersistentVector(int size, int shift, Object[] root) {
    this.size = size;
    this.shift = shift;
    this.root = root;
  }

  /** {@code size} times the same value; takes no more memory than a few blocks. */
  public static <V> PersistentVector<V> filled(int size, V value) {
    Object[] block = new Object[WIDTH];
    Arrays.fill(block, value);
    int shift = 0;
    while ((long) WIDTH << shift < size) {
      Object[] above = new Object[WIDTH];
      Arrays.fill(above, block);
      block = above;
      shift += BITS;
    }
    return new PersistentVector<>(size, shift, block);
  }

  public int size() {
    return size;
  }

  @SuppressWarnings("unchecked") // blocks at level 0 hold values and nothing else
  public V get(int index) {
    check(index);
    Object[] block = root;
    for (int s = shift; s > 0; s -= BITS) {
      block = (Object[]) block[index >>> s & WIDTH - 1];
    }
    return (V) block[index & WIDTH - 1];
  }

  public PersistentVector<V> with(int index, V value) {
    check(index);
    return new PersistentVector<>(size, shift, replace(root, shift, index, value));
  }

  private static Object[] replace(Object[] block, int shift, int index, Object value) {
    Object[] copy = block.clone();
    int i = index >>> shift & WIDTH - 1;
    copy[i] = shift == 0 ? value : replace((Object[]) block[i], shift - BITS, index, value);
    return copy;
  }

  @Override
  public boolean equals(@Nullable Object o) {
    if (!(o instanceof PersistentVector<?> other) || other.size != size) {
      return false;
    }
    for (int i = 0; i < size; i++) {
      if (!get(i).equals(other.get(i))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int hashCode() {
    int h = 0;
    for (int i = 0; i < size; i++) {
      h = 31 * h + get(i).hashCode();
    }
    return h;
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder("[");
    for (int i = 0; i < size; i++) {
      s.append(i > 0 ? ", " : "").append(get(i));
    }
    return s.append(']').toString();
  }

  private void check(int index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException(index + " of " + size);
    }
  }
}
