package io.myelin.node.thread;

import io.myelin.core.port.ForwardingLog;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import java.util.concurrent.CompletableFuture;

/**
 * A log whose answers arrive on another thread than its own: on that, appends and heartbeats are
 * served, and whoever searched a path there would hold them up, until the leader is deposed.
 */
public final class OffloadedLog extends ForwardingLog {
  private final StateLog log;
  private final GuardedExecutor executor;

  /**
   * @param executor on which what {@link #submit} returns completes
   */
  public OffloadedLog(StateLog log, GuardedExecutor executor) {
    super(log);
    this.log = log;
    this.executor = executor;
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    return executor.handOver(log.submit(command));
  }
}
