package io.myelin.core.port;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The one way to change the state: commands in one order, the same for everybody.
 *
 * <p>Implementations: in process ({@code node.store}), replicated and on disk ({@code node.store},
 * Raft), and one that does everything that a log may do, at the worst moment ({@code sim}). One
 * contract test holds for all.
 */
public interface StateLog extends Proposals, AutoCloseable {

  /**
   * Appends a command. Completes once it is committed, which means that no crash can lose it, and
   * applied here; exceptionally with {@link NotCommitted} when this member does not lead, or cannot
   * say whether the command was committed. It may be committed even then: whoever must not do a
   * thing twice gives it a request id.
   */
  @Override
  CompletableFuture<Applied> submit(Command command);

  /** The newest state applied here. */
  @Override
  FabricState state();

  /**
   * Calls {@code follower} after every change from now on, in order, one at a time, before {@link
   * #submit} completes; meanwhile {@link #progress} says the index of the change. It must return at
   * once and not submit from within. Where a member was too far behind, many commands may come as
   * one change.
   *
   * @return the state that the first call builds on
   */
  FabricState follow(Consumer<Applied> follower);

  /**
   * Calls the same {@code follower} no more; it is not kept. A call that is under way may still
   * come.
   */
  void unfollow(Consumer<Applied> follower);

  Leadership leadership();

  /**
   * Calls {@code listener} after every change of {@link #leadership}, in order, one at a time; at
   * once if this member leads already. It must return at once.
   */
  void onLeadership(Consumer<Leadership> listener);

  /**
   * Begins another leadership of this member under a higher epoch, for good: switches have heard of
   * an election id that outbids the present one. Completes when it is durable; exceptionally with
   * {@link NotCommitted} when this member does not lead, or this log cannot do it.
   *
   * @param epoch unsigned; one that is not higher changes nothing
   */
  default CompletableFuture<Void> raiseEpoch(long epoch) {
    return CompletableFuture.failedFuture(
        new NotCommitted("the epoch of this log cannot be raised"));
  }

  /** How far what is applied here has come. */
  Progress progress();

  /**
   * How far a member has come.
   *
   * @param index of the last command applied
   * @param timeMs the log's time: the newest that any command bore, milliseconds since 1970
   * @param behindMs how old what is applied here may be, milliseconds: since this member last knew
   *     that it had all; 0 on the leader; -1: never yet
   */
  record Progress(long index, long timeMs, long behindMs) {
    public static final long NEVER = -1;
  }

  @Override
  void close();
}
