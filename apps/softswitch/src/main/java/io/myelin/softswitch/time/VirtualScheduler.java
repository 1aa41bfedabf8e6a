package io.myelin.softswitch.time;

import java.util.PriorityQueue;

/**
 * Discrete events: time jumps from task to task. Deterministic as long as tasks are submitted in a
 * deterministic order. Time only passes inside the {@code run} methods, on the caller's thread.
 */
public final class VirtualScheduler implements Scheduler {
  private record Event(long timeNs, long order, Runnable task) implements Comparable<Event> {
    @Override
    public int compareTo(Event o) {
      int byTime = Long.compare(timeNs, o.timeNs);
      return byTime != 0 ? byTime : Long.compare(order, o.order);
    }
  }

  private final Object lock = new Object();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long submitted;
  private volatile long nowNs;

  @Override
  public long nowNs() {
    return nowNs;
  }

  @Override
  public void at(long timeNs, Runnable task) {
    synchronized (lock) {
      events.add(new Event(Math.max(timeNs, nowNs), submitted++, task));
    }
  }

  /** Runs all tasks due up to and including {@code timeNs}, then sets the clock to it. */
  public void runUntil(long timeNs) {
    while (step(timeNs)) {
      // Each step runs one task.
    }
    nowNs = Math.max(nowNs, timeNs);
  }

  /** Runs tasks until none is left; the clock stays at the last one. */
  public void runUntilIdle() {
    while (step(Long.MAX_VALUE)) {
      // Each step runs one task.
    }
  }

  /** Runs the earliest task if it is due by {@code latestNs}; false if there is none. */
  private boolean step(long latestNs) {
    Event next;
    synchronized (lock) {
      next = events.peek();
      if (next == null || next.timeNs > latestNs) {
        return false;
      }
      events.remove();
      nowNs = next.timeNs;
    }
    next.task.run();
    return true;
  }

  /** Tasks that wait. */
  public int pending() {
    synchronized (lock) {
      return events.size();
    }
  }
}
