package io.myelin.core.pipeline;

import org.jspecify.annotations.Nullable;

/**
 * An entry that a table should hold.
 *
 * @param meter direct meter, where the table has one
 */
public record Entry(EntryKey key, EntryAction action, @Nullable Meter meter) {

  /**
   * RFC 2698 meter. Its units are those of the table's meter: bytes of Ethernet frames, or packets.
   *
   * @param committedPerS rate up to which packets are green
   * @param committedBurst burst of the committed rate
   * @param peakPerS rate above which packets are red
   * @param peakBurst burst of the peak rate
   */
  public record Meter(long committedPerS, long committedBurst, long peakPerS, long peakBurst) {}

  public Entry(EntryKey key, EntryAction action) {
    this(key, action, null);
  }
}
