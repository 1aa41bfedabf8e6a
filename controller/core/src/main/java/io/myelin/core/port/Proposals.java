package io.myelin.core.port;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import java.util.concurrent.CompletableFuture;

/**
 * Where commands are proposed against a state: the log, which makes them so, or a {@link DryRun},
 * which says what they would do.
 */
public interface Proposals {

  /** The newest state. */
  FabricState state();

  /** Applies a command; completes with what became of it. */
  CompletableFuture<Applied> submit(Command command);
}
