package io.myelin.node.control;

import io.myelin.core.port.ForwardingLog;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.node.thread.GuardedExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log as a controller uses it: what it has to say it says again until the log has it, for as
 * long as its leadership lasts. All that it says names the generation it speaks of, or is so
 * however often it is said. What waits for long is said in the log file once.
 *
 * <p>Answers arrive on the executor, never on the log's own thread.
 */
public final class RetryingStateLog extends ForwardingLog {
  private static final Logger logger = LoggerFactory.getLogger(RetryingStateLog.class);
  static final long FIRST_RETRY_MS = 50;

  /** A majority that is back is noticed within this. */
  static final long LAST_RETRY_MS = 1_000;

  /** Attempts in a row after which somebody should know: about ten seconds. */
  static final int MANY = 15;

  private final StateLog log;
  private final GuardedExecutor executor;
  private final Leadership leadership;
  private final AtomicInteger stuck = new AtomicInteger();

  /**
   * @param executor waits before things are said again, and completes what {@link #submit} returns
   */
  public RetryingStateLog(StateLog log, GuardedExecutor executor) {
    super(log);
    this.log = log;
    this.executor = executor;
    leadership = log.leadership();
  }

  /** Completes exceptionally with {@link NotCommitted} only when the leadership is over. */
  @Override
  public CompletableFuture<Applied> submit(Command command) {
    CompletableFuture<Applied> result = new CompletableFuture<>();
    attempt(command, result, 1);
    return result;
  }

  private void attempt(Command command, CompletableFuture<Applied> result, int number) {
    executor.whenComplete(
        log.submit(command),
        (a, t) -> {
          if (t == null) {
            if (number > MANY && stuck.decrementAndGet() == 0) {
              logger.info("the log takes commands again");
            }
            result.complete(a);
          } else if (over(t)) {
            result.completeExceptionally(t);
          } else {
            again(command, result, number, t);
          }
        });
  }

  private boolean over(Throwable t) {
    Throwable cause = t instanceof CompletionException && t.getCause() != null ? t.getCause() : t;
    return !(cause instanceof NotCommitted) || !log.leadership().equals(leadership);
  }

  private void again(Command command, CompletableFuture<Applied> result, int number, Throwable t) {
    if (number == MANY && stuck.incrementAndGet() == 1) {
      logger.warn("the log takes no commands, they are said again: {}", t.getMessage());
    }
    long pause = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS << Math.min(number - 1, 10));
    try {
      executor.schedule(() -> attempt(command, result, number + 1), pause, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      result.completeExceptionally(t);
    }
  }
}
