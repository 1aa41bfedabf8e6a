package io.myelin.lab.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.softswitch.time.VirtualScheduler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class EmulatedLinkTest {
  private static final long LATENCY_NS = 500;

  private final VirtualScheduler scheduler = new VirtualScheduler();
  private final List<Long> arrivalsAtA = new ArrayList<>();
  private final List<Long> arrivalsAtB = new ArrayList<>();
  private final EmulatedLink link =
      new EmulatedLink(
          scheduler,
          "cable",
          LATENCY_NS,
          f -> arrivalsAtA.add(scheduler.nowNs()),
          f -> arrivalsAtB.add(scheduler.nowNs()));

  @Test
  void delaysEachDirectionByItsLatency() {
    link.sendFromA(new byte[100]);
    scheduler.runUntil(200);
    link.sendFromB(new byte[60]);
    scheduler.runUntilIdle();
    assertEquals(List.of(500L), arrivalsAtB);
    assertEquals(List.of(700L), arrivalsAtA);
    assertEquals(new EmulatedLink.Counters(1, 100, 0), link.fromA());
    assertEquals(new EmulatedLink.Counters(1, 60, 0), link.fromB());
  }

  @Test
  void aShorterDelayOvertakesNothing() {
    link.sendFromA(new byte[60]);
    link.delay(100, 0, 1);
    link.sendFromA(new byte[61]);
    scheduler.runUntilIdle();
    assertEquals(List.of(500L, 500L), arrivalsAtB, "it arrives with the one before");
    link.sendFromA(new byte[62]);
    scheduler.runUntilIdle();
    assertEquals(600, arrivalsAtB.get(2));
    assertEquals(100, link.latencyNs());
  }

  @Test
  void jitterStaysWithinItsBoundsAndKeepsTheOrder() {
    link.delay(1_000, 400, 7);
    List<Integer> lengths = new ArrayList<>();
    link.attachB(
        f -> {
          lengths.add(f.length);
          arrivalsAtB.add(scheduler.nowNs());
        });
    for (int i = 0; i < 200; i++) {
      link.sendFromA(new byte[60 + i]);
      scheduler.runUntil(scheduler.nowNs() + 10_000);
      long delayNs = arrivalsAtB.get(i) - (scheduler.nowNs() - 10_000);
      assertTrue(delayNs >= 600 && delayNs <= 1_400, "seed 7, delay " + delayNs);
    }
    assertTrue(arrivalsAtB.stream().map(at -> at % 10_000).distinct().count() > 50, "they differ");
    lengths.clear();
    for (int i = 0; i < 200; i++) {
      link.sendFromA(new byte[60 + i]);
    }
    scheduler.runUntilIdle();
    List<Integer> sorted = new ArrayList<>(lengths);
    sorted.sort(null);
    assertEquals(sorted, lengths, "seed 7");
    assertThrows(IllegalArgumentException.class, () -> link.delay(10, 11, 7));
    assertThrows(IllegalArgumentException.class, () -> link.delay(-1, 0, 7));
  }

  @Test
  void deliversInOrder() {
    List<Integer> lengths = new ArrayList<>();
    link.attachB(f -> lengths.add(f.length));
    for (int i = 0; i < 10; i++) {
      link.sendFromA(new byte[60 + i]);
    }
    scheduler.runUntilIdle();
    assertEquals(List.of(60, 61, 62, 63, 64, 65, 66, 67, 68, 69), lengths);
  }

  @Test
  void cutLosesWhatIsInFlightAndOfferedAndTellsListeners() {
    List<Boolean> states = new ArrayList<>();
    link.onState(states::add);
    link.sendFromA(new byte[60]);
    link.sendFromB(new byte[60]);
    scheduler.runUntil(LATENCY_NS - 1);
    link.setUp(false);
    link.setUp(false);
    assertEquals(1, link.fromA().lost(), "counted as soon as it is cut");
    link.sendFromA(new byte[60]);
    scheduler.runUntil(10 * LATENCY_NS);
    assertFalse(link.isUp());
    link.setUp(true);
    link.sendFromA(new byte[60]);
    scheduler.runUntilIdle();
    assertEquals(List.of(false, true), states);
    assertEquals(1, arrivalsAtB.size());
    assertEquals(new EmulatedLink.Counters(3, 180, 2), link.fromA());
    assertEquals(new EmulatedLink.Counters(1, 60, 1), link.fromB());
  }

  @Test
  void aFrameOfBeforeACutDoesNotArriveAfterAQuickMending() {
    link.sendFromA(new byte[60]);
    link.setUp(false);
    link.setUp(true);
    scheduler.runUntilIdle();
    assertEquals(List.of(), arrivalsAtB);
    assertEquals(1, link.fromA().lost());
  }

  @Test
  void losesTheSameFramesForTheSameSeedInOneDirectionOnly() {
    long seed = 7;
    long first = lostOf(seed);
    assertEquals(first, lostOf(seed), "seed " + seed);
    assertTrue(Math.abs(first - 250) <= 60, first + " of 1000 lost, seed " + seed);
    assertEquals(0, link.fromB().lost());
  }

  private long lostOf(long seed) {
    long before = link.fromA().lost();
    link.lose(EmulatedLink.Direction.A_TO_B, 0.25, seed);
    for (int i = 0; i < 1000; i++) {
      link.sendFromA(new byte[60]);
      link.sendFromB(new byte[60]);
    }
    scheduler.runUntilIdle();
    return link.fromA().lost() - before;
  }

  @Test
  void tapsSeeWhatEntersTheCable() {
    List<String> seen = new ArrayList<>();
    FrameTap tap = (d, ns, f) -> seen.add(d + " " + ns + " " + f.length);
    link.tap(tap);
    scheduler.runUntil(40);
    link.sendFromA(new byte[60]);
    link.sendFromB(new byte[61]);
    link.setUp(false);
    link.sendFromA(new byte[62]);
    link.setUp(true);
    link.untap(tap);
    link.sendFromA(new byte[63]);
    assertEquals(List.of("A_TO_B 40 60", "B_TO_A 40 61"), seen);
  }

  @Test
  void rejectsImpossibleNumbers() {
    assertThrows(IllegalArgumentException.class, () -> new EmulatedLink(scheduler, "x", -1));
    assertThrows(IllegalArgumentException.class, () -> link.lose(1.5, 0));
    assertThrows(IllegalArgumentException.class, () -> link.lose(Double.NaN, 0));
  }
}
