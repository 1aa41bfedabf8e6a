package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TimeWindow;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much of a link is booked, over time: a step function. Immutable.
 *
 * <p>What lies before the time it was last changed at is forgotten.
 */
public final class Calendar {
  public static final Calendar EMPTY = new Calendar(0, new long[] {0}, new long[] {0});

  private final long sinceMs;
  private final long[] startMs; // of each step, ascending; a step lasts until the next
  private final long[] bps;
  private final long[] peakBps; // of a step and all behind it

  private Calendar(long sinceMs, long[] startMs, long[] bps) {
    this.sinceMs = sinceMs;
    this.startMs = startMs;
    this.bps = bps;
    peakBps = bps.clone();
    for (int i = bps.length - 2; i >= 0; i--) {
      peakBps[i] = Math.max(peakBps[i], peakBps[i + 1]);
    }
  }

  /**
   * With a booking added, or removed when {@code addBps} is negative.
   *
   * @param nowMs what lies before will not be asked for any more
   */
  public Calendar with(TimeWindow w, long addBps, long nowMs) {
    long since = Math.max(sinceMs, nowMs);
    long from = Math.max(w.startMs(), sinceMs);
    long to = w.endMs();
    int most = startMs.length + 2;
    long[] starts = new long[most];
    long[] levels = new long[most];
    int n = 0;
    int i = 0;
    long at = startMs[0];
    // Walks over the old steps and the two ends of the window, in order of time.
    while (at != TimeWindow.FOREVER) {
      while (i + 1 < startMs.length && startMs[i + 1] <= at) {
        i++;
      }
      long level = bps[i] + (at >= from && at < to ? addBps : 0);
      if (n > 0 && at <= since) {
        n--; // the step before ended in the past
      }
      if (n == 0 || levels[n - 1] != level) {
        starts[n] = at;
        levels[n++] = level;
      }
      long next = i + 1 < startMs.length ? startMs[i + 1] : TimeWindow.FOREVER;
      next = from > at ? Math.min(next, from) : next;
      at = to > at ? Math.min(next, to) : next;
    }
    return n == 1 && levels[0] == 0
        ? since == 0 ? EMPTY : new Calendar(since, new long[] {0}, new long[] {0})
        : new Calendar(since, Arrays.copyOf(starts, n), Arrays.copyOf(levels, n));
  }

  /** The most that is booked at any moment of a window. */
  public long peakBps(TimeWindow w) {
    int first = stepAt(w.startMs());
    if (w.endMs() == TimeWindow.FOREVER) {
      return peakBps[first];
    }
    long peak = 0;
    for (int i = first; i < bps.length && (i == first || startMs[i] < w.endMs()); i++) {
      peak = Math.max(peak, bps[i]);
    }
    return peak;
  }

  /** The most that is booked at any time. */
  public long peakBps() {
    return peakBps[0];
  }

  /**
   * The first moment from which no more than {@code limitBps} is booked for so long; {@link
   * TimeWindow#FOREVER}: none.
   */
  public long nextFit(long fromMs, long durationMs, long limitBps) {
    if (limitBps < 0) {
      return TimeWindow.FOREVER;
    }
    long at = fromMs;
    for (int i = stepAt(fromMs); i < bps.length; i++) {
      if (bps[i] > limitBps) {
        at = i + 1 < bps.length ? startMs[i + 1] : TimeWindow.FOREVER;
      } else if (i + 1 == bps.length
          || TimeWindow.lasting(at, durationMs).endMs() <= startMs[i + 1]) {
        return at;
      }
    }
    return TimeWindow.FOREVER;
  }

  /** What a calendar is made of, to be written down: see {@link #of}. */
  public record Steps(long sinceMs, List<Long> startMs, List<Long> bps) {
    public Steps {
      startMs = List.copyOf(startMs);
      bps = List.copyOf(bps);
      Invalid.unless(
          !startMs.isEmpty() && startMs.size() == bps.size(),
          "startMs",
          startMs.size() + " steps with " + bps.size() + " levels are no calendar");
    }
  }

  public Steps steps() {
    return new Steps(
        sinceMs, Arrays.stream(startMs).boxed().toList(), Arrays.stream(bps).boxed().toList());
  }

  /** The calendar that was written down. */
  public static Calendar of(Steps steps) {
    return new Calendar(
        steps.sinceMs,
        steps.startMs.stream().mapToLong(Long::longValue).toArray(),
        steps.bps.stream().mapToLong(Long::longValue).toArray());
  }

  /** The last step that begins at or before a moment; the first, if none does. */
  private int stepAt(long ms) {
    int i = Arrays.binarySearch(startMs, ms);
    return i >= 0 ? i : Math.max(0, -i - 2);
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Calendar c
        && c.sinceMs == sinceMs
        && Arrays.equals(c.startMs, startMs)
        && Arrays.equals(c.bps, bps);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(startMs) + Arrays.hashCode(bps);
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder("[");
    for (int i = 0; i < bps.length; i++) {
      s.append(i > 0 ? ", " : "").append(startMs[i]).append(": ").append(bps[i]);
    }
    return s.append(']').toString();
  }
}
