package io.myelin.node.northbound;

import com.google.protobuf.Message;
import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.DryRun;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Proposals;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Named;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls that every {@link Resource} has: create, get, list, update, release. What was done
 * before under the same request id is answered again; a dry run says what would be done; all else
 * is proposed, and answered once the switches have it.
 */
final class ResourceCalls<N extends Named & Comparable<N>, R, M> {
  private static final Logger log = LoggerFactory.getLogger(ResourceCalls.class);

  /** How long an answer waits for the switches before it reports what is under way. */
  private static final long SETTLE_MS = 10_000;

  private final Resource<N, R, M> resource;
  private final StateLog stateLog;
  private final LiveConditions present;
  private final BurstRoom bursts;
  private final Awaiter<N, R> awaiter;
  private final Supplier<String> ids;

  /**
   * @param ids makes up ids for those that come without one
   */
  ResourceCalls(
      Resource<N, R, M> resource,
      StateLog stateLog,
      LiveConditions present,
      BurstRoom bursts,
      Awaiter<N, R> awaiter,
      Supplier<String> ids) {
    this.resource = resource;
    this.stateLog = stateLog;
    this.present = present;
    this.bursts = bursts;
    this.awaiter = awaiter;
    this.ids = ids;
  }

  /**
   * A request that changes something.
   *
   * @param id under which it may be made again; empty: none
   * @param body all of the request
   */
  record Asked(String id, boolean validateOnly, Message body) {
    /** One that cannot be a dry run. */
    static Asked really(String id, Message body) {
      return new Asked(id, false, body);
    }
  }

  // ---- create ----------------------------------------------------------------------------------

  /**
   * A request for a new one.
   *
   * @param id of the resource; empty: one is made up
   * @param endIfCancelled whether it is to end again when the call is cancelled
   */
  record Creation(String parent, String id, boolean endIfCancelled, Asked asked) {}

  /** A new one, as it is proposed. */
  record Draft<N, S>(N name, S spec, Command.@Nullable Request request, long nowMs) {}

  /** Reads what is asked for, and checks it. */
  interface Spec<S> {
    S read(TenantId tenant, long nowMs);
  }

  /**
   * Creates one.
   *
   * @param wrap its message, into an answer
   * @param admit proposes it; may be called more than once
   */
  <S, T> void create(
      StreamObserver<T> out,
      Function<M, T> wrap,
      Creation m,
      Spec<S> spec,
      BiFunction<Proposals, Draft<N, S>, CompletableFuture<R>> admit) {
    Calls.respond(
        out,
        wrap,
        () -> {
          TenantId tenant = RequestFields.tenant("parent", m.parent());
          long now = present.timeMs();
          S read = spec.read(tenant, now);
          String id = m.id().isEmpty() ? ids.get() : m.id();
          Command.Request request = RequestFields.request(tenant, m.asked().id(), m.asked().body());
          Draft<N, S> draft = new Draft<>(resource.chosen(tenant, id), read, request, now);
          CompletableFuture<Void> cancelled =
              m.endIfCancelled() ? Calls.cancelled(out) : new CompletableFuture<>();
          return answer(
              request,
              m.asked().validateOnly(),
              cancelled,
              proposals -> admit.apply(proposals, draft));
        });
  }

  // ---- read ------------------------------------------------------------------------------------

  <T> void get(StreamObserver<T> out, Function<M, T> wrap, String name) {
    get(out, wrap, name, resource::message);
  }

  /**
   * Answers with one of them.
   *
   * @param message how it is told of
   */
  <T> void get(
      StreamObserver<T> out,
      Function<M, T> wrap,
      String name,
      BiFunction<FabricState, R, M> message) {
    Calls.respond(
        out,
        () -> {
          N parsed = resource.parse("name", name);
          FabricState s = stateLog.state();
          R found = resource.in(s).get(parsed);
          if (found == null) {
            throw Refusals.of(resource.notFound(parsed));
          }
          return wrap.apply(message.apply(s, found));
        });
  }

  /** A request for a page of them. */
  record Listing(String parent, int pageSize, String pageToken, boolean showEnded) {}

  /**
   * Answers with a page of them.
   *
   * @param wrap messages and the token of the next page, into an answer
   */
  <T> void list(StreamObserver<T> out, Listing m, BiFunction<List<M>, String, T> wrap) {
    Calls.respond(
        out,
        () -> {
          ListPage page = ListPage.of(m.parent(), m.pageSize());
          N from =
              m.pageToken().isEmpty()
                  ? page.tenant() == null ? null : resource.first(page.tenant())
                  : resource.parse("page_token", m.pageToken());
          FabricState s = stateLog.state();
          List<M> messages = new ArrayList<>();
          String next =
              page.fill(
                  resource.in(s),
                  from,
                  Named::tenant,
                  r -> m.showEnded() || !resource.ended(r),
                  r -> messages.add(resource.message(s, r)));
          return wrap.apply(messages, next);
        });
  }

  // ---- change ----------------------------------------------------------------------------------

