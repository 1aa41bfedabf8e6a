package io.myelin.lab.roce;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.lab.net.EmulatedLink;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TransferTest {

  @Test
  void completesMessagesOfEverySizeOverIpv4AndIpv6() {
    for (TwoHosts t : List.of(TwoHosts.ipv4(), TwoHosts.ipv6())) {
      QueuePair qp = t.connect(5);
      int mtu = t.a.config().mtu();
      List<Long> sizes = new ArrayList<>();
      for (long size : List.of(1, 2, 3, 4, 100, mtu - 1, mtu, mtu + 1, 2 * mtu, 10 * mtu + 7)) {
        t.write(qp, size);
        sizes.add(size);
      }
      t.scheduler.runUntilIdle();
      assertEquals(sizes, t.completions.stream().map(Completion::bytes).toList());
      long total = sizes.stream().mapToLong(s -> s).sum();
      HostStats b = t.b.stats();
      assertEquals(total, b.goodputBytes());
      assertEquals(total, t.a.stats().dataBytesSent());
      assertEquals(sizes.size(), b.messagesReceived());
      assertEquals(0, t.a.stats().retransmits() + b.malformed() + b.icrcErrors() + b.foreign());
      assertEquals(0, qp.outstanding());
    }
  }

  @Test
  void completionsTellWhenAMessageStartedAndFinished() {
    TwoHosts t = TwoHosts.ipv4();
    t.a.setNeighbor(t.b.config().ip(), TwoHosts.MAC_B);
    t.b.setNeighbor(t.a.config().ip(), TwoHosts.MAC_A);
    t.scheduler.runUntil(77);
    QueuePair qp = t.connect(5);
    t.write(qp, 100);
    t.scheduler.runUntilIdle();
    // Data: 14+20+8+12+16+100+4+24 = 198 bytes, ACK: 14+20+8+12+4+4+24 = 86, at 10 Gbit/s: 158.4
    // and 68.8 ns, cut to whole ones; and the cable twice.
    long expectedNs = 158 + 68 + 2 * TwoHosts.LATENCY_NS;
    assertEquals(List.of(new Completion(5, 100, 77, 77, 77 + expectedNs)), t.completions);
    assertEquals(expectedNs, t.completions.get(0).durationNs());
  }

  @Test
  void goodputIsNearLineRate() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    long bytes = 20_000_000;
    t.write(qp, bytes);
    t.scheduler.runUntilIdle();
    Completion c = t.completions.get(0);
    double goodputBps = bytes * 8e9 / c.durationNs();
    // 4096 of 4096+54+4+24 bytes a packet.
    assertEquals(TwoHosts.RATE_BPS * 4096.0 / 4178, goodputBps, 0.005 * TwoHosts.RATE_BPS);
    assertEquals(0, t.a.stats().retransmits());
  }

  @Test
  void queuePairsShareThePortEvenly() {
    TwoHosts t = TwoHosts.ipv4();
    int pairs = 50;
    List<Long> received = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      t.write(t.connect(10 + i), 100_000_000);
    }
    t.run(20_000_000);
    for (int i = 0; i < pairs; i++) {
      received.add(t.b.stats().received(TwoHosts.V4_A, 1010 + i));
    }
    long least = received.stream().mapToLong(r -> r).min().orElseThrow();
    long most = received.stream().mapToLong(r -> r).max().orElseThrow();
    assertTrue(most - least <= 2, "packets per queue pair: " + received);
    // 20 ms at 10 Gbit/s are 5982 packets of 4178 bytes.
    assertTrue(Math.abs(least - 5982 / pairs) <= 3, "packets per queue pair: " + received);
  }

  @Test
  void bothDirectionsOfAQueuePairWorkAtOnce() {
    TwoHosts t = TwoHosts.ipv6();
    QueuePair there = t.a.openQp(7, t.b.config().ip(), 8);
    QueuePair back = t.b.openQp(8, t.a.config().ip(), 7);
    t.write(there, 300_000);
    t.write(back, 500_000);
    t.scheduler.runUntilIdle();
    assertEquals(2, t.completions.size());
    assertEquals(300_000, back.receivedBytes());
    assertEquals(500_000, there.receivedBytes());
  }

  @Test
  void recoversFromLossByGoingBack() {
    for (long seed = 1; seed <= 10; seed++) {
      TwoHosts t = TwoHosts.ipv4();
      SplittableRandom random = new SplittableRandom(seed);
      t.link.lose(random.nextDouble(0.001, 0.05), random.nextLong());
      long total = 0;
      List<QueuePair> pairs = List.of(t.connect(5), t.connect(6), t.connect(7));
      for (int i = 0; i < 60; i++) {
        long bytes = random.nextLong(1, 200_000);
        total += bytes;
        t.write(pairs.get(i % pairs.size()), bytes);
      }
      t.run(60 * TwoHosts.SECOND_NS);
      String why = "seed " + seed;
      assertEquals(60, t.completions.size(), why);
      HostStats a = t.a.stats();
      HostStats b = t.b.stats();
      assertEquals(total, b.goodputBytes(), why);
      assertEquals(60, b.messagesReceived(), why);
      assertTrue(a.retransmits() > 0, why);
      assertTrue(a.naksReceived() > 0, why);
      assertTrue(b.naksSent() >= a.naksReceived(), why);
      assertEquals(
          b.dataBytesReceived() - b.goodputBytes() > 0, b.outOfOrder() + b.duplicates() > 0, why);
    }
  }

  @Test
  void reportsEachGapOnce() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    t.write(qp, 1);
    t.scheduler.runUntilIdle();
    // Lose exactly one packet of 32: the first.
    t.link.lose(EmulatedLink.Direction.A_TO_B, 1, 1);
    t.write(qp, 32 * 4096);
    t.run(3_400); // its last bit leaves after 3.3 us
    t.link.lose(EmulatedLink.Direction.A_TO_B, 0, 1);
    t.scheduler.runUntilIdle();
    assertEquals(2, t.completions.size());
    assertEquals(1, t.b.stats().naksSent());
    assertEquals(1, t.a.stats().naksReceived());
    assertEquals(0, t.a.stats().timeouts());
    assertTrue(t.b.stats().outOfOrder() > 1);
    assertEquals(t.b.stats().outOfOrder() + 1, t.a.stats().retransmits());
  }

  @Test
  void survivesALostTailAndLostAcknowledgements() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    t.write(qp, 1);
    t.scheduler.runUntilIdle();
    t.link.lose(EmulatedLink.Direction.B_TO_A, 1, 1);
    t.write(qp, 5000);
    t.run(TwoHosts.TIMEOUT_NS / 2);
    assertEquals(5001, t.b.stats().goodputBytes());
    assertEquals(1, t.completions.size());
    t.link.lose(EmulatedLink.Direction.B_TO_A, 0, 1);
    t.scheduler.runUntilIdle();
    assertEquals(2, t.completions.size());
    assertEquals(1, t.a.stats().timeouts());
    assertEquals(2, t.b.stats().duplicates());
    assertEquals(5001, t.b.stats().goodputBytes());
    assertEquals(2, t.b.stats().messagesReceived());
  }

  @Test
  void resumesAfterACutSoonerThanTheLongestTimeout() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    t.write(qp, 10_000_000);
    t.run(1_000_000);
    long before = t.b.stats().goodputBytes();
    assertTrue(before > 0 && t.completions.isEmpty());
    t.link.setUp(false);
    t.run(100_000_000);
    assertEquals(before, t.b.stats().goodputBytes());
    assertTrue(t.a.stats().timeouts() >= 7, "backs off: " + t.a.stats().timeouts());
    // Without doubling it were 100 ms / TIMEOUT_NS; eightfold it is an eighth, and the first three.
    long most = 100_000_000 / (8 * TwoHosts.TIMEOUT_NS) + 3;
    assertTrue(t.a.stats().timeouts() <= most, "backs off: " + t.a.stats().timeouts());
    t.link.setUp(true);
    t.run(8 * TwoHosts.TIMEOUT_NS + 10_000_000);
    assertEquals(1, t.completions.size());
    assertEquals(10_000_000, t.b.stats().goodputBytes());
    // The timeout is short again after progress.
    t.link.setUp(false);
    long timeouts = t.a.stats().timeouts();
    t.write(qp, 1);
    t.run(2 * TwoHosts.TIMEOUT_NS);
    assertEquals(timeouts + 1, t.a.stats().timeouts());
  }

  @Test
  void sequenceNumbersWrap() {
    for (int initialPsn : new int[] {0xff_fff0, 0xff_ffff, 0x7f_fff8}) {
      TwoHosts t = TwoHosts.ipv4();
      t.link.lose(0.05, initialPsn);
      t.write(t.connect(5, initialPsn), 100 * 4096);
      t.run(10 * TwoHosts.SECOND_NS);
      assertEquals(1, t.completions.size(), "initial PSN and seed " + initialPsn);
      assertEquals(100 * 4096, t.b.stats().goodputBytes());
    }
  }

  @Test
  void windowBoundsWhatIsInFlight() {
    TwoHosts t = new TwoHosts(TwoHosts.V4_A, TwoHosts.V4_B, 1024, 5, 1000);
    QueuePair qp = t.connect(5);
    t.write(qp, 1);
    t.scheduler.runUntilIdle();
    t.link.setUp(false);
    long before = t.a.stats().dataPacketsSent();
    t.write(qp, 100 * 1024);
    t.run(TwoHosts.TIMEOUT_NS / 2);
    assertEquals(5, t.a.stats().dataPacketsSent() - before);
    t.link.setUp(true);
    t.run(TwoHosts.SECOND_NS);
    assertEquals(2, t.completions.size(), "a full window asks for an acknowledgement");
    assertEquals(1, t.a.stats().timeouts());
  }

  @Test
  void completionsMayPostAgainAndClose() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    List<Long> finished = new ArrayList<>();
    qp.postWrite(
        10,
        first ->
            qp.postWrite(
                20,
                second -> {
                  finished.add(first.finishNs());
                  finished.add(second.finishNs());
                  t.a.closeQp(qp);
                }));
    t.scheduler.runUntilIdle();
    assertEquals(2, finished.size());
    assertThrows(IllegalStateException.class, () -> t.write(qp, 1));
    t.a.openQp(5, t.b.config().ip(), 1005);
  }

  @Test
  void aClosedQueuePairFallsSilent() {
    TwoHosts t = new TwoHosts(TwoHosts.V4_A, TwoHosts.V4_B, 4096, 32, 1);
    QueuePair qp = t.connect(5);
    t.write(qp, 100_000_000);
    t.run(1_000_000);
    t.a.closeQp(qp);
    long sent = t.a.stats().dataPacketsSent();
    t.scheduler.runUntilIdle();
    assertEquals(sent, t.a.stats().dataPacketsSent());
    assertEquals(0, t.completions.size());
    assertTrue(t.a.stats().foreign() > 0, "late acknowledgements");
  }

  @Test
  void sameSeedSameHistory() {
    assertEquals(lossyHistory(3), lossyHistory(3), "seed 3");
  }

  private static List<Object> lossyHistory(long seed) {
    TwoHosts t = TwoHosts.ipv6();
    t.link.lose(0.02, seed);
    for (int i = 0; i < 8; i++) {
      t.write(t.connect(5 + i), 200_000);
    }
    t.run(TwoHosts.SECOND_NS);
    return List.of(t.completions, t.a.stats(), t.b.stats());
  }

  @Test
  void rejectsWhatCannotBe() {
    TwoHosts t = TwoHosts.ipv4();
    QueuePair qp = t.connect(5);
    assertThrows(IllegalArgumentException.class, () -> t.write(qp, 0));
    assertThrows(IllegalArgumentException.class, () -> t.write(qp, (1L << 31) + 1));
    byte[] ip = t.b.config().ip();
    assertThrows(IllegalArgumentException.class, () -> t.a.openQp(5, ip, 9));
    assertThrows(IllegalArgumentException.class, () -> t.a.openQp(1, ip, 9));
    assertThrows(IllegalArgumentException.class, () -> t.a.openQp(9, ip, 1 << 24));
    assertThrows(IllegalArgumentException.class, () -> t.a.openQp(9, new byte[16], 9));
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> TwoHosts.config(TwoHosts.MAC_A, TwoHosts.V4_A, 1500, 1, 1));
    assertEquals("mtu 1500 is not allowed; allowed: 256, 512, 1024, 2048 or 4096", e.getMessage());
  }
}
