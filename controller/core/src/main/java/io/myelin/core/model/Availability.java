package io.myelin.core.model;

import java.util.List;

/**
 * When a link is there: a satellite that passes, a cable that is maintained at night.
 *
 * @param open when it can be used; empty: always
 * @param closed when it cannot, even so: maintenance
 */
public record Availability(List<Recurrence> open, List<Recurrence> closed) {
  public static final Availability ALWAYS = new Availability(List.of(), List.of());

  /** Bound on windows that a search for the next opening steps over. */
  private static final int MAX_STEPS = 10_000;

  /**
   * A stretch of time, once or again and again.
   *
   * @param everyMs from one start to the next; 0: once
   */
  public record Recurrence(long startMs, long endMs, long everyMs) {
    public Recurrence {
      Invalid.unless(startMs >= 0, "from", startMs + " ms is not allowed; since 1970");
      Invalid.unless(endMs > startMs, "to", "is not behind 'from'");
      Invalid.unless(
          everyMs == 0 || (everyMs > endMs - startMs && endMs != TimeWindow.FOREVER),
          "every",
          everyMs + " ms is not allowed; it must be longer than the window");
    }

    /** The start of the window that contains a moment; -1: none does. */
    private long startAt(long ms) {
      if (ms < startMs) {
        return -1;
      }
      long start = everyMs == 0 ? startMs : ms - (ms - startMs) % everyMs;
      return ms < start + (endMs - startMs) ? start : -1;
    }

    private long endAt(long ms) {
      long start = startAt(ms);
      return start < 0 ? -1 : start + (endMs - startMs);
    }

    /** The first start at or after a moment. */
    private long nextStart(long ms) {
      if (ms <= startMs) {
        return startMs;
      }
      if (everyMs == 0) {
        return TimeWindow.FOREVER;
      }
      long since = (ms - startMs) % everyMs;
      return since == 0 ? ms : ms + everyMs - since;
    }
  }

  public Availability {
    open = List.copyOf(open);
    closed = List.copyOf(closed);
  }

  public boolean isAlways() {
    return open.isEmpty() && closed.isEmpty();
  }

  /** Whether it is there for all of a window. */
  public boolean covers(TimeWindow w) {
    return isAlways() || openUntil(w.startMs(), w.endMs()) >= w.endMs();
  }

  /**
   * Until when it stays, from a moment on; that moment itself when it is not there.
   *
   * @param limitMs later does not matter: what is returned may be less exact behind it
   */
  public long openUntil(long ms, long limitMs) {
    long end = ms;
    if (open.isEmpty()) {
      end = TimeWindow.FOREVER;
    } else {
      // Each step goes to the end of a window that overlaps what was reached so far.
      for (int i = 0; i < MAX_STEPS && end < limitMs; i++) {
        long further = end;
        for (Recurrence r : open) {
          further = Math.max(further, r.endAt(end));
        }
        if (further == end) {
          break;
        }
        end = further;
      }
    }
    for (Recurrence r : closed) {
      end = Math.min(end, r.startAt(ms) >= 0 ? ms : r.nextStart(ms));
    }
    return end;
  }

  /**
   * The first moment from which it stays for so long; {@link TimeWindow#FOREVER}: none was found.
   *
   * @param durationMs {@link TimeWindow#FOREVER}: for ever
   */
  public long nextFit(long fromMs, long durationMs) {
    long at = fromMs;
    for (int i = 0; i < MAX_STEPS && at != TimeWindow.FOREVER; i++) {
      long needed = TimeWindow.lasting(at, durationMs).endMs();
      long until = openUntil(at, needed);
      if (until >= needed) {
        return at;
      }
      at = nextOpening(until);
    }
    return TimeWindow.FOREVER;
  }

  /** The first moment after one at which it is not there, when it is there again. */
  private long nextOpening(long ms) {
    long next = ms;
    for (Recurrence r : closed) {
      next = Math.max(next, r.endAt(next));
    }
    if (open.isEmpty()) {
      return next;
    }
    long start = TimeWindow.FOREVER;
    for (Recurrence r : open) {
      start = Math.min(start, r.startAt(next) >= 0 ? next : r.nextStart(next));
    }
    return start;
  }
}
