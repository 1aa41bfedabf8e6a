package io.myelin.core.port;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The one way to change the state: commands in one order, the same for everybody.
 *
 * <p>Implementations: in process ({@code node.store}); Raft is to follow.
 */
public interface StateLog extends AutoCloseable {

  /**
   * Appends a command. Completes once it is durable and applied here; exceptionally when the log
   * cannot say whether it was (the caller retries with the same request id).
   */
  CompletableFuture<Applied> submit(Command command);

  /** The newest state applied here. */
  FabricState state();

  /**
   * Calls {@code follower} after every command from now on, in order, one at a time, before {@link
   * #submit} completes. It must return at once and not submit from within.
   *
   * @return the state that the first call builds on
   */
  FabricState follow(Consumer<Applied> follower);

  /**
   * The term of the current leadership, at least 1 and rising: election ids derive from it
   * (invariant 5).
   */
  long term();

  @Override
  void close();
}
