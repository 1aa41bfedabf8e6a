package io.myelin.softswitch.time;

import java.util.PriorityQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks by the wall clock on one daemon thread, which parks while nothing is due. A task that
 * throws is logged and does not end the thread.
 *
 * <p>To a task, the time is the one it was scheduled for, not the later one at which the thread got
 * to it: a port that sends packet after packet keeps its rate however coarse the operating system's
 * timers are. When the machine cannot keep up, time passes more slowly than on the wall (by more
 * than {@value #MAX_LAG_NS} ns of lag it is set back), so that rates measured in this time stay
 * true.
 */
public final class RealTimeScheduler implements Scheduler, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RealTimeScheduler.class);

  private record Event(long timeNs, long order, Runnable task) implements Comparable<Event> {
    @Override
    public int compareTo(Event o) {
      int byTime = Long.compare(timeNs, o.timeNs);
      return byTime != 0 ? byTime : Long.compare(order, o.order);
    }
  }

  /** Lag beyond which the clock is set back instead of catching up. */
  private static final long MAX_LAG_NS = 50_000_000;

  private final Object lock = new Object();
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final LongSupplier wall;
  private volatile long startNs;
  private volatile long taskNs; // time of the newest task
  private final Thread thread;
  private long submitted;
  private volatile boolean closed;

  /** Starts the thread, which bears this name. */
  public RealTimeScheduler(String threadName) {
    this(threadName, System::nanoTime);
  }

  RealTimeScheduler(String threadName, LongSupplier wall) {
    this.wall = wall;
    startNs = wall.getAsLong();
    thread = new Thread(this::loop, threadName);
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public long nowNs() {
    return Thread.currentThread() == thread ? taskNs : Math.max(taskNs, wallNs());
  }

  private long wallNs() {
    return wall.getAsLong() - startNs;
  }

  /** Tasks submitted after {@link #close} are ignored. */
  @Override
  public void at(long timeNs, Runnable task) {
    boolean first;
    synchronized (lock) {
      if (closed) {
        return;
      }
      Event e = new Event(Math.max(timeNs, earliestNs()), submitted++, task);
      events.add(e);
      first = e.equals(events.peek());
    }
    if (first && Thread.currentThread() != thread) {
      LockSupport.unpark(thread);
    }
  }

  /**
   * When what is asked for now can happen first. For another thread that is before all that waits,
   * but a thread that had nothing to do is not late: its time has passed as everybody's.
   */
  private long earliestNs() {
    if (Thread.currentThread() == thread) {
      return taskNs;
    }
    Event next = events.peek();
    long now = wallNs();
    return Math.max(taskNs, next == null ? now : Math.min(now, next.timeNs));
  }

  private void loop() {
    while (!closed) {
      Event due = takeDue();
      if (due == null) {
        continue;
      }
      try {
        due.task.run();
      } catch (RuntimeException | Error e) {
        log.error("task failed", e);
      }
    }
  }

  /** The next event if it is due; otherwise parks until it is, or something earlier comes. */
  private @Nullable Event takeDue() {
    long waitNs;
    synchronized (lock) {
      Event next = events.peek();
      waitNs = next == null ? Long.MAX_VALUE : next.timeNs - wallNs();
      if (next != null && waitNs <= 0) {
        events.remove();
        if (-waitNs > MAX_LAG_NS) {
          startNs += -waitNs;
        }
        taskNs = next.timeNs;
        return next;
      }
    }
    // An unpark between the lock and here makes park return at once: no wake-up is lost.
    if (waitNs == Long.MAX_VALUE) {
      LockSupport.park(this);
    } else {
      LockSupport.parkNanos(this, waitNs);
    }
    return null;
  }

  /** Ends the thread after the task that is running, and waits for it unless called from it. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      events.clear();
    }
    LockSupport.unpark(thread);
    if (Thread.currentThread() != thread) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
