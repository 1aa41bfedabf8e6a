package io.myelin.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** An entry of a table. The match is final; action and meter are replaced as a whole. */
final class TableEntry {
  final long handle;
  final long[] value;
  final long[] mask;
  final KeyLayout.RangeCheck[] ranges;
  final int priority;
  final CounterArray counter;
  volatile Binding binding;
  volatile @Nullable Meter meter;
  private volatile long lastHitNs;

  TableEntry(
      long handle,
      long[] value,
      long[] mask,
      KeyLayout.RangeCheck[] ranges,
      int priority,
      Binding binding,
      CounterArray counter,
      long nowNs) {
    this.handle = handle;
    this.value = value;
    this.mask = mask;
    this.ranges = ranges;
    this.priority = priority;
    this.binding = binding;
    this.counter = counter;
    this.lastHitNs = nowNs;
  }

  /** Whether the ranges hold; the masked words have been compared. */
  boolean inRanges(long[] key) {
    for (KeyLayout.RangeCheck r : ranges) {
      if (!r.holds(key)) {
        return false;
      }
    }
    return true;
  }

  void hit(long nowNs) {
    // A volatile store costs a fence; once per microsecond is more than any idle timeout needs.
    if (nowNs - lastHitNs >= 1000) {
      lastHitNs = nowNs;
    }
  }

  long lastHitNs() {
    return lastHitNs;
  }
}
