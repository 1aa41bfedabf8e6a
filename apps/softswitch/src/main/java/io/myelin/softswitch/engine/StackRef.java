package io.myelin.softswitch.engine;

import java.util.Arrays;
import java.util.List;

/**
 * A stack of headers, or of header unions. Its elements follow each other in the slots, so that a
 * push or a pop is one copy.
 *
 * @param elements per element, its headers: one, or the members of the union
 * @param nextSlot slot of the parser's {@code next} index
 */
record StackRef(String name, List<List<HeaderRef>> elements, int nextSlot, int base, int stride) {

  static StackRef of(String name, List<List<HeaderRef>> elements, int nextSlot) {
    int base = elements.get(0).get(0).base;
    int stride = elements.get(0).stream().mapToInt(h -> h.slots).sum();
    int at = base;
    for (List<HeaderRef> element : elements) {
      for (HeaderRef h : element) {
        if (h.base != at) {
          throw new InvalidProgramException(
              "the headers of stack " + name + " must be declared one behind the other");
        }
        at += h.slots;
      }
    }
    return new StackRef(name, elements, nextSlot, base, stride);
  }

  int depth() {
    return elements.size();
  }

  /** {@code push_front}, P4-16 §8.18: the new elements are invalid, the last ones fall out. */
  void push(long[] f, int count) {
    int n = Math.min(count, depth());
    f[nextSlot] = Math.min(depth(), f[nextSlot] + n);
    System.arraycopy(f, base, f, base + n * stride, (depth() - n) * stride);
    Arrays.fill(f, base, base + n * stride, 0);
  }

  /** {@code pop_front}, P4-16 §8.18. */
  void pop(long[] f, int count) {
    int n = Math.min(count, depth());
    f[nextSlot] = Math.max(0, f[nextSlot] - n);
    int kept = (depth() - n) * stride;
    System.arraycopy(f, base + n * stride, f, base, kept);
    Arrays.fill(f, base + kept, base + depth() * stride, 0);
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
}
