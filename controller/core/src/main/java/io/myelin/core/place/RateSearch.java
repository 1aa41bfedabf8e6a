package io.myelin.core.place;

import io.myelin.core.model.Invalid;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The highest rate that fits, by bisection over a trial.
 *
 * <p>Placement is a heuristic: it may fail at a rate and succeed at a higher one. So nothing is
 * concluded about rates that were not tried, except above a bound that a trial proved; and what is
 * named is always a rate at which the trial succeeded.
 */
public final class RateSearch {
  /**
   * Rates that are tried at most: the bounds of up to three cuts, eight halvings that come to 0.5
   * %, and the lowest rate of use where nothing else fitted.
   */
  public static final int MAX_TRIES = 12;

  /**
   * The search ends once it knows the rate to this part, 0.5 %, of the lowest that is known not to
   * fit; at its last try it knows it to that part of the highest rate of use.
   */
  public static final int STEPS = 200;

  /** Bounds that are tried as they are; further ones only narrow the range. */
  private static final int MAX_BOUNDS = 3;

  /** Of a search that knows nothing beforehand. */
  public static final long NONE_LIKELY = 0;

  private RateSearch() {}

  /** What came of one rate. */
  public sealed interface Tried<T> {}

  /** It fits, and this is how. */
  public record Fits<T>(T how) implements Tried<T> {}

  /**
   * It does not fit.
   *
   * @param atMost no rate above this fits, whatever the arrangement; one less than the rate that
   *     was tried where nothing is known
   */
  public record TooMuch<T>(long atMost) implements Tried<T> {}

  /** The rate that was found, and how it fits. */
  public record Found<T>(long rate, T how) {}

  /**
   * The highest rate of a range at which a trial succeeds, to 0.5 % of the highest of the range.
   *
   * @param least lowest rate of use, from 1; in any unit
   * @param most highest rate of use; below {@code least}: nothing is tried
   * @param likely a rate that is expected to fit, tried first; {@link #NONE_LIKELY}: none
   * @param trial called {@link #MAX_TRIES} times at most, with rates of the range
   * @return null: none of the rates that were tried fits
   */
  public static <T> @Nullable Found<T> highest(
      long least, long most, long likely, LongFunction<Tried<T>> trial) {
    Invalid.unless(least >= 1, "least", least + " is not allowed; at least 1");
    long low = least - 1; // nothing up to here is of use, or it fits
    long high = Math.max(most, low) + 1; // nothing from here on fits, or is of use
    boolean bound = true; // whether the highest of the range may be what a cut leaves
    int bounds = 0;
    Found<T> best = null;
    for (int tries = 0; tries < MAX_TRIES && low + 1 < high; tries++) {
      boolean near = high - 1 - low <= (high - 1) / STEPS;
      long rate;
      if (tries == 0 && likely >= least && likely < high) {
        rate = likely;
      } else if (bound && bounds < MAX_BOUNDS) {
        bounds++;
        bound = false;
        rate = high - 1;
      } else if (best == null && (near || tries == MAX_TRIES - 1)) {
        rate = least;
      } else if (near) {
        break;
      } else {
        rate = low + (high - low) / 2;
      }
      Tried<T> tried = trial.apply(rate);
      if (tried instanceof Fits<T> fits) {
        best = new Found<>(rate, fits.how());
        low = rate;
      } else if (tried instanceof TooMuch<T> tooMuch) {
        bound |= tooMuch.atMost() < rate - 1;
        high = Math.min(high, Math.min(tooMuch.atMost(), rate - 1) + 1);
      }
      if (best == null && rate == least) {
        break; // the range may be wide, but nothing below helps, and above it gets only harder
      }
    }
    return best;
  }
}
