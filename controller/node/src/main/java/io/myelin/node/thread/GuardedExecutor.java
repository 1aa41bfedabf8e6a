package io.myelin.node.thread;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executor of everything in a node that runs later or again. An exception of a task is logged
 * and counted, what the task held is reset, and all other tasks go on: a repeated task is repeated.
 *
 * <p>No task runs on a bare executor, and no continuation of a future on {@code …Async}: there an
 * exception is lost, and a flag that the task should have cleared stays set for good ({@code
 * ArchitectureTest}).
 */
public final class GuardedExecutor implements Executor, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GuardedExecutor.class);

  /** Tasks of all executors of this process that failed. */
  private static final LongAdder ALL = new LongAdder();

  private final ScheduledExecutorService delegate;
  private final Consumer<Throwable> onFailure;
  private final LongAdder failures = new LongAdder();

  private GuardedExecutor(ScheduledExecutorService delegate, Consumer<Throwable> onFailure) {
    this.delegate = delegate;
    this.onFailure = onFailure;
  }

  /** A thread of its own, which keeps no process alive. */
  public static GuardedExecutor single(String name) {
    return around(Executors.newSingleThreadScheduledExecutor(Threads.daemons(name)), name);
  }

  /** So many threads. */
  public static GuardedExecutor pool(String name, int threads) {
    return around(Executors.newScheduledThreadPool(threads, Threads.daemons(name)), name);
  }

  /** Runs tasks on another executor. */
  public static GuardedExecutor around(ScheduledExecutorService delegate, String name) {
    return around(delegate, t -> log.error("{}: a task failed; the others go on", name, t));
  }

  /**
   * Runs tasks on another executor.
   *
   * @param onFailure told of each task that fails
   */
  public static GuardedExecutor around(
      ScheduledExecutorService delegate, Consumer<Throwable> onFailure) {
    return new GuardedExecutor(delegate, onFailure);
  }

  /** Tasks that failed. */
  public long failures() {
    return failures.sum();
  }

  /** Tasks of all executors of this process that failed. */
  public static long allFailures() {
    return ALL.sum();
  }

  // ---- tasks -----------------------------------------------------------------------------------

  /**
   * Runs a task soon.
   *
   * @throws RejectedExecutionException after it was closed
   */
  @Override
  public void execute(Runnable task) {
    execute(task, GuardedExecutor::nothing);
  }

  /**
   * Runs a task soon.
   *
   * @param reset undoes what the task, or who asked for it, has set, if the task fails
   */
  public void execute(Runnable task, Runnable reset) {
    delegate.execute(guarded(task, reset));
  }

  /** Runs a task once, later. */
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    return schedule(task, GuardedExecutor::nothing, delay, unit);
  }

  /** Runs a task once, later. */
  public ScheduledFuture<?> schedule(Runnable task, Runnable reset, long delay, TimeUnit unit) {
    return delegate.schedule(guarded(task, reset), delay, unit);
  }

  /** Runs a task again and again, with a pause between one end and the next start. */
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable task, long initial, long delay, TimeUnit unit) {
    return delegate.scheduleWithFixedDelay(
        guarded(task, GuardedExecutor::nothing), initial, delay, unit);
  }

  /** Continues here when something completes; nothing happens after this was closed. */
  public <T extends @Nullable Object> void whenComplete(
      CompletionStage<T> stage, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
    whenComplete(stage, then, GuardedExecutor::nothing);
  }

  /** The same, with what is undone if the continuation fails. */
  public <T extends @Nullable Object> void whenComplete(
      CompletionStage<T> stage,
      BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then,
      Runnable reset) {
    var unused =
        stage.whenComplete(
            (value, t) -> {
              try {
                execute(() -> then.accept(value, t), reset);
              } catch (RejectedExecutionException closed) {
                log.debug("closed: a continuation is dropped");
              }
            });
  }

  /**
   * The same future, which completes here: whoever completes the first only hands over.
   * Exceptionally at once where this is closed.
   */
  public <T extends @Nullable Object> CompletableFuture<T> handOver(CompletionStage<T> stage) {
    CompletableFuture<T> here = new CompletableFuture<>();
    var unused =
        stage.whenComplete(
            (value, t) -> {
              Runnable completion =
                  () -> {
                    if (t == null) {
                      here.complete(value);
                    } else {
                      here.completeExceptionally(t);
                    }
                  };
              try {
                execute(completion);
              } catch (RejectedExecutionException closed) {
                completion.run();
              }
            });
    return here;
  }

  private Runnable guarded(Runnable task, Runnable reset) {
    return () -> {
      try {
        task.run();
      } catch (RejectedExecutionException closing) {
        if (!delegate.isShutdown()) {
          failed(closing, reset);
        }
      } catch (RuntimeException | AssertionError | LinkageError | StackOverflowError e) {
        failed(e, reset);
      }
    };
  }

  private static void nothing() {}

  private void failed(Throwable t, Runnable reset) {
    failures.increment();
    ALL.increment();
    try {
      onFailure.accept(t);
    } finally {
      reset.run();
    }
  }

  // ---- the end ---------------------------------------------------------------------------------

  public boolean isShutdown() {
    return delegate.isShutdown();
  }

  /** Takes no more tasks; those that wait are run. */
  public void shutdown() {
    delegate.shutdown();
  }

  /** Takes no more tasks, and drops those that wait. */
  public List<Runnable> shutdownNow() {
    return delegate.shutdownNow();
  }

  /** Waits for tasks after {@link #shutdown} or {@link #shutdownNow}; says whether all ended. */
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return delegate.awaitTermination(timeout, unit);
  }

  @Override
  public void close() {
    var unused = shutdownNow();
  }
}
