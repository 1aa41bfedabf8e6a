package io.myelin.core.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.PortRef;
import java.util.Random;
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
    estimator.counters(PORT, new Estimator.Counters(0, 0, 0, 0, 0), 1_000, 1_000, 1_000_000);
    assertEquals(1, estimator.of(PORT, CAPACITY_BPS, 1_000 + PERIOD_MS).confidence());
    assertEquals(0.5, estimator.of(PORT, CAPACITY_BPS, 1_000 + 2 * PERIOD_MS).confidence(), 1e-9);
  }

  @Test
  void theFirstReadingAtTimeZeroIsAReadingToo() {
    estimator.counters(PORT, new Estimator.Counters(0, 0, 0, 0, 0), 0, 0, 0);
    assertEquals(0, estimator.of(PORT, CAPACITY_BPS, 0).ageMs());
    assertEquals(1, estimator.of(PORT, CAPACITY_BPS, 0).confidence());
  }

  private void read(long bytes, long askedMs, long atMs) {
    estimator.counters(
        PORT, new Estimator.Counters(bytes, bytes, bytes, 0, 0), askedMs, atMs, atMs * 1_000);
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

  /** What a switch on a starved machine sent in its half second was not sent in our second. */
  @Test
  void ratesAreByTheClockOfTheSwitch() {
    SwitchClocks clocks = new SwitchClocks();
    DeviceId leaf = PORT.device();
    long behindUs = 0;
    clocks.heard(leaf, 7_000_000, 0);
    for (long ms = 0; ms <= 2_000; ms += 50) {
      clocks.heard(leaf, 7_000_000 + ms * 500, ms); // half as fast
      if (ms % 1_000 == 0) {
        estimator.counters(
            PORT, new Estimator.Counters(0, ms * 30_000, 0, 0, 0), ms, ms, clocks.us(leaf, ms));
      }
      behindUs = ms * 500;
    }
    assertEquals(2_000_000 - behindUs, clocks.us(leaf, 2_000));
    assertEquals(480e6, estimator.bps(PORT), 1);
  }

  @Test
  void aClockThatGoesBackStartedAnew() {
    SwitchClocks clocks = new SwitchClocks();
    DeviceId leaf = PORT.device();
    assertEquals(1_000_000, clocks.us(leaf, 1_000), "nothing was heard: it is ours");
    clocks.heard(leaf, 900_000_000, 1_000);
    clocks.heard(leaf, 900_500_000, 2_000);
    assertEquals(1_500_000, clocks.us(leaf, 2_000));
    clocks.heard(leaf, 3, 3_000); // it started anew
    assertEquals(2_500_000, clocks.us(leaf, 3_000));
    clocks.heard(leaf, 1_000_003, 4_000);
    assertEquals(3_500_000, clocks.us(leaf, 4_000));
    clocks.heard(leaf, 999_003, 4_000); // it was overtaken
    clocks.heard(leaf, 1_002_003, 4_002);
    assertEquals(3_502_000, clocks.us(leaf, 4_002));
    clocks.heard(leaf, 1_002_003, 5_000); // it stands still: no rate is known by it
    assertEquals(3_502_000, clocks.us(leaf, 5_000));
    clocks.forget(leaf);
    assertEquals(6_000_000, clocks.us(leaf, 6_000));
  }

  @Test
  void aLatePacketMakesNoRateLower() {
    estimator.counters(PORT, new Estimator.Counters(0, 0, 0, 0, 0), 0, 0, 0);
    // The one before the first reading was late, the one before the second was not.
    estimator.counters(
        PORT, new Estimator.Counters(0, 1_000_000, 0, 0, 0), 1_000, 1_000, 1_200_000);
    assertEquals(8e6, estimator.bps(PORT), 1);
  }

  @Test
  void theHighestRateIsOfTheLastReadings() {
    assertEquals(Double.MAX_VALUE, estimator.highestBps(PORT), "nothing was read");
    read(0, 0, 0);
    read(6_000_000, 1_000, 1_000);
    read(7_000_000, 2_000, 2_000);
    assertEquals(Double.MAX_VALUE, estimator.highestBps(PORT), "not often enough yet");
    read(8_000_000, 3_000, 3_000);
    assertEquals((6_000_000 + 24 * 6e6) * 8, estimator.highestBps(PORT), 1);
    read(9_000_000, 4_000, 4_000);
    assertEquals((1_000_000 + 24 * 1e6) * 8, estimator.highestBps(PORT), 1);
    estimator.anticipate(PORT, 5e6, 4_000);
    assertEquals((1_000_000 + 24 * 1e6) * 8 + 5e6, estimator.highestBps(PORT), 1);
    read(10, 5_000, 5_000); // it started anew
    assertEquals(Double.MAX_VALUE, estimator.highestBps(PORT));
  }

  /**
   * What tells a switch's time comes late, now and then by more than a period: single rates are too
   * low, but never all of the last ones.
   */
  @Test
  void theHighestRateIsNotTooLowForLatePackets() {
    long seed = 7;
    Random random = new Random(seed);
    SwitchClocks clocks = new SwitchClocks();
    DeviceId leaf = PORT.device();
    double lowest = Double.MAX_VALUE;
    double lowestSingle = Double.MAX_VALUE;
    for (long ms = 0; ms <= 200_000; ms += 1_000) {
      // Half as fast as we are; what was sent up to 600 ms ago is heard now.
      clocks.heard(leaf, (ms - random.nextInt(600)) * 500, ms);
      estimator.counters(
          PORT, new Estimator.Counters(0, ms * 60_000, 0, 0, 0), ms, ms, clocks.us(leaf, ms));
      if (ms >= 4_000) {
        lowest = Math.min(lowest, estimator.highestBps(PORT));
        lowestSingle = Math.min(lowestSingle, estimator.bps(PORT));
      }
    }
    double sent = 960e6; // by the switch's clock
    assertTrue(lowestSingle < 0.8 * sent, "seed " + seed + ": " + lowestSingle);
    // Three intervals are 1,500 ms of the switch; they seem longer by 300 ms at most.
    assertTrue(lowest >= sent * 1_500 / 1_800, "seed " + seed + ": " + lowest);
  }
}
