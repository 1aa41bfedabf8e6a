package io.myelin.softswitch.p4rt;

import io.myelin.softswitch.time.Scheduler;
import java.time.InstantSource;
import java.util.concurrent.Executor;

/**
 * How a P4Runtime server runs.
 *
 * @param deviceId the one device it serves
 * @param scheduler the switch's clock: digest and idle timeouts
 * @param timerExecutor where idle timeouts are looked for, so that a scan does not hold up the
 *     scheduler; {@code Runnable::run} for deterministic tests
 * @param wallClock for time stamps in messages
 */
public record P4RuntimeOptions(
    long deviceId, Scheduler scheduler, Executor timerExecutor, InstantSource wallClock) {

  /** Everything on the scheduler's thread, with the wall clock's time stamps. */
  public static P4RuntimeOptions of(long deviceId, Scheduler scheduler) {
    return new P4RuntimeOptions(deviceId, scheduler, Runnable::run, InstantSource.system());
  }

  long epochNs() {
    java.time.Instant now = wallClock.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }
}
