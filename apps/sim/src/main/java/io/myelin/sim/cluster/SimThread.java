package io.myelin.sim.cluster;

import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A control thread in virtual time: what is due waits while its process is paused. */
public final class SimThread extends AbstractExecutorService implements ScheduledExecutorService {
  private final World world;
  private final Consumer<Runnable> process;
  private boolean shutdown;

  /**
   * @param process runs tasks now, later, or never
   */
  public SimThread(World world, Consumer<Runnable> process) {
    this.world = world;
    this.process = process;
  }

  private final class Timer<V> extends FutureTask<V> implements ScheduledFuture<V> {
    private final long dueNs;

    Timer(Callable<V> task, long delayNs) {
      super(task);
      dueNs = world.nowNs() + delayNs;
      world.after(
          delayNs,
          () ->
              process.accept(
                  () -> {
                    if (!shutdown) {
                      run();
                    }
                  }));
    }

    @Override
    protected void setException(Throwable t) {
      super.setException(t);
      world.failed(t);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNs - world.nowNs(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed o) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), o.getDelay(TimeUnit.NANOSECONDS));
    }

    @Override
    public boolean equals(Object o) {
      return this == o;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  @Override
  public void execute(Runnable task) {
    schedule(task, 0, TimeUnit.NANOSECONDS);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    return schedule(Executors.callable(task), delay, unit);
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    if (shutdown) {
      throw new RejectedExecutionException("shut down");
    }
    return new Timer<>(task, Math.max(0, unit.toNanos(delay)));
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable task, long initial, long period, TimeUnit unit) {
    return scheduleWithFixedDelay(task, initial, period, unit);
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initial, long delay, TimeUnit unit) {
    return schedule(() -> repeat(task, delay, unit), initial, unit);
  }

  /** Ends with the thread; nobody cancels one of these but to end that. */
  private void repeat(Runnable task, long delay, TimeUnit unit) {
    task.run();
    if (!shutdown) {
      schedule(() -> repeat(task, delay, unit), delay, unit);
    }
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  @Override
  public List<Runnable> shutdownNow() {
    shutdown = true;
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return shutdown;
  }

  @Override
  public boolean isTerminated() {
    return shutdown;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return shutdown;
  }
}
