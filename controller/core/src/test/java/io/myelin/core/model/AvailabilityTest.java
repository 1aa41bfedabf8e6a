package io.myelin.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.myelin.core.model.Availability.Recurrence;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class AvailabilityTest {
  private static final int END = 400;

  @Property(tries = 3_000)
  void agreesWithEveryMillisecond(@ForAll long seed) {
    Random random = new Random(seed);
    Availability a = new Availability(some(random), some(random));
    boolean[] open = new boolean[END];
    for (int t = 0; t < END; t++) {
      open[t] = (a.open().isEmpty() || in(a.open(), t)) && !in(a.closed(), t);
    }
    int from = random.nextInt(END / 2);
    int length = 1 + random.nextInt(40);
    assertEquals(
        all(open, from, from + length),
        a.covers(new TimeWindow(from, from + length)),
        "seed " + seed + ": " + a + " from " + from + " for " + length);
    long fit = a.nextFit(from, length);
    long expected = TimeWindow.FOREVER;
    for (int t = from; t + length <= END && expected == TimeWindow.FOREVER; t++) {
      expected = all(open, t, t + length) ? t : TimeWindow.FOREVER;
    }
    if (expected != TimeWindow.FOREVER || fit + length <= END) {
      assertEquals(expected, fit, "seed " + seed + ": " + a + " from " + from + " for " + length);
    }
  }

  private static boolean in(List<Recurrence> windows, int t) {
    for (Recurrence r : windows) {
      long since = t - r.startMs();
      long phase = r.everyMs() == 0 ? since : Math.floorMod(since, r.everyMs());
      if (since >= 0 && phase < r.endMs() - r.startMs()) {
        return true;
      }
    }
    return false;
  }

  private static boolean all(boolean[] open, int from, int to) {
    for (int t = from; t < to; t++) {
      if (!open[t]) {
        return false;
      }
    }
    return true;
  }

  private static List<Recurrence> some(Random random) {
    List<Recurrence> list = new ArrayList<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      int start = random.nextInt(150);
      int length = 1 + random.nextInt(30);
      int every = random.nextBoolean() ? 0 : length + 1 + random.nextInt(60);
      list.add(new Recurrence(start, start + length, every));
    }
    return list;
  }

  @Test
  void aLinkForEverIsNotThereWhenMaintenanceComes() {
    Availability a = new Availability(List.of(), List.of(new Recurrence(100, 200, 0)));
    assertEquals(false, a.covers(new TimeWindow(50, TimeWindow.FOREVER)));
    assertEquals(200, a.nextFit(50, TimeWindow.FOREVER));
    assertEquals(50, a.nextFit(50, 50));
  }

  @Test
  void nightlyMaintenanceNeverLeavesRoomForEver() {
    Availability a = new Availability(List.of(), List.of(new Recurrence(100, 200, 1_000)));
    assertEquals(TimeWindow.FOREVER, a.nextFit(0, TimeWindow.FOREVER));
  }

  @Test
  void refusesWindowsThatMeetThemselves() {
    Invalid e = assertThrows(Invalid.class, () -> new Recurrence(0, 100, 100));
    assertEquals("every: 100 ms is not allowed; it must be longer than the window", e.getMessage());
  }
}
