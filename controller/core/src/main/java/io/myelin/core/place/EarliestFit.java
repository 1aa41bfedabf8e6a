package io.myelin.core.place;

import io.myelin.core.model.TimeWindow;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.LongPredicate;

/**
 * From when something would fit that does not fit now.
 *
 * @param ms milliseconds since 1970; 0 unless it is known
 */
public record EarliestFit(Certainty certainty, long ms) {
  /** Moments that are tried at most: bisection over the ends of 1,024 leases. */
  public static final int MAX_TRIES = 12;

  /** What the search came to. */
  public enum Certainty {
    /** It fits from that moment. */
    KNOWN,
    /** It fits at no time, as far as leases are booked. */
    NEVER,
    /** It was not found at any moment that was tried; there are others. */
    UNKNOWN
  }

  public static final EarliestFit NEVER = new EarliestFit(Certainty.NEVER, 0);
  public static final EarliestFit UNKNOWN = new EarliestFit(Certainty.UNKNOWN, 0);

  static EarliestFit at(long ms) {
    return new EarliestFit(Certainty.KNOWN, ms);
  }

  /**
   * Moments within a window, its ends left out, at which room may come: when leases end; and the
   * first millisecond, for what is on its way out of the switches.
   */
  static long[] moments(FabricState state, TimeWindow window) {
    TreeSet<Long> all = new TreeSet<>();
    all.add(window.startMs() + 1);
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease lease = e.getValue();
      if (lease.state().lives()) {
        all.add(lease.window().endMs());
      }
    }
    return all.subSet(window.startMs(), false, window.endMs(), false).stream()
        .mapToLong(Long::longValue)
        .toArray();
  }

  /**
   * The first of some moments from which it fits, where what fits at a moment also fits later, as
   * it does while nothing but ends of leases comes. Else a moment at which it fits, and perhaps not
   * the first.
   *
   * @param state whose links may come and go by themselves: then other moments might do
   * @param moments ascending
   * @param fits called {@link #MAX_TRIES} times at most
   */
  static EarliestFit first(FabricState state, long[] moments, LongPredicate fits) {
    EarliestFit first = first(moments, fits);
    return first.certainty == Certainty.NEVER && !linksStay(state) ? UNKNOWN : first;
  }

  private static boolean linksStay(FabricState state) {
    for (int l = 0; l < state.topology().fabricLinks(); l++) {
      if (!state.topology().availability(l).isAlways()) {
        return false;
      }
    }
    return true;
  }

  private static EarliestFit first(long[] moments, LongPredicate fits) {
    if (moments.length == 0) {
      return NEVER;
    }
    int last = moments.length - 1;
    if (fits.test(moments[0])) {
      return at(moments[0]);
    }
    int tries = 1;
    if (last == 0 || !fits.test(moments[last])) {
      // What is booked for later may be in the way at the end: then there may be a gap before it.
      for (int i = 1; i < last && ++tries < MAX_TRIES; i++) {
        if (fits.test(moments[i])) {
          return at(moments[i]);
        }
      }
      return moments.length <= MAX_TRIES ? NEVER : UNKNOWN;
    }
    int no = 0;
    int yes = last;
    for (tries = 2; tries < MAX_TRIES && yes - no > 1; tries++) {
      int middle = (no + yes) >>> 1;
      if (fits.test(moments[middle])) {
        yes = middle;
      } else {
        no = middle;
      }
    }
    return at(moments[yes]);
  }
}
