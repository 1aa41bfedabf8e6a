package io.myelin.softswitch.engine;

import java.util.Arrays;
import java.util.List;

/**
 * A stack of headers, or of header unions.
 *
 * @param elements per element, its headers: one, or the members of the union
 * @param nextSlot slot of the parser's {@code next} index
 */
record StackRef(String name, List<List<HeaderRef>> elements, int nextSlot) {

  int depth() {
    return elements.size();
  }

  /** {@code push_front}, P4-16 §8.18: the new elements are invalid, the last ones fall out. */
  void push(long[] f, long count) {
    int n = (int) Math.min(count, depth());
    f[nextSlot] = Math.min(depth(), f[nextSlot] + n);
    for (int i = depth() - 1; i >= n; i--) {
      move(f, elements.get(i), elements.get(i - n));
    }
    for (int i = 0; i < n; i++) {
      clear(f, elements.get(i));
    }
  }

  /** {@code pop_front}, P4-16 §8.18. */
  void pop(long[] f, long count) {
    int n = (int) Math.min(count, depth());
    f[nextSlot] = Math.max(0, f[nextSlot] - n);
    for (int i = 0; i < depth() - n; i++) {
      move(f, elements.get(i), elements.get(i + n));
    }
    for (int i = depth() - n; i < depth(); i++) {
      clear(f, elements.get(i));
    }
  }

  void assign(long[] f, StackRef from) {
    f[nextSlot] = f[from.nextSlot];
    for (int i = 0; i < depth(); i++) {
      assignUnion(f, elements.get(i), from.elements.get(i));
    }
  }

  static void assignUnion(long[] f, List<HeaderRef> to, List<HeaderRef> from) {
    for (int i = 0; i < to.size(); i++) {
      HeaderRef.assign(f, to.get(i), from.get(i));
    }
  }

  private static void move(long[] f, List<HeaderRef> to, List<HeaderRef> from) {
    for (int i = 0; i < to.size(); i++) {
      System.arraycopy(f, from.get(i).base, f, to.get(i).base, to.get(i).slots);
    }
  }

  private static void clear(long[] f, List<HeaderRef> element) {
    for (int i = 0; i < element.size(); i++) {
      HeaderRef h = element.get(i);
      Arrays.fill(f, h.base, h.base + h.slots, 0);
    }
  }
}