  /**
   * What a request wants to change.
   *
   * @param etag that it must have; 0: any
   */
  record Target<N>(N name, long etag, Command.@Nullable Request request, long nowMs) {}

  /**
   * Changes one, whose name and etag are fields of its message in the request.
   *
   * @param admit proposes the change; may be called more than once
   */
  <T> void update(
      StreamObserver<T> out,
      Function<M, T> wrap,
      String name,
      String etag,
      Asked asked,
      BiFunction<Proposals, Target<N>, CompletableFuture<R>> admit) {
    change(out, wrap, () -> target(resource.noun() + ".", name, etag, asked), asked, admit);
  }

  /** Changes one, whose name is a field of the request. */
  <T> void change(
      StreamObserver<T> out,
      Function<M, T> wrap,
      String name,
      Asked asked,
      BiFunction<Proposals, Target<N>, CompletableFuture<R>> admit) {
    change(out, wrap, () -> target("", name, "", asked), asked, admit);
  }

  private <T> void change(
      StreamObserver<T> out,
      Function<M, T> wrap,
      Supplier<Target<N>> read,
      Asked asked,
      BiFunction<Proposals, Target<N>, CompletableFuture<R>> admit) {
    Calls.respond(
        out,
        wrap,
        () -> {
          Target<N> target = read.get();
          return answer(
              target.request(),
              asked.validateOnly(),
              new CompletableFuture<>(),
              proposals -> admit.apply(proposals, target));
        });
  }

  /**
   * @param in before the names of fields, for errors
   */
  private Target<N> target(String in, String name, String etag, Asked asked) {
    N parsed = resource.parse(in + "name", name);
    return new Target<>(
        parsed,
        RequestFields.etag(in + "etag", etag),
        RequestFields.request(parsed.tenant(), asked.id(), asked.body()),
        present.timeMs());
  }

  /** Releases one. Releasing twice is no error: the second call waits for the same end. */
  <T> void release(
      StreamObserver<T> out, Function<M, T> wrap, String name, String etag, Asked asked) {
    Calls.respond(
        out,
        wrap,
        () -> {
          Target<N> t = target("", name, etag, asked);
          return stateLog
              .submit(resource.release(t.name(), t.etag(), t.request(), t.nowMs()))
              .thenCompose(
                  a -> {
                    R before = resource.endedBefore(stateLog.state(), a.outcome());
                    return settled(before != null ? before : resource.granted(a.outcome()));
                  });
        });
  }

  // ---- common ----------------------------------------------------------------------------------

  /**
   * What was done before under the same request id; else does it, or says what it would do.
   *
   * @param cancelled when it is to end again
   */
  private CompletableFuture<M> answer(
      Command.@Nullable Request request,
      boolean validateOnly,
      CompletableFuture<Void> cancelled,
      Function<Proposals, CompletableFuture<R>> call) {
    R replay = replay(request);
    if (validateOnly) {
      if (replay != null) {
        return CompletableFuture.completedFuture(resource.message(stateLog.state(), replay));
      }
      DryRun dry = new DryRun(stateLog.state());
      return bursts.yielding(dry, call).thenApply(r -> resource.preview(dry.state(), r));
    }
    return (replay != null
            ? CompletableFuture.completedFuture(replay)
            : bursts.yielding(stateLog, call))
        .thenCompose(
            r -> {
              var unused = cancelled.thenRun(() -> end(r));
              return settled(r);
            });
  }

  private @Nullable R replay(Command.@Nullable Request request) {
    Named about = Calls.replay(stateLog, request);
    N name = about == null ? null : resource.own(about);
    return name == null ? null : resource.in(stateLog.state()).get(name);
  }

  /** Ends what was created by a call that was cancelled, unless another has its name by now. */
  private void end(R created) {
    N name = resource.name(created);
    R now = resource.in(stateLog.state()).get(name);
    if (now == null
        || resource.createTimeMs(now) != resource.createTimeMs(created)
        || !resource.lives(now)) {
      return;
    }
    stateLog
        .submit(resource.release(name, 0, null, present.timeMs()))
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                log.warn(
                    "{} was to end with its call, which was cancelled, and stays: {}",
                    name,
                    t.getMessage());
              }
            });
  }

  /** The resource once nothing is under way for it, or as it is when that takes too long. */
  private CompletableFuture<M> settled(R began) {
    long version = resource.version(began);
    return awaiter
        .await(
            resource.name(began),
            r -> resource.version(r) >= version && resource.isQuiet(r),
            stateLog)
        .completeOnTimeout(began, SETTLE_MS, TimeUnit.MILLISECONDS)
        .thenApply(
            seen -> {
              FabricState s = stateLog.state();
              R now = resource.answered(s, seen);
              M message = resource.message(s, now);
              if (resource.failed(began, now)) {
                String name = resource.name(now).toString();
                throw ApiErrors.of(
                    Code.INTERNAL,
                    "SWITCH_REFUSED",
                    name + ": " + resource.reason(message),
                    Map.of(resource.noun(), name));
              }
              return message;
            });
  }
}
