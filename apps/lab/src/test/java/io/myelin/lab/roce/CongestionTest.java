package io.myelin.lab.roce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CongestionTest {

  @Test
  void marksOnDataCauseOneCnpPerIntervalAndQueuePair() {
    for (TwoHosts t :
        List.of(
            TwoHosts.unheeding(TwoHosts.V4_A, TwoHosts.V4_B),
            TwoHosts.unheeding(TwoHosts.V6_A, TwoHosts.V6_B))) {
      t.link.attachB(f -> t.b.deliver(Frames.isData(f) ? Frames.marked(f) : f));
      QueuePair one = t.connect(5);
      QueuePair two = t.connect(6);
      t.write(one, 1_000_000);
      t.write(two, 1_000_000);
      t.scheduler.runUntilIdle();
      long durationNs = t.completions.get(1).finishNs() - t.completions.get(0).startNs();
      long perPair = t.a.stats().cnpsReceived() / 2;
      // A packet comes every 0.6 us: a notification leaves with the first one after 4 us.
      assertNear(durationNs / t.b.dcqcn().cnpIntervalNs(), perPair, perPair / 7);
      assertTrue(perPair > 10, "CNPs " + perPair);
      assertEquals(t.a.stats().cnpsReceived(), t.b.stats().cnpsSent());
      assertEquals(t.a.stats().cnpsReceived(), one.cnpsReceived() + two.cnpsReceived());
      assertTrue(Math.abs(one.cnpsReceived() - two.cnpsReceived()) <= 1);
      assertEquals(2_000_000, t.b.stats().goodputBytes());
      assertEquals(0, t.b.stats().malformed() + t.b.stats().icrcErrors());
    }
  }

  @Test
  void dataAndControlHaveTheirOwnClasses() {
    for (TwoHosts t : List.of(TwoHosts.ipv4().recording(), TwoHosts.ipv6().recording())) {
      t.link.lose(0.1, 3);
      t.write(t.connect(5), 300_000);
      t.run(TwoHosts.SECOND_NS);
      assertTrue(t.a.stats().naksReceived() > 0, "seed 3");
      for (byte[] frame : Frames.all(t)) {
        if (Frames.isRoce(frame)) {
          int expected = Frames.isData(frame) ? 26 << 2 | 2 : 48 << 2;
          assertEquals(expected, Frames.trafficClass(frame), "opcode " + Frames.opcode(frame));
        }
      }
    }
  }

  @Test
  void pacingHoldsAQueuePairToItsRateAndLeavesTheRestToOthers() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair slow = t.connect(5);
    QueuePair fast = t.connect(6);
    slow.setRateBps(TwoHosts.RATE_BPS / 10);
    t.write(slow, 100_000_000);
    t.write(fast, 100_000_000);
    t.run(10_000_000);
    // 10 ms at 10 Gbit/s: 2991 packets of 4178 bytes on the wire.
    assertNear(299, t.b.stats().received(TwoHosts.V4_A, 1005), 4);
    assertNear(2692, t.b.stats().received(TwoHosts.V4_A, 1006), 15);
    slow.setRateBps(QueuePair.UNLIMITED_BPS);
    long before = t.b.stats().received(TwoHosts.V4_A, 1005);
    t.run(10_000_000);
    assertNear(1495, t.b.stats().received(TwoHosts.V4_A, 1005) - before, 15);
  }

  @Test
  void aRaisedRateTakesEffectAtOnce() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    qp.setRateBps(1_000); // one packet in half a minute
    t.write(qp, 100 * 4096);
    t.run(TwoHosts.SECOND_NS);
    assertEquals(1, t.a.stats().dataPacketsSent() - t.a.stats().retransmits());
    qp.setRateBps(2_000);
    qp.setRateBps(TwoHosts.RATE_BPS / 2);
    t.run(10_000_000);
    assertEquals(1, t.completions.size());
  }

  @Test
  void aSlowPaceIsNotTakenForLoss() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    qp.setRateBps(1_000_000); // 33 ms between packets, 0.2 ms until time runs out
    t.write(qp, 12 * 4096);
    t.run(TwoHosts.SECOND_NS);
    assertEquals(1, t.completions.size());
    assertEquals(0, t.a.stats().timeouts());
    assertEquals(0, t.a.stats().retransmits());
  }

  @Test
  void aCapOutlivesCongestion() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    qp.setCapBps(TwoHosts.RATE_BPS / 10);
    assertEquals(TwoHosts.RATE_BPS / 10, qp.rateBps());
    t.write(qp, 100_000_000);
    t.run(1_000_000);
    qp.congestionNotified();
    assertEquals(TwoHosts.RATE_BPS / 10, qp.rateBps(), "half of the line is more than the cap");
    for (int i = 0; i < 20; i++) {
      t.run(10_000); // cuts are 4 us apart or more
      qp.congestionNotified();
    }
    assertTrue(qp.rateBps() < TwoHosts.RATE_BPS / 10, "rate " + qp.rateBps());
    t.run(2 * TwoHosts.SECOND_NS / 10);
    assertEquals(TwoHosts.RATE_BPS / 10, qp.rateBps(), "recovered, and no further");
    qp.setCapBps(QueuePair.UNLIMITED_BPS);
    assertTrue(qp.rateBps() > TwoHosts.RATE_BPS / 10, "the cap is gone");
  }

  @Test
  void sourcePortsSpreadAndStayInTheirRange() {
    TwoHosts t = TwoHosts.ipv4().recording();
    List<Integer> ports = new ArrayList<>();
    for (int i = 0; i < 256; i++) {
      QueuePair qp = t.connect(100 + i);
      assertTrue(qp.udpSourcePort() >= 0xc000 && qp.udpSourcePort() <= 0xffff);
      ports.add(qp.udpSourcePort());
      t.write(qp, 1);
    }
    t.scheduler.runUntilIdle();
    // 256 of 16384 ports at random: 254 different ones on average.
    assertTrue(ports.stream().distinct().count() >= 245);
    for (byte[] frame : t.fromA) {
      if (Frames.isData(frame)) {
        int qpn = Wire.get24(frame, Frames.bth(frame) + 5) - 1000;
        assertEquals(ports.get(qpn - 100), Wire.get16(frame, 34));
      }
    }
  }

  private static void assertNear(long expected, long actual, long tolerance) {
    assertTrue(
        Math.abs(expected - actual) <= tolerance,
        actual + " is more than " + tolerance + " from " + expected);
  }
}
