package io.myelin.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Counters of packets and bytes. Only the packet thread counts and only control threads set, each
 * in words of its own (a value is what was counted minus what was there when it was last set), so
 * that counting needs no atomic instruction.
 */
final class CounterArray {
  private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[] counted;
  private final long[] origin;

  CounterArray(int size) {
    counted = new long[2 * size];
    origin = new long[2 * size];
  }

  int size() {
    return counted.length / 2;
  }

  /** Counts a packet; out of bounds nothing happens, as in BMv2. */
  void count(int index, int bytes) {
    if (index < counted.length / 2) {
      WORD.setOpaque(counted, 2 * index, counted[2 * index] + 1);
      WORD.setOpaque(counted, 2 * index + 1, counted[2 * index + 1] + bytes);
    }
  }

  CounterValue get(int index) {
    return new CounterValue(word(2 * index), word(2 * index + 1));
  }

  private long word(int i) {
    return (long) WORD.getOpaque(counted, i) - (long) WORD.getOpaque(origin, i);
  }

  void set(int index, CounterValue value) {
    WORD.setOpaque(origin, 2 * index, (long) WORD.getOpaque(counted, 2 * index) - value.packets());
    WORD.setOpaque(
        origin, 2 * index + 1, (long) WORD.getOpaque(counted, 2 * index + 1) - value.bytes());
  }
}
