package io.myelin.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.PortRef;
import org.junit.jupiter.api.Test;

/** What is known of a link, and how well. */
final class EstimatorTest {
  private static final long CAPACITY_BPS = 1_000_000_000;
  private static final long PERIOD_MS = 50;
  private static final PortRef PORT = new PortRef(new DeviceId("leaf1"), 1);

  private final Estimator estimator = new Estimator(PERIOD_MS);

  @Test
  void aLinkThatWasNeverMeasuredIsNotTakenForOneJustMeasured() {
    assertTrue(estimator.of(PORT, CAPACITY_BPS, 1_000).isUnknown());
    estimator.anticipate(PORT, 5e8, 1_000); // traffic is moved onto it before anything was heard
    Estimate e = estimator.of(PORT, CAPACITY_BPS, 1_010);
    assertEquals(0, e.confidence());
    assertTrue(e.isUnknown());
    assertEquals(0.5, e.utilisation(), 1e-9, "what was moved there is known");
  }

  @Test
  void confidenceFallsWithAge() {
    estimator.counters(PORT, new Estimator.Counters(0, 0, 0, 0), 1_000);
    assertEquals(1, estimator.of(PORT, CAPACITY_BPS, 1_000 + PERIOD_MS).confidence());
    assertEquals(0.5, estimator.of(PORT, CAPACITY_BPS, 1_000 + 2 * PERIOD_MS).confidence(), 1e-9);
  }

  @Test
  void theFirstReadingAtTimeZeroIsAReadingToo() {
    estimator.counters(PORT, new Estimator.Counters(0, 0, 0, 0), 0);
    assertEquals(0, estimator.of(PORT, CAPACITY_BPS, 0).ageMs());
    assertEquals(1, estimator.of(PORT, CAPACITY_BPS, 0).confidence());
  }
}
