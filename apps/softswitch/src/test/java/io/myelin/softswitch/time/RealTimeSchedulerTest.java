package io.myelin.softswitch.time;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RealTimeSchedulerTest {
  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(20, TimeUnit.SECONDS), "tasks did not run");
  }

  @Test
  void runsInOrderOfTimeNotBeforeItAndSurvivesFailures() throws InterruptedException {
    try (RealTimeScheduler s = new RealTimeScheduler("clock-under-test")) {
      List<String> log = new CopyOnWriteArrayList<>();
      CountDownLatch done = new CountDownLatch(3);
      long base = s.nowNs();
      s.at(
          base + 30_000_000,
          () -> {
            log.add(s.nowNs() >= base + 30_000_000 ? "third" : "early");
            done.countDown();
          });
      s.at(
          base + 10_000_000,
          () -> {
            log.add("first");
            done.countDown();
            throw new IllegalStateException("a failing task");
          });
      s.at(
          base + 20_000_000,
          () -> {
            log.add("second");
            done.countDown();
          });
      await(done);
      assertEquals(List.of("first", "second", "third"), log);
    }
  }

  @Test
  void earlierTaskWakesTheThread() throws InterruptedException {
    try (RealTimeScheduler s = new RealTimeScheduler("clock-under-test")) {
      s.after(TimeUnit.HOURS.toNanos(1), () -> {});
      CountDownLatch done = new CountDownLatch(1);
      s.after(0, done::countDown);
      await(done);
    }
  }

  @Test
  void closeEndsTheThreadAndIgnoresWhatComesLater() throws InterruptedException {
    RealTimeScheduler s = new RealTimeScheduler("clock-under-test");
    CountDownLatch started = new CountDownLatch(1);
    Thread[] thread = new Thread[1];
    s.after(
        0,
        () -> {
          thread[0] = Thread.currentThread();
          started.countDown();
        });
    await(started);
    s.close();
    s.close();
    assertEquals(false, thread[0].isAlive());
    assertTrue(thread[0].isDaemon());
    assertNotEquals(Thread.currentThread(), thread[0]);
    s.after(
        0,
        () -> {
          throw new AssertionError("ran after close");
        });
  }
}
