package io.myelin.lab.roce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.time.VirtualScheduler;
import org.junit.jupiter.api.Test;

class DcqcnTest {
  private static final long LINE_BPS = 100_000_000_000L;

  /** 4,096 bytes of payload, 58 of headers, 24 of preamble, FCS and gap. */
  private static final long PACKET_BITS = 4178 * 8;

  private final VirtualScheduler clock = new VirtualScheduler();
  private final QueuePair qp = host().openQp(5, new byte[] {10, 0, 0, 2}, 6);
  private final Dcqcn vendor = published(Dcqcn.Parameters.VENDOR, LINE_BPS);

  private Dcqcn published(Dcqcn.Parameters p, long lineBps) {
    return new Dcqcn(p, Dcqcn.PacketTimes.NONE, clock, qp, PACKET_BITS, lineBps);
  }

  private RoceHost host() {
    RoceHost.Config c =
        new RoceHost.Config(1, new byte[] {10, 0, 0, 1}, LINE_BPS, 4096, 64, 4, 1_000_000);
    return new RoceHost(c, clock, f -> {});
  }

  private void pass(long ns) {
    clock.runUntil(clock.nowNs() + ns);
  }

  @Test
  void theFirstNotificationHalvesTheRate() {
    assertEquals(QueuePair.UNLIMITED_BPS, qp.rateBps());
    vendor.notified();
    assertEquals(LINE_BPS / 2, qp.rateBps());
  }

  @Test
  void cutsKeepTheirDistance() {
    vendor.notified();
    pass(3_999);
    vendor.notified();
    assertEquals(LINE_BPS / 2, qp.rateBps());
    pass(1);
    vendor.notified();
    assertTrue(qp.rateBps() < LINE_BPS * 0.26, "alpha is still almost 1");
  }

  @Test
  void alphaForgetsByHalfInTheIntervalsThatGSays() {
    vendor.notified();
    // (1 - 1/256)^177 is a half.
    pass(178 * 1_000 + 999);
    vendor.notified();
    assertEquals(0.5 * (1 - 1.0 / 256) + 1.0 / 256, vendor.alpha(), 0.002);
    assertEquals(37.5e9, (double) qp.rateBps(), 0.1e9);
  }

  @Test
  void fastRecoveryGoesHalfWayBackAndThenTheTargetRises() {
    vendor.notified();
    vendor.notified(); // too early to cut again: one cut, target is the line
    pass(300_000);
    assertEquals(75e9, (double) qp.rateBps(), 1e6);
    pass(9 * 300_000);
    assertEquals(QueuePair.UNLIMITED_BPS, qp.rateBps(), "within a thousandth of the line");
    assertEquals(0, clock.pending(), "nothing ticks for a queue pair at line rate");
  }

  @Test
  void stepsGrowFromAdditiveToHyper() {
    vendor.notified();
    pass(4_000);
    vendor.notified(); // target is 50 Gb/s now
    double current = (double) qp.rateBps();
    double target = LINE_BPS / 2.0;
    for (int raise = 1; raise <= 8; raise++) {
      pass(300_000);
      target += raise <= 1 ? 0 : raise == 2 ? 50e6 : 100e6;
      current = (current + target) / 2;
      assertEquals(current, (double) qp.rateBps(), 2, "raise " + raise);
    }
  }

  @Test
  void thePapersByteCounterRaisesToo() {
    Dcqcn paper = published(Dcqcn.Parameters.SIGCOMM_2015, 40_000_000_000L);
    paper.notified();
    assertEquals(20_000_000_000L, qp.rateBps());
    paper.sent(9_999_999);
    assertEquals(20_000_000_000L, qp.rateBps());
    paper.sent(1);
    assertEquals(30_000_000_000L, qp.rateBps());
    // Five raises of each kind are fast recovery; additive as soon as one kind has more.
    paper.notified();
    double target = 30e9;
    double current = (double) qp.rateBps();
    for (int raise = 1; raise <= 7; raise++) {
      paper.sent(10_000_000);
      target += raise > 5 ? 40e6 : 0;
      current = (current + target) / 2;
      assertEquals(current, (double) qp.rateBps(), 2, "raise " + raise);
    }
  }

  @Test
  void theRateNeverFallsBelowTheLeast() {
    for (int i = 0; i < 100; i++) {
      vendor.notified();
      pass(4_000);
    }
    assertEquals(100_000_000, qp.rateBps());
  }

  @Test
  void atSlowRatesMarksAreRememberedFromPacketToPacket() {
    Dcqcn slow = fitting();
    slow.notified();
    pass(7 * packetNs(SLOW_BPS / 2.0));
    slow.notified();
    // 6 quiet intervals of one packet time; by the published times alpha would be 0 by then.
    assertEquals(Math.pow(15.0 / 16, 7) + 1.0 / 16, slow.alpha(), 0.005);
    assertEquals(SLOW_BPS / 2, qp.rateBps(), "cuts are twelve packet times apart");
  }

