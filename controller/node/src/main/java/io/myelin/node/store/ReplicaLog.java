package io.myelin.node.store;

import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import java.util.function.Consumer;

/** A log that applies what is committed to a {@link Replica} of its own. */
public abstract class ReplicaLog implements StateLog {
  private final Replica replica;

  protected ReplicaLog(Replica replica) {
    this.replica = replica;
  }

  protected final Replica replica() {
    return replica;
  }

  @Override
  public final FabricState state() {
    return replica.state();
  }

  @Override
  public final FabricState follow(Consumer<Applied> follower) {
    return replica.follow(follower);
  }

  @Override
  public final void unfollow(Consumer<Applied> follower) {
    replica.unfollow(follower);
  }

  /** The log's time: see {@link StateLog.Progress#timeMs}. */
  public final long timeMs() {
    return replica.timeMs();
  }

  /** Whether what is applied here is as new as may be asked of one that does not lead. */
  public boolean caughtUp() {
    return true;
  }

  /** Why this member stopped; empty: it did not. */
  public String trouble() {
    return "";
  }

  /** All that is applied here: what a backup holds. */
  public SnapshotFile.Content content() {
    return replica.content(leadership().epoch());
  }
}
