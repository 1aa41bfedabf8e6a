package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** The highest rate that fits: within its bound on tries, and only one that was tried. */
final class RateSearchTest {

  /** Remembers what was tried. */
  private static final class Trial implements LongFunction<RateSearch.Tried<Long>> {
    private final LongPredicate fits;
    private final long cut;
    private final List<Long> tried = new ArrayList<>();

    /**
     * @param cut what refusals say that nothing above fits
     */
    Trial(long cut, LongPredicate fits) {
      this.fits = fits;
      this.cut = cut;
    }

    @Override
    public RateSearch.Tried<Long> apply(long rate) {
      tried.add(rate);
      return fits.test(rate)
          ? new RateSearch.Fits<>(rate)
          : new RateSearch.TooMuch<>(Math.min(cut, rate - 1));
    }
  }

  @Property(tries = 2000)
  void comesWithinHalfAPercentOfTheHighest(@ForAll long seed) {
    Random random = new Random(seed);
    long most = 1L + random.nextInt(1_000_000_000);
    long least = 1L + random.nextInt((int) Math.min(most, 1 + most / (1 + random.nextInt(50))));
    long threshold = least + (long) (random.nextDouble() * (most - least));
    long cut = random.nextBoolean() ? threshold + random.nextInt(1_000) : 2 * most;
    long likely = random.nextBoolean() ? RateSearch.NONE_LIKELY : 1L + random.nextInt((int) most);
    Trial trial = new Trial(cut, rate -> rate <= threshold);
    RateSearch.Found<Long> found = RateSearch.highest(least, most, likely, trial);
    String where = "seed " + seed + ", " + threshold + " of " + least + ".." + most + ": " + found;
    assertTrue(trial.tried.size() <= RateSearch.MAX_TRIES, where + " " + trial.tried);
    trial.tried.forEach(r -> assertTrue(r >= least && r <= most, where + " tried " + r));
    if (found == null) {
      // Far below what could fit, and above it the lowest of use was not reached.
      assertTrue(threshold < least || trial.tried.contains(least), where);
      return;
    }
    assertEquals(found.rate(), found.how(), where);
    assertTrue(found.rate() <= threshold, where);
    long refused = most + 1;
    for (long rate : trial.tried) {
      refused = rate > threshold ? Math.min(refused, Math.min(cut + 1, rate)) : refused;
    }
    boolean close = refused - 1 - found.rate() <= most / RateSearch.STEPS;
    assertTrue(close, where + ", refused " + refused + " " + trial.tried);
  }

  /** A heuristic that fails here and there. */
  @Property(tries = 500)
  void namesOnlyWhatWasTriedAndFitted(@ForAll long seed) {
    Random random = new Random(seed);
    TreeSet<Long> fitted = new TreeSet<>();
    Trial trial =
        new Trial(
            Long.MAX_VALUE,
            rate -> {
              boolean fits = random.nextInt(3) == 0;
              if (fits) {
                fitted.add(rate);
              }
              return fits;
            });
    RateSearch.Found<Long> found = RateSearch.highest(1, 1_000_000, RateSearch.NONE_LIKELY, trial);
    if (found == null) {
      assertTrue(fitted.isEmpty(), "seed " + seed);
    } else {
      assertTrue(fitted.contains(found.rate()), "seed " + seed);
      assertEquals(fitted.last(), found.rate(), "seed " + seed);
    }
    assertTrue(trial.tried.size() <= RateSearch.MAX_TRIES, "seed " + seed);
  }

  @Test
  void aCutThatIsExactIsFoundExactly() {
    Trial trial = new Trial(123_456_789, rate -> rate <= 123_456_789);
    RateSearch.Found<Long> found =
        RateSearch.highest(1, 400_000_000, RateSearch.NONE_LIKELY, trial);
    assertNotNull(found);
    assertEquals(123_456_789, found.rate());
    assertEquals(2, trial.tried.size());
  }

  @Test
  void saysWhenNothingOfUseFits() {
    Trial trial = new Trial(Long.MAX_VALUE, rate -> false);
    assertNull(RateSearch.highest(500, 1_000, RateSearch.NONE_LIKELY, trial));
    assertTrue(trial.tried.contains(500L), "the lowest of use is tried");
    assertNull(RateSearch.highest(500, 499, RateSearch.NONE_LIKELY, new Trial(0, rate -> true)));
  }
}
