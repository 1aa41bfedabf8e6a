package io.myelin.node.control;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class ControlLagTest {
  private static final long MS = 1_000_000;

  private final ManualExecutor control = new ManualExecutor();

  /** Of the executor's clock. */
  private final AtomicLong behindNs = new AtomicLong();

  private final ControlLag lag = new ControlLag(() -> control.nowMs() * MS + behindNs.get());

  @Test
  void withoutAControlThreadNothingIsLate() {
    assertEquals(0, lag.meanNs());
  }

  @Test
  void aThreadInTimeIsNotLate() {
    lag.watch(control.guarded());
    control.advanceMs(1_000);
    assertEquals(0, lag.meanNs());
  }

  @Test
  void theMeanFollowsTheDelay() {
    lag.watch(control.guarded());
    for (int i = 0; i < 100; i++) {
      // Whatever is due runs 3 ms later than it should.
      behindNs.addAndGet(3 * MS);
      control.advanceMs(5);
    }
    assertEquals(3.0, lag.meanNs() / 1e6, 0.1);
    control.advanceMs(1_000);
    assertEquals(0.0, lag.meanNs() / 1e6, 0.01);
  }

  /** Who asks does not have to wait for the thread to come back. */
  @Test
  void aThreadThatStandsStillIsLateNow() {
    lag.watch(control.guarded());
    control.advanceMs(100);
    behindNs.addAndGet(1_000 * MS);
    assertTrue(lag.meanNs() > 50 * MS, lag.meanNs() + " ns");
  }
}
