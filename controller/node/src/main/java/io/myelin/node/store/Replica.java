package io.myelin.node.store;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One copy of the state, and who follows it. Thread-safe.
 *
 * <p>A log that was closed and opened again begins anew, at its last snapshot. Nobody sees that:
 * what was applied before stays in force until the log has come as far once more.
 */
public final class Replica {
  private static final Logger log = LoggerFactory.getLogger(Replica.class);

  private final Object lock = new Object();
  private final List<Consumer<Applied>> followers = new ArrayList<>();
  private volatile FabricState state = FabricState.EMPTY;
  private volatile long index;
  private volatile long timeMs;

  /** What a log that begins anew has come to; null: it is the state that all see. */
  private @Nullable Copy again;

  private record Copy(FabricState state, long index, long timeMs) {}

  /** The log begins anew: what it applies from now on builds on nothing. */
  void restart() {
    synchronized (lock) {
      again = new Copy(FabricState.EMPTY, 0, 0);
      caughtUp();
    }
  }

  private void caughtUp() {
    Copy copy = again;
    if (copy != null && copy.index >= index) {
      again = null;
      takeOver(copy);
    }
  }

  private void takeOver(Copy copy) {
    Applied jump = Applied.between(state, copy.state);
    state = copy.state;
    index = copy.index;
    timeMs = copy.timeMs;
    tell(jump);
  }

  /** Applies the next command, and tells those who follow before it returns. */
  public Applied apply(Command command) {
    synchronized (lock) {
      Copy copy = again;
      if (copy != null) {
        Applied applied = StateMachine.apply(copy.state, command);
        again = new Copy(applied.after(), copy.index + 1, Math.max(copy.timeMs, command.timeMs()));
        caughtUp();
        return applied;
      }
      Applied applied = StateMachine.apply(state, command);
      timeMs = Math.max(timeMs, command.timeMs());
      index++;
      state = applied.after();
      tell(applied);
      return applied;
    }
  }

  /** Takes over what another copy had come to. */
  public void install(FabricState other, long otherIndex, long otherTimeMs) {
    synchronized (lock) {
      Copy copy = new Copy(other, otherIndex, otherTimeMs);
      if (again != null) {
        again = copy;
        caughtUp();
      } else {
        takeOver(copy);
      }
    }
  }

  /**
   * What is committed is applied, whatever becomes of those who follow: a mistake of theirs must
   * not look as if the command could not be applied, which would stop this member.
   */
  private void tell(Applied applied) {
    if (applied.changes().isEmpty()) {
      return;
    }
    for (Consumer<Applied> follower : List.copyOf(followers)) {
      try {
        follower.accept(applied);
      } catch (RuntimeException | AssertionError e) {
        log.error("a follower of the state failed; the others are told", e);
      }
    }
  }

  public FabricState state() {
    return state;
  }

  /** The state and what belongs to it, of one moment. */
  public SnapshotFile.Content content(long epoch) {
    synchronized (lock) {
      Copy copy = again;
      return copy == null
          ? new SnapshotFile.Content(state, index, timeMs, epoch)
          : new SnapshotFile.Content(copy.state, copy.index, copy.timeMs, epoch);
    }
  }

  /** How many commands led here. */
  public long index() {
    return index;
  }

  /** The newest time that a command bore, milliseconds since 1970. */
  public long timeMs() {
    return timeMs;
  }

  /** See {@link io.myelin.core.port.StateLog#follow}. */
  public FabricState follow(Consumer<Applied> follower) {
    synchronized (lock) {
      followers.add(follower);
      return state;
    }
  }

  /** See {@link io.myelin.core.port.StateLog#unfollow}. */
  public void unfollow(Consumer<Applied> follower) {
    synchronized (lock) {
      followers.remove(follower);
    }
  }
}
