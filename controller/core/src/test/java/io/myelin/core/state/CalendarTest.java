package io.myelin.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.myelin.core.model.TimeWindow;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class CalendarTest {
  private static final int END = 200;

  private record Booking(TimeWindow window, long bps) {}

  @Property(tries = 1_000)
  void agreesWithEveryMillisecond(@ForAll long seed) {
    Random random = new Random(seed);
    Calendar calendar = Calendar.EMPTY;
    List<Booking> booked = new ArrayList<>();
    int now = 0;
    for (int i = 0; i < 40; i++) {
      now += random.nextInt(4);
      if (!booked.isEmpty() && random.nextInt(3) == 0) {
        Booking gone = booked.remove(random.nextInt(booked.size()));
        calendar = calendar.with(gone.window, -gone.bps, now);
      } else {
        int start = now + random.nextInt(50);
        long end = random.nextInt(4) == 0 ? TimeWindow.FOREVER : start + 1 + random.nextInt(60);
        Booking b = new Booking(new TimeWindow(start, end), 1 + random.nextInt(9));
        booked.add(b);
        calendar = calendar.with(b.window, b.bps, now);
      }
      check(calendar, booked, now, random, "seed " + seed + " step " + i);
    }
    for (Booking b : booked) {
      calendar = calendar.with(b.window, -b.bps, now);
    }
    assertEquals(0, calendar.peakBps(), "seed " + seed);
  }

  private static void check(
      Calendar calendar, List<Booking> booked, int now, Random random, String where) {
    long[] level = new long[END];
    for (Booking b : booked) {
      for (int t = 0; t < END; t++) {
        level[t] += b.window.startMs() <= t && t < b.window.endMs() ? b.bps : 0;
      }
    }
    int from = now + random.nextInt(60);
    int length = 1 + random.nextInt(30);
    assertEquals(
        peak(level, from, from + length),
        calendar.peakBps(TimeWindow.lasting(from, length)),
        where + ": " + calendar);
    // Behind END - 1 nothing changes any more.
    assertEquals(
        peak(level, from, END),
        calendar.peakBps(TimeWindow.lasting(from, TimeWindow.FOREVER)),
        where);
    long limit = random.nextInt(12);
    long expected = TimeWindow.FOREVER;
    for (int t = from; t < END && expected == TimeWindow.FOREVER; t++) {
      expected = peak(level, t, Math.min(END, t + length)) <= limit ? t : TimeWindow.FOREVER;
    }
    assertEquals(expected, calendar.nextFit(from, length, limit), where + ": " + calendar);
  }

  private static long peak(long[] level, int from, int to) {
    long peak = 0;
    for (int t = from; t < to; t++) {
      peak = Math.max(peak, level[t]);
    }
    return peak;
  }

  @Test
  void forgetsWhatIsPast() {
    Calendar c = Calendar.EMPTY;
    for (int i = 0; i < 1_000; i++) {
      c = c.with(TimeWindow.lasting(i, 10), 1, i);
    }
    assertEquals(11, c.toString().split(",", -1).length, "ten that run, and their end");
  }
}
