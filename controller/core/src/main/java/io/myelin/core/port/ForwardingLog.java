package io.myelin.core.port;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** A log that does what another does, but for what a subclass does otherwise. */
public abstract class ForwardingLog implements StateLog {
  private final StateLog log;

  protected ForwardingLog(StateLog log) {
    this.log = log;
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    return log.submit(command);
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
