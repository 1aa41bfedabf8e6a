package io.myelin.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
    estimator.counters(PORT, new Estimator.Counters(0, 0, 0, 0), 1_000, 1_000);
    assertEquals(1, estimator.of(PORT, CAPACITY_BPS, 1_000 + PERIOD_MS).confidence());
    assertEquals(0.5, estimator.of(PORT, CAPACITY_BPS, 1_000 + 2 * PERIOD_MS).confidence(), 1e-9);
  }

  @Test
  void theFirstReadingAtTimeZeroIsAReadingToo() {
    estimator.counters(PORT, new Estimator.Counters(0, 0, 0, 0), 0, 0);
    assertEquals(0, estimator.of(PORT, CAPACITY_BPS, 0).ageMs());
    assertEquals(1, estimator.of(PORT, CAPACITY_BPS, 0).confidence());
  }

  private void read(long bytes, long askedMs, long atMs) {
    estimator.counters(PORT, new Estimator.Counters(bytes, bytes, bytes, 0), askedMs, atMs);
  }

  @Test
  void aRateIsKnownOnceItWasReadTwiceAndUntilItIsOld() {
    assertFalse(estimator.knows(PORT, 0));
    read(0, 1_000, 1_001);
    assertFalse(estimator.knows(PORT, 1_001), "no rate yet");
    read(1_000, 1_000 + PERIOD_MS, 1_001 + PERIOD_MS);
    assertTrue(estimator.knows(PORT, 1_001 + PERIOD_MS));
    assertTrue(estimator.knows(PORT, 1_000 + 3 * PERIOD_MS), "one reading may be missed");
    assertFalse(estimator.knows(PORT, 1_001 + 3 * PERIOD_MS));
  }

  @Test
  void aRateOfReadingsThatTookLongIsNotKnown() {
    read(0, 0, 0);
    read(1_000, PERIOD_MS, PERIOD_MS + PERIOD_MS / 2);
    assertFalse(estimator.knows(PORT, 2 * PERIOD_MS), "read at any time within half a period");
    read(2_000, 3 * PERIOD_MS, 3 * PERIOD_MS);
    assertFalse(estimator.knows(PORT, 3 * PERIOD_MS), "its first reading was late");
    read(3_000, 4 * PERIOD_MS, 4 * PERIOD_MS);
    assertTrue(estimator.knows(PORT, 4 * PERIOD_MS));
  }

  @Test
  void aSwitchThatStartedAnewIsNotKnown() {
    read(5_000, 0, 0);
    read(9_000, PERIOD_MS, PERIOD_MS);
    read(10, 2 * PERIOD_MS, 2 * PERIOD_MS);
    assertFalse(estimator.knows(PORT, 2 * PERIOD_MS));
  }
}
