package io.myelin.node.northbound;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.myelin.core.place.Bursts;
import io.myelin.core.port.DryRun;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Proposals;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Lets leases that have more than they ask for give that back to a request that needs it. The
 * request is proposed once the switches acknowledged that. Nobody gives anything to a request that
 * is refused all the same.
 */
final class BurstRoom {
  /** How long a request waits for those who give way, before it is tried all the same. */
  static final long WAIT_MS = 5_000;

  private final LiveConditions present;
  private final Awaiter<LeaseName, Lease> awaiter;
  private final StateLog stateLog;

  BurstRoom(StateLog stateLog, LiveConditions present, Awaiter<LeaseName, Lease> awaiter) {
    this.stateLog = stateLog;
    this.present = present;
    this.awaiter = awaiter;
  }

  /**
   * What a call comes to; where it finds no room, what it comes to once those in its way have given
   * way.
   *
   * @param call what is asked for, proposed to what it is given; may be made more than once
   */
  <T> CompletableFuture<T> yielding(Proposals in, Function<Proposals, CompletableFuture<T>> call) {
    return made(in, call)
        .handle((T done, Throwable t) -> t == null ? of(done) : again(in, call, cause(t)))
        .thenCompose(Function.identity());
  }

  private <T> CompletableFuture<T> again(
      Proposals in, Function<Proposals, CompletableFuture<T>> call, Throwable refusal) {
    if (!aboutRoom(refusal)) {
      return CompletableFuture.failedFuture(refusal);
    }
    FabricState s = in.state();
    List<LeaseName> bursting = Bursts.bursting(s);
    if (bursting.isEmpty()) {
      return CompletableFuture.failedFuture(refusal);
    }
    DryRun trial = new DryRun(Bursts.without(s, bursting, present.timeMs()));
    CompletableFuture<T> tried = made(trial, call);
    if (!tried.isDone() || tried.isCompletedExceptionally()) {
      return tried; // refused for what there is without bursts: that is what it is told
    }
    List<LeaseName> inTheWay = Bursts.inTheWay(s, bursting, trial.state());
    List<Command.Burst> back = Bursts.takenBack(s, inTheWay);
    return in.submit(new Command.SetBursts(back, present.timeMs()))
        .thenCompose(a -> givenBack(in, a, inTheWay))
        .thenCompose(yes -> made(in, call));
  }

  private CompletableFuture<Void> givenBack(Proposals in, Applied a, List<LeaseName> names) {
    if (a.outcome() instanceof Outcome.Refused) {
      return CompletableFuture.completedFuture(null); // its cause shows when it is tried
    }
    if (in instanceof DryRun dry) {
      dry.acknowledge(names, present.timeMs());
      return CompletableFuture.completedFuture(null);
    }
    List<CompletableFuture<Lease>> all = new ArrayList<>();
    for (LeaseName name : names) {
      all.add(awaiter.await(name, lease -> lease.heldBps() <= lease.bookedBps(), stateLog));
    }
    return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .completeOnTimeout(null, WAIT_MS, TimeUnit.MILLISECONDS)
        .whenComplete((done, t) -> all.forEach(f -> f.cancel(false)));
  }

  private static <T> CompletableFuture<T> made(
      Proposals in, Function<Proposals, CompletableFuture<T>> call) {
    try {
      return call.apply(in);
    } catch (StatusRuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static <T> CompletableFuture<T> of(T value) {
    return CompletableFuture.completedFuture(value);
  }

  private static Throwable cause(Throwable t) {
    Throwable cause = t.getCause();
    return t instanceof CompletionException && cause != null ? cause : t;
  }

  private static boolean aboutRoom(Throwable t) {
    if (t instanceof StatusRuntimeException e) {
      Code code = e.getStatus().getCode();
      return code == Code.RESOURCE_EXHAUSTED || code == Code.FAILED_PRECONDITION;
    }
    return false;
  }
}
