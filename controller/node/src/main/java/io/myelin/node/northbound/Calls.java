package io.myelin.node.northbound;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.myelin.core.port.Proposals;
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
   * Completes when a call is cancelled, or its deadline passes, before its answer has left; on a
   * thread of gRPC's. To be called before the method returns.
   */
  static CompletableFuture<Void> cancelled(StreamObserver<?> out) {
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    ((ServerCallStreamObserver<?>) out).setOnCancelHandler(() -> cancelled.complete(null));
    return cancelled;
  }

  /**
   * What a request was about when it was made before; null: it was not.
   *
   * @throws io.grpc.StatusRuntimeException when it was another request
   */
  static @Nullable Named replay(Proposals proposals, Command.@Nullable Request request) {
    RequestRecord record =
        request == null ? null : proposals.state().requestLog().records().get(request.key());
    if (record == null || request == null) {
      return null;
    }
    if (!record.fingerprint().equals(request.fingerprint())) {
      throw Refusals.of(new Outcome.RequestIdReused(request.key().requestId()));
    }
    return record.about();
  }

  /** Proposes, and searches for another proposal when somebody else was faster. */
  static CompletableFuture<Applied> admit(Proposals proposals, Supplier<Command> proposal) {
    return admit(proposals, proposal, 1);
  }

  private static CompletableFuture<Applied> admit(
      Proposals proposals, Supplier<Command> proposal, int attempt) {
    return proposals
        .submit(proposal.get())
        .thenCompose(
            a ->
                a.outcome() instanceof Outcome.Overtaken && attempt < MAX_ATTEMPTS
                    ? admit(proposals, proposal, attempt + 1)
                    : CompletableFuture.completedFuture(a));
  }
}
