package io.myelin.node.observe;

import io.myelin.core.port.ForwardingLog;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import java.util.concurrent.CompletableFuture;

/** A log that tells how long each command took until it was committed and applied. */
public final class ObservedLog extends ForwardingLog {
  private final MemberEvents events;

  public ObservedLog(StateLog log, MemberEvents events) {
    super(log);
    this.events = events;
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    long beganNs = System.nanoTime();
    return super.submit(command)
        .whenComplete(
            (a, t) -> {
              if (t == null) {
                events.committed(System.nanoTime() - beganNs);
              }
            });
  }
}
