package io.myelin.core.tables;

import org.jspecify.annotations.Nullable;

/**
 * An entry that a table should hold.
 *
 * @param meter direct meter, where the table has one
 */
public record Entry(EntryKey key, EntryAction action, @Nullable Meter meter) {

  /**
   * RFC 2698 meter over bytes of Ethernet frames.
   *
   * @param committedBytesPerS rate up to which packets are green
   * @param committedBurstBytes burst of the committed rate
   * @param peakBytesPerS rate above which packets are red
   * @param peakBurstBytes burst of the peak rate
   */
  public record Meter(
      long committedBytesPerS, long committedBurstBytes, long peakBytesPerS, long peakBurstBytes) {}

  public Entry(EntryKey key, EntryAction action) {
    this(key, action, null);
  }
}
