package io.myelin.core.model;

/**
 * A stretch of time.
 *
 * @param startMs first millisecond, since 1970
 * @param endMs first millisecond behind it; {@link #FOREVER} for none
 */
public record TimeWindow(long startMs, long endMs) {
  public static final long FOREVER = Long.MAX_VALUE;

  /** All time. */
  public static final TimeWindow ALWAYS = new TimeWindow(0, FOREVER);

  public TimeWindow {
    Invalid.unless(startMs >= 0, "start", startMs + " ms is not allowed; since 1970");
    Invalid.unless(endMs > startMs, "end", "is not behind the start");
  }

  /** From a moment on, for so long; {@link #FOREVER} lasts for ever. */
  public static TimeWindow lasting(long startMs, long durationMs) {
    long end = durationMs >= FOREVER - startMs ? FOREVER : startMs + durationMs;
    return new TimeWindow(startMs, end);
  }

  /** {@link #FOREVER} when it does not end. */
  public long durationMs() {
    return endMs == FOREVER ? FOREVER : endMs - startMs;
  }

  public boolean overlaps(TimeWindow o) {
    return startMs < o.endMs && o.startMs < endMs;
  }

  /** The same length, from another moment on. */
  public TimeWindow from(long ms) {
    return lasting(ms, durationMs());
  }
}
