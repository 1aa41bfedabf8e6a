package io.myelin.softswitch.time;

/**
 * Runs tasks of the fabric one at a time, in order of time, ties in order of submission.
 *
 * <p>Everything that moves packets (switches, links, hosts) runs as tasks of one scheduler and
 * therefore needs no locks. Two implementations: {@code VirtualScheduler} (discrete events,
 * deterministic) and {@code RealTimeScheduler} (one thread that waits for the wall clock).
 */
public interface Scheduler {

  /** Time in nanoseconds since this scheduler was made; never goes back. */
  long nowNs();

  /** Runs {@code task} at {@code timeNs}, or at once if that is past. Callable from any thread. */
  void at(long timeNs, Runnable task);

  /** Runs {@code task} in {@code delayNs} nanoseconds. Callable from any thread. */
  default void after(long delayNs, Runnable task) {
    at(nowNs() + delayNs, task);
  }
}
