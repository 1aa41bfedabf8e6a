package io.myelin.onos.store;

import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.node.store.LogRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Commands of this node that wait for their entry in the log, and those whose entry is being
 * appended.
 *
 * <p>Thread-safe. Whoever holds this object's monitor sees no command come or go.
 */
final class PendingCommands {
  /** Commands that share an entry: what a hundred leases ask for stays far below 1 MiB. */
  private static final int BATCH = 100;

  /** Commands that wait at most; more are refused, and may be made again. */
  private static final int MAX_WAITING = 10_000;

  private static final String UNKNOWN = "it is not known whether the command was committed";

  /**
   * A record that is to be in the log.
   *
   * @param result what becomes of it
   */
  record Waiting(LogRecord entry, CompletableFuture<Applied> result) {
    static Waiting of(LogRecord entry) {
      return new Waiting(entry, new CompletableFuture<>());
    }
  }

  private final Deque<Waiting> queue = new ArrayDeque<>();
  private volatile List<Waiting> underWay = List.of();

  /** Adds a command; completes with what becomes of it, at once if too many wait. */
  synchronized CompletableFuture<Applied> add(Command command) {
    if (queue.size() >= MAX_WAITING) {
      return CompletableFuture.failedFuture(
          new NotCommitted(MAX_WAITING + " commands wait for ONOS's storage already"));
    }
    Waiting w = Waiting.of(new LogRecord(command, 0));
    queue.add(w);
    return w.result;
  }

  /** Takes the commands of the next entry, which are under way until {@link #answered}. */
  List<Waiting> take() {
    List<Waiting> some = new ArrayList<>();
    synchronized (this) {
      while (!queue.isEmpty() && some.size() < BATCH) {
        some.add(queue.remove());
      }
    }
    underWay = some;
    return some;
  }

  /** Whoever waits for what is under way, and has no answer, gets none any more. */
  void answered() {
    List<Waiting> some = underWay;
    underWay = List.of();
    fail(some, UNKNOWN);
  }

  /** Tells whoever waits for what is under way that it may never be answered. */
  void giveUpUnderWay() {
    fail(underWay, UNKNOWN);
  }

  /** Nobody will append what waits. */
  void giveUp(String why) {
    List<Waiting> all;
    synchronized (this) {
      all = new ArrayList<>(queue);
      queue.clear();
    }
    fail(all, why);
  }

  /** Tells those who have no answer yet that there will be none. */
  static void fail(List<Waiting> all, String why) {
    for (Waiting w : all) {
      if (!w.result.isDone()) {
        w.result.completeExceptionally(new NotCommitted(why));
      }
    }
  }
}
