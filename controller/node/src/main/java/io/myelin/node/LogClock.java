package io.myelin.node;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The time that commands bear. It runs with this machine's steady clock, never goes back behind
 * what the log has seen, and drifts towards the wall clock by one part in sixteen at most: a wall
 * clock that is set, forwards or back, neither ends leases early nor stops them from ending.
 * Thread-safe.
 */
public final class LogClock implements LongSupplier {
  private static final long SLEW = 16;
  private static final long NS_PER_MS = 1_000_000;

  private final LongSupplier wallMs;
  private final LongSupplier steadyNs;
  private final LongSupplier logMs;
  private long followedMs = -1;
  private long readNs;
  private long ns; // since 1970

  /**
   * @param logMs the newest time in the log
   */
  public LogClock(LongSupplier logMs) {
    this(System::currentTimeMillis, System::nanoTime, logMs);
  }

  /**
   * @param wallMs this machine's clock, milliseconds since 1970; may be set
   * @param steadyNs nanoseconds that only go on
   */
  public LogClock(LongSupplier wallMs, LongSupplier steadyNs, LongSupplier logMs) {
    this.wallMs = wallMs;
    this.steadyNs = steadyNs;
    this.logMs = logMs;
    readNs = steadyNs.getAsLong();
    ns = wallMs.getAsLong() * NS_PER_MS;
  }

  /** Milliseconds since 1970. */
  @Override
  public synchronized long getAsLong() {
    long steady = steadyNs.getAsLong();
    long passed = steady - readNs;
    readNs = steady;
    ns += passed;
    long off = wallMs.getAsLong() * NS_PER_MS - ns;
    long most = passed / SLEW;
    // Less than a millisecond off is what the wall clock's resolution makes of it.
    if (followedMs < 0) {
      ns += off; // nobody goes by it yet
    } else if (Math.abs(off) >= NS_PER_MS) {
      ns += Math.max(-most, Math.min(most, off));
    }
    ns = Math.max(ns, logMs.getAsLong() * NS_PER_MS);
    return ns / NS_PER_MS;
  }

  /**
   * What somebody else who leads says the time is: theirs is the log's. Whoever led last and was
   * heard to the end hands on the time with the leadership, whatever this machine's clock says.
   *
   * @param timeMs 0: nobody has said anything yet
   */
  public synchronized void follow(long timeMs) {
    if (timeMs > 0 && timeMs != followedMs) {
      followedMs = timeMs;
      readNs = steadyNs.getAsLong();
      ns = timeMs * NS_PER_MS;
    }
  }

  /**
   * Whether this clock knows no better than this machine's: it never followed anybody, and never
   * agreed with anybody.
   */
  public synchronized boolean isAlone() {
    return followedMs < 0;
  }

  /**
   * Agrees with others' clocks before it leads: the middle one of all, of two the earlier. One that
   * is wrong is outvoted by two that are not.
   */
  public synchronized void agree(List<Long> othersMs) {
    List<Long> all = new ArrayList<>(othersMs);
    all.add(getAsLong());
    Collections.sort(all);
    long middle = all.get((all.size() - 1) / 2);
    readNs = steadyNs.getAsLong();
    ns = Math.max(middle, logMs.getAsLong()) * NS_PER_MS;
    followedMs = Math.max(0, followedMs);
  }

  /** By how much the wall clock is ahead of the log's time, milliseconds. */
  public long offMs() {
    return wallMs.getAsLong() - getAsLong();
  }
}