  @Test
  void atSlowRatesARaiseNeedsTwentyPacketsAndBeginsWithATwentieth() {
    Dcqcn slow = fitting();
    slow.notified();
    pass(12 * packetNs(SLOW_BPS / 2.0) + 1);
    double target = (double) qp.rateBps(); // one raise after the first cut
    assertEquals(0.75 * SLOW_BPS, target, 2);
    slow.notified();
    double current = (double) qp.rateBps();
    pass(1_000); // the clock is 1 us behind each raise from here on
    for (int raise = 1; raise <= 8; raise++) {
      long wait = (raise <= 5 ? 8 : 20) * packetNs(current);
      pass(wait - 2_000);
      assertEquals(current, (double) qp.rateBps(), 2, "too early for raise " + raise);
      pass(2_000);
      double largest = current / 20 * (1 << Math.max(0, raise - 6));
      target += raise <= 5 ? 0 : Math.min(largest, steep(raise == 6 ? 20e3 : 40e3, wait));
      target = Math.min(target, SLOW_BPS);
      current = (current + target) / 2;
      assertEquals(current, (double) qp.rateBps(), 4, "raise " + raise);
    }
  }

  /** A step of the published steepness: so much every 300 us. */
  private static double steep(double bps, long waitNs) {
    return bps * waitNs / 300_000;
  }

  @Test
  void aLossHalvesTheRateWhereAPolicerMayDrop() {
    Dcqcn slow = fitting();
    slow.lost();
    assertEquals(SLOW_BPS / 2, qp.rateBps());
    slow.lost();
    assertEquals(SLOW_BPS / 2, qp.rateBps(), "one cut for what was lost together");
    qp.setRateBps(QueuePair.UNLIMITED_BPS);
    vendor.lost();
    assertEquals(QueuePair.UNLIMITED_BPS, qp.rateBps(), "published DCQCN knows marks only");
  }

  @Test
  void aLossSaysNothingAboutHowManyPacketsAreMarked() {
    Dcqcn slow = fitting();
    slow.notified();
    pass(30 * packetNs(SLOW_BPS / 2.0));
    slow.notified();
    double alpha = slow.alpha();
    assertTrue(alpha < 0.3, "forgotten in 30 packets: " + alpha);
    pass(30 * packetNs(SLOW_BPS / 2.0));
    slow.lost();
    assertEquals(alpha, slow.alpha(), 1e-9);
  }

  @Test
  void whatIsCutIsWhatAQueuePairUsesOfAPortThatItShares() {
    Dcqcn slow = fitting();
    send(slow, 20, SLOW_BPS / 4.0);
    slow.notified();
    assertEquals(SLOW_BPS / 8.0, (double) qp.rateBps(), 1e4);
    // After a pause it is not known what is used: the current rate is cut.
    Dcqcn paused = fitting();
    send(paused, 20, SLOW_BPS / 4.0);
    pass(100 * packetNs(SLOW_BPS / 4.0));
    send(paused, 2, SLOW_BPS);
    paused.notified();
    assertEquals(SLOW_BPS / 2, qp.rateBps());
  }

  @Test
  void aRateThatIsNotUsedDoesNotRiseAboveWhatWasCut() {
    Dcqcn slow = fitting();
    send(slow, 20, SLOW_BPS / 4.0);
    slow.notified();
    for (int i = 0; i < 40; i++) {
      send(slow, 20, SLOW_BPS / 8.0); // others at the port leave it no more
    }
    assertEquals(SLOW_BPS / 4.0, (double) qp.rateBps(), SLOW_BPS / 100.0);
    for (int i = 0; i < 40; i++) {
      send(slow, 20, Math.min(SLOW_BPS, (double) qp.rateBps()));
    }
    assertEquals(QueuePair.UNLIMITED_BPS, qp.rateBps());
  }

  private void send(Dcqcn by, int packets, double rateBps) {
    for (int i = 0; i < packets; i++) {
      by.sent(4154);
      pass(packetNs(rateBps));
    }
  }

  private static final long SLOW_BPS = 40_000_000;

  private Dcqcn fitting() {
    return new Dcqcn(
        Dcqcn.Parameters.forPort(SLOW_BPS),
        Dcqcn.PacketTimes.FITTING,
        clock,
        qp,
        PACKET_BITS,
        SLOW_BPS);
  }

  private static long packetNs(double rateBps) {
    return (long) (PACKET_BITS * 1e9 / rateBps);
  }
}
