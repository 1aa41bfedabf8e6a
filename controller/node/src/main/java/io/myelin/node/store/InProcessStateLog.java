package io.myelin.node.store;

import io.myelin.core.port.Leadership;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** The log of a single node that forgets: state lives as long as the process. */
public final class InProcessStateLog extends ReplicaLog {
  private final List<Consumer<Leadership>> listeners = new CopyOnWriteArrayList<>();
  private volatile Leadership leadership;

  /**
   * @param epoch must rise with every restart against the same switches
   */
  public InProcessStateLog(long epoch) {
    super(new Replica());
    leadership = new Leadership(Leadership.Role.LEADER, epoch, 1, "");
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    return CompletableFuture.completedFuture(replica().apply(command));
  }

  @Override
  public Leadership leadership() {
    return leadership;
  }

  @Override
  public void onLeadership(Consumer<Leadership> listener) {
    listeners.add(listener);
    listener.accept(leadership);
  }

  @Override
  public synchronized CompletableFuture<Void> raiseEpoch(long epoch) {
    if (Long.compareUnsigned(epoch, leadership.epoch()) > 0) {
      leadership = new Leadership(Leadership.Role.LEADER, epoch, leadership.term(), "");
      listeners.forEach(l -> l.accept(leadership));
    }
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public Progress progress() {
    return new Progress(replica().index(), timeMs(), 0);
  }

  @Override
  public void close() {}
}
