package io.myelin.node.store;

import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** The log of a single node that forgets: state lives as long as the process. */
public final class InProcessStateLog implements StateLog {
  private final Object lock = new Object();
  private final List<Consumer<Applied>> followers = new ArrayList<>();
  private final long term;
  private volatile FabricState state = FabricState.EMPTY;

  /**
   * @param term the process's leadership term; must rise with every restart against the same
   *     switches
   */
  public InProcessStateLog(long term) {
    this.term = term;
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    Applied applied;
    synchronized (lock) {
      applied = StateMachine.apply(state, command);
      state = applied.after();
      if (!applied.changes().isEmpty()) {
        followers.forEach(f -> f.accept(applied));
      }
    }
    return CompletableFuture.completedFuture(applied);
  }

  @Override
  public FabricState state() {
    return state;
  }

  @Override
  public FabricState follow(Consumer<Applied> follower) {
    synchronized (lock) {
      followers.add(follower);
      return state;
    }
  }

  @Override
  public long term() {
    return term;
  }

  @Override
  public void close() {}
}
