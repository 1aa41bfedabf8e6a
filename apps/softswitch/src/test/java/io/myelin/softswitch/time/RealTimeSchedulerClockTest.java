package io.myelin.softswitch.time;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class RealTimeSchedulerClockTest {
  private static final int TASKS = 200;
  private static final long STEP_NS = 50_000;

  /** A port that sends packet after packet must not lose what the thread is late. */
  @Test
  void toATaskTheTimeIsTheOneItWasScheduledFor() {
    List<Long> times = new ArrayList<>();
    CompletableFuture<List<Long>> done = new CompletableFuture<>();
    try (RealTimeScheduler scheduler = new RealTimeScheduler("test")) {
      scheduler.after(STEP_NS, () -> step(scheduler, times, done));
      done.orTimeout(20, TimeUnit.SECONDS).join();
    }
    for (int i = 1; i < TASKS; i++) {
      assertEquals(STEP_NS, times.get(i) - times.get(i - 1), "task " + i);
    }
  }

  /** What is asked for after a long rest is not late, and sets no clock back. */
  @Test
  void restingIsNotLagging() {
    AtomicLong wall = new AtomicLong();
    CompletableFuture<Long> time = new CompletableFuture<>();
    try (RealTimeScheduler scheduler = new RealTimeScheduler("test", wall::get)) {
      wall.set(TimeUnit.HOURS.toNanos(1));
      scheduler.at(0, () -> time.complete(scheduler.nowNs()));
      assertEquals(TimeUnit.HOURS.toNanos(1), time.orTimeout(20, TimeUnit.SECONDS).join());
      assertEquals(TimeUnit.HOURS.toNanos(1), scheduler.nowNs());
    }
  }

  private static void step(
      RealTimeScheduler scheduler, List<Long> times, CompletableFuture<List<Long>> done) {
    times.add(scheduler.nowNs());
    if (times.size() == TASKS) {
      done.complete(times);
    } else {
      scheduler.after(STEP_NS, () -> step(scheduler, times, done));
    }
  }
}
