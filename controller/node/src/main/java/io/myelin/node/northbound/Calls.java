package io.myelin.node.northbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Named;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.RequestRecord;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** How calls are answered: whatever goes wrong becomes one well-formed error. */
final class Calls {
  /** A search and its admission may be overtaken by others this often before we give up. */
  static final int MAX_ATTEMPTS = 16;

  private Calls() {}

  /** Answers when the result is there. */
  static <V, T> void respond(
      StreamObserver<T> out, Function<V, T> wrap, Supplier<CompletableFuture<V>> call) {
    CompletableFuture<V> result;
    try {
      result = call.get();
    } catch (RuntimeException e) {
      out.onError(Refusals.of(e));
      return;
    }
    result.whenComplete(
        (value, t) -> {
          if (t != null) {
            out.onError(Refusals.of(t));
          } else {
            out.onNext(wrap.apply(value));
            out.onCompleted();
          }
        });
  }

  /** Answers at once. */
  static <T> void respond(StreamObserver<T> out, Supplier<T> call) {
    respond(out, Function.<T>identity(), () -> CompletableFuture.completedFuture(call.get()));
  }

  /**
   * What a request was about when it was made before; null: it was not.
   *
   * @throws io.grpc.StatusRuntimeException when it was another request
   */
  static @Nullable Named replay(StateLog stateLog, Command.@Nullable Request request) {
    RequestRecord record = request == null ? null : stateLog.state().requests().get(request.key());
    if (record == null || request == null) {
      return null;
    }
    if (!record.fingerprint().equals(request.fingerprint())) {
      throw Refusals.of(new Outcome.RequestIdReused(request.key().requestId()));
    }
    return record.about();
  }

  /** Proposes, and searches for another proposal when somebody else was faster. */
  static CompletableFuture<Applied> admit(StateLog stateLog, Supplier<Command> proposal) {
    return admit(stateLog, proposal, 1);
  }

  private static CompletableFuture<Applied> admit(
      StateLog stateLog, Supplier<Command> proposal, int attempt) {
    return stateLog
        .submit(proposal.get())
        .thenCompose(
            a ->
                a.outcome() instanceof Outcome.Overtaken && attempt < MAX_ATTEMPTS
                    ? admit(stateLog, proposal, attempt + 1)
                    : CompletableFuture.completedFuture(a));
  }
}
