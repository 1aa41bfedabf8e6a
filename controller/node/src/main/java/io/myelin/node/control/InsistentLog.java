package io.myelin.node.control;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The log as a controller uses it: what it has to say it says again until the log has it, for as
 * long as its leadership lasts. All that it says names the generation it speaks of, or is so
 * however often it is said.
 */
public final class InsistentLog implements StateLog {
  private static final long RETRY_MS = 50;

  private final StateLog log;
  private final ScheduledExecutorService control;
  private final Leadership leadership;

  /**
   * @param control waits before things are said again
   */
  public InsistentLog(StateLog log, ScheduledExecutorService control) {
    this.log = log;
    this.control = control;
    leadership = log.leadership();
  }

  /** Completes exceptionally with {@link NotCommitted} only when the leadership is over. */
  @Override
  public CompletableFuture<Applied> submit(Command command) {
    CompletableFuture<Applied> result = new CompletableFuture<>();
    attempt(command, result);
    return result;
  }

  private void attempt(Command command, CompletableFuture<Applied> result) {
    log.submit(command)
        .whenComplete(
            (a, t) -> {
              if (t == null) {
                result.complete(a);
              } else if (over(t)) {
                result.completeExceptionally(t);
              } else {
                again(command, result, t);
              }
            });
  }

  private boolean over(Throwable t) {
    Throwable cause = t instanceof CompletionException && t.getCause() != null ? t.getCause() : t;
    return !(cause instanceof NotCommitted) || !log.leadership().equals(leadership);
  }

  private void again(Command command, CompletableFuture<Applied> result, Throwable t) {
    try {
      control.schedule(() -> attempt(command, result), RETRY_MS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      result.completeExceptionally(t);
    }
  }

  @Override
  public FabricState state() {
    return log.state();
  }

  @Override
  public FabricState follow(Consumer<Applied> follower) {
    return log.follow(follower);
  }

  @Override
  public Leadership leadership() {
    return log.leadership();
  }

  @Override
  public void onLeadership(Consumer<Leadership> listener) {
    log.onLeadership(listener);
  }

  @Override
  public Progress progress() {
    return log.progress();
  }

  @Override
  public void close() {
    log.close();
  }
}
