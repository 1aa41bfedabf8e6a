package io.myelin.node.thread;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * A log whose answers arrive on another thread than its own: on that, appends and heartbeats are
 * served, and whoever searched a path there would hold them up, until the leader is deposed.
 */
public final class OffloadedLog implements StateLog {
  private final StateLog log;
  private final GuardedExecutor executor;

  /**
   * @param executor on which what {@link #submit} returns completes
   */
  public OffloadedLog(StateLog log, GuardedExecutor executor) {
    this.log = log;
    this.executor = executor;
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    return executor.handOver(log.submit(command));
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
  public void unfollow(Consumer<Applied> follower) {
    log.unfollow(follower);
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
  public CompletableFuture<Void> raiseEpoch(long epoch) {
    return log.raiseEpoch(epoch);
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
