package io.myelin.node.thread;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.node.control.ManualExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A task that fails takes nothing along. */
final class GuardedExecutorTest {
  private final ManualExecutor thread = new ManualExecutor();
  private final List<Throwable> failures = new ArrayList<>();
  private final GuardedExecutor executor = GuardedExecutor.around(thread, failures::add);
  private final List<String> done = new ArrayList<>();

  private static void fail(String what) {
    throw new IllegalStateException(what);
  }

  @Test
  void aTaskThatFailsIsToldOfCountedAndReset() {
    long before = GuardedExecutor.allFailures();
    executor.execute(() -> fail("once"), () -> done.add("reset"));
    executor.execute(() -> done.add("next"));
    thread.runAll();
    assertEquals(List.of("reset", "next"), done);
    assertEquals(1, executor.failures());
    assertTrue(GuardedExecutor.allFailures() > before);
    assertEquals("once", failures.get(0).getMessage());
  }

  @Test
  void whatSucceedsIsNotReset() {
    executor.execute(() -> done.add("task"), () -> done.add("reset"));
    thread.runAll();
    assertEquals(List.of("task"), done);
    assertEquals(0, executor.failures());
  }

  @Test
  void whatIsRepeatedGoesOnAfterAFailure() {
    executor.scheduleWithFixedDelay(
        () -> {
          done.add("beat");
          fail("each time");
        },
        10,
        10,
        TimeUnit.MILLISECONDS);
    thread.advanceMs(35);
    assertEquals(List.of("beat", "beat", "beat"), done);
    assertEquals(3, executor.failures());
  }

  @Test
  void aContinuationThatFailsIsResetToo() {
    CompletableFuture<String> answer = new CompletableFuture<>();
    executor.whenComplete(answer, (value, t) -> fail("at " + value), () -> done.add("reset"));
    answer.complete("answer");
    assertEquals(List.of(), done, "only handed over");
    thread.runAll();
    assertEquals(List.of("reset"), done);
    assertEquals("at answer", failures.get(0).getMessage());
  }

  @Test
  void whatIsHandedOverCompletesOnTheExecutor() {
    CompletableFuture<String> there = new CompletableFuture<>();
    CompletableFuture<String> here = executor.handOver(there);
    there.complete("answer");
    assertFalse(here.isDone());
    thread.runAll();
    assertEquals("answer", here.join());
    CompletableFuture<String> failed =
        executor.handOver(CompletableFuture.failedFuture(new IllegalStateException("no")));
    thread.runAll();
    assertTrue(failed.isCompletedExceptionally());
  }
}
