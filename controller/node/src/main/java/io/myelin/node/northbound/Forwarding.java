package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.node.northbound.access.Authentication;
import io.myelin.node.northbound.access.Callers;
import io.myelin.node.northbound.access.Rights;
import io.myelin.node.northbound.access.Rights.Served;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What makes any member as good as the leader: reads of the state are answered here, with how old
 * it may be; everything else is passed on to the leader, message by message, and so are its
 * answers.
 *
 * <p>Answers bear {@code myelin-member}, {@code myelin-applied-index} and {@code myelin-behind-ms}.
 * A request that bears {@code myelin-read: leader} is never answered from a copy.
 */
public final class Forwarding implements ServerInterceptor {
  static final Metadata.Key<String> READ = key("myelin-read");
  static final Metadata.Key<String> MEMBER = key("myelin-member");
  static final Metadata.Key<String> INDEX = key("myelin-applied-index");
  static final Metadata.Key<String> BEHIND = key("myelin-behind-ms");
  private static final Metadata.Key<String> FORWARDED = key("myelin-forwarded-by");
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);
  private static final String LEADER = "leader";

  private final String member;
  private final StateLog stateLog;
  private final Function<String, @Nullable Channel> members;
  private final Set<Forwarded> underWay = ConcurrentHashMap.newKeySet();

  /** A call that was passed on, and to whom. Its end may come from either side, and from here. */
  private static final class Forwarded {
    final String leader;
    private final ClientCall<?, ?> call;
    private boolean over;

    Forwarded(String leader, ClientCall<?, ?> call) {
      this.leader = leader;
      this.call = call;
    }

    synchronized void cancel(String why) {
      over = true;
      call.cancel(why, null);
    }

    /** Does something with the call, unless it was given up. */
    synchronized void go(Runnable step) {
      if (!over) {
        step.run();
      }
    }
  }

  /**
   * @param member id of this one
   * @param members how to reach another's API, by id; null: not configured
   */
  public Forwarding(String member, StateLog stateLog, Function<String, @Nullable Channel> members) {
    this.member = member;
    this.stateLog = stateLog;
    this.members = members;
    stateLog.onLeadership(this::turned);
  }

  /** Who waits for an answer of a leader that is none any more should ask again. */
  private void turned(Leadership now) {
    for (Forwarded f : underWay) {
      if (!now.leader().equals(f.leader)) {
        f.cancel("it leads no more");
      }
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    String method = call.getMethodDescriptor().getFullMethodName();
    Rights.Right right = Rights.of(method);
    Served served = right == null ? Served.HERE : right.served(); // nobody may call it
    boolean ours = served != Served.HERE;
    Leadership now = stateLog.leadership();
    if (!ours || now.leads()) {
      return next.startCall(stamped(call, ours), headers);
    }
    StateLog.Progress progress = stateLog.progress();
    boolean read = served == Served.COPY && !LEADER.equals(headers.get(READ));
    if (read && progress.behindMs() != StateLog.Progress.NEVER) {
      return next.startCall(stamped(call, true), headers);
    }
    Channel leader = now.leader().isEmpty() ? null : members.apply(now.leader());
    if (leader == null || headers.containsKey(FORWARDED)) {
      return refuse(call, now);
    }
    headers.put(FORWARDED, member);
    Authentication.passOn(Callers.current(), headers);
    return forward(call, headers, now.leader(), leader);
  }

  private <Q, R> ServerCall.Listener<Q> refuse(ServerCall<Q, R> call, Leadership now) {
    StatusRuntimeException e =
        ApiErrors.retry(
            Code.UNAVAILABLE,
            "NO_LEADER",
            now.role() == Leadership.Role.STOPPED
                ? "member " + member + " has stopped; ask another"
                : "member " + member + " knows of no leader; one is being elected",
            Map.of("member", member),
            Refusals.RETRY_MS);
    ApiErrors.close(call, e);
    return new ServerCall.Listener<>() {};
  }

  private static StatusRuntimeException lost(Status status) {
    return ApiErrors.retry(
        Code.UNAVAILABLE,
        "LEADER_LOST",
        "the leader did not answer, and may have done what was asked: " + status.getDescription(),
        Map.of(),
        Refusals.RETRY_MS);
  }

  /** Says who answers, and how old what it says may be. */
  private <Q, R> ServerCall<Q, R> stamped(ServerCall<Q, R> call, boolean state) {
    if (!state) {
      return call;
    }
    return new SimpleForwardingServerCall<Q, R>(call) {
      @Override
      public void sendHeaders(Metadata headers) {
        StateLog.Progress p = stateLog.progress();
        headers.put(MEMBER, member);
        headers.put(INDEX, Long.toString(p.index()));
        headers.put(BEHIND, Long.toString(p.behindMs()));
        super.sendHeaders(headers);
      }
    };
  }

  private <Q, R> ServerCall.Listener<Q> forward(
      ServerCall<Q, R> call, Metadata headers, String leader, Channel to) {
    Deadline deadline = Context.current().getDeadline();
    CallOptions options =
        deadline == null ? CallOptions.DEFAULT : CallOptions.DEFAULT.withDeadline(deadline);
    ClientCall<Q, R> out = to.newCall(call.getMethodDescriptor(), options);
    Forwarded forwarded = new Forwarded(leader, out);
    underWay.add(forwarded);
    out.start(
        new ClientCall.Listener<R>() {
          @Override
          public void onHeaders(Metadata h) {
            call.sendHeaders(h);
          }

          @Override
          public void onMessage(R message) {
            call.sendMessage(message);
            out.request(1);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            underWay.remove(forwarded);
            if (call.isCancelled()) {
              return;
            }
            // Our errors bear details; what bears none is the connection's.
            boolean broken = !status.isOk() && !trailers.containsKey(DETAILS);
            if (broken && status.getCode() != Status.Code.DEADLINE_EXCEEDED) {
              ApiErrors.close(call, lost(status));
            } else {
              call.close(status, trailers);
            }
          }
        },
        headers);
    out.request(1);
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(Q message) {
        forwarded.go(() -> out.sendMessage(message));
        call.request(1);
      }

      @Override
      public void onHalfClose() {
        forwarded.go(out::halfClose);
      }

      @Override
      public void onCancel() {
        forwarded.cancel("the client went away");
      }
    };
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
