package io.myelin.node.control;

import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** The control thread under a test's hand: a fake clock, tasks run when told. */
public class ManualExecutor extends AbstractExecutorService implements ScheduledExecutorService {
  private final Deque<Runnable> due = new ArrayDeque<>();
  private final PriorityQueue<Timer> timers = new PriorityQueue<>();
  private long nowNs;
  private long order;

  private final class Timer extends FutureTask<Object> implements ScheduledFuture<Object> {
    private final long atNs;
    private final long number = order++;

    Timer(Runnable task, long atNs) {
      super(task, null);
      this.atNs = atNs;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(atNs - nowNs, TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed o) {
      Timer t = (Timer) o;
      return atNs != t.atNs ? Long.compare(atNs, t.atNs) : Long.compare(number, t.number);
    }
  }

  /** This, as controllers run on it; a task that fails fails the test. */
  public GuardedExecutor guarded() {
    return GuardedExecutor.around(
        this,
        t -> {
          throw new AssertionError("a task failed", t);
        });
  }

  /** Runs what is due, until nothing is. */
  public void runAll() {
    while (!due.isEmpty()) {
      due.remove().run();
    }
  }

  public void advanceMs(long ms) {
    long until = nowNs + ms * 1_000_000;
    runAll();
    while (!timers.isEmpty() && timers.peek().atNs <= until) {
      Timer t = timers.remove();
      nowNs = t.atNs;
      t.run();
      runAll();
    }
    nowNs = until;
  }

  public long nowMs() {
    return nowNs / 1_000_000;
  }

  @Override
  public void execute(Runnable task) {
    due.add(task);
  }

  @Override
  @SuppressWarnings("unchecked") // our tasks have no result
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    Timer t = new Timer(task, nowNs + unit.toNanos(delay));
    timers.add(t);
    return t;
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long initial, long period, TimeUnit unit) {
    return scheduleWithFixedDelay(task, initial, period, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initial, long delay, TimeUnit unit) {
    return schedule(
        () -> {
          task.run();
          scheduleWithFixedDelay(task, delay, delay, unit);
        },
        initial,
        unit);
  }

  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
