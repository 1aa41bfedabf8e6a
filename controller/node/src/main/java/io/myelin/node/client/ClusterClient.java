package io.myelin.node.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ChannelCredentials;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.MetadataUtils;
import io.myelin.core.model.Invalid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;

/**
 * Several members as one server: what one does not answer is asked of the next, for as long as
 * patience lasts; those that let their time pass come last for a while, and when all of them did,
 * all are given twice as long. One that has too much to do is asked again when it says, one that
 * knows of no leader until it does. Whatever changes something must bear a request id, for an
 * answer that was lost may have been yes.
 *
 * <p>Thread-safe.
 */
public final class ClusterClient implements AutoCloseable {
  private static final long PAUSE_MS = 20;
  private static final long AVOIDED_NS = 2_000_000_000L;
  private static final long NEVER = 0;

  /** Times that a member without a leader is asked in a row: it may be cut off from the others. */
  private static final int STAY = 50;

  /** Attempts do not grow longer than 32 times the first. */
  private static final int DOUBLINGS = 5;

  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final List<ManagedChannel> members = new ArrayList<>();
  private final Duration attempt;
  private final Duration patience;

  /** When members let an attempt's time pass, by their number. */
  private final AtomicLongArray silentNs;

  private volatile int preferred;

  /**
   * @param servers HOST:PORT of one member or several, separated by commas
   * @param attempt how long one member may take for a unary call, at first
   * @param patience after which the last failure is final; zero: each member is asked once
   */
  public ClusterClient(String servers, Duration attempt, Duration patience) {
    this(servers, attempt, patience, InsecureChannelCredentials.create(), "");
  }

  /**
   * @param credentials with which members are reached
   * @param token that says who asks; empty: the certificate in the credentials does, or nothing
   */
  public ClusterClient(
      String servers,
      Duration attempt,
      Duration patience,
      ChannelCredentials credentials,
      String token) {
    this.attempt = attempt;
    this.patience = patience;
    List<String> targets = Arrays.stream(servers.split(",")).map(String::strip).toList();
    silentNs = new AtomicLongArray(targets.size());
    Invalid.unless(
        targets.stream().noneMatch(String::isEmpty),
        "server",
        "'" + servers + "' is not HOST:PORT or several of them, separated by commas");
    for (String target : targets) {
      NettyChannelBuilder builder =
          NettyChannelBuilder.forTarget(target, credentials)
              .maxInboundMessageSize(MAX_MESSAGE_BYTES);
      if (!token.isEmpty()) {
        Metadata headers = new Metadata();
        headers.put(AUTHORIZATION, "Bearer " + token);
        builder.intercept(MetadataUtils.newAttachHeadersInterceptor(headers));
      }
      members.add(builder.build());
    }
  }

  /** Sets a deadline where there is none; streams last as long as they last. */
  private record Limit(long ns) implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      boolean set =
          method.getType() == MethodDescriptor.MethodType.UNARY && options.getDeadline() == null;
      return next.newCall(
          method, set ? options.withDeadlineAfter(ns, TimeUnit.NANOSECONDS) : options);
    }
  }

  /** To a member, after so many attempts whose time passed. */
  private Channel limited(int member, int silent) {
    ManagedChannel c = members.get(member);
    // One server alone may take as long as it likes: there is nobody else to ask.
    return members.size() == 1
        ? c
        : ClientInterceptors.intercept(
            c, new Limit(attempt.toNanos() << Math.min(DOUBLINGS, silent / members.size())));
  }

  /**
   * Does something with whichever member answers.
   *
   * @throws StatusRuntimeException as the last one answered
   */
  public <T> T call(Function<Channel, T> what) {
    long until = System.nanoTime() + patience.toNanos();
    int leaderless = 0;
    int silent = 0;
    for (int failures = 0; ; failures++) {
      int at = preferred;
      try {
        Connections.hasten(members.get(at));
        return what.apply(limited(at, silent));
      } catch (StatusRuntimeException e) {
        boolean others = failures + 1 < members.size();
        Status.Code code = e.getStatus().getCode();
        // gRPC says UNKNOWN, too, of connections that break at the wrong moment.
        boolean passing =
            code == Status.Code.UNAVAILABLE
                || (members.size() > 1
                    && (code == Status.Code.DEADLINE_EXCEEDED || code == Status.Code.UNKNOWN));
        if (!passing || (!others && System.nanoTime() > until)) {
          throw e;
        }
        Refusal refusal = Refusal.of(e);
        leaderless = refusal.leaderless() ? leaderless + 1 : 0;
        if (code == Status.Code.DEADLINE_EXCEEDED) {
          silentNs.set(at, System.nanoTime());
          silent++;
        }
        boolean stay = refusal.busy() || leaderless % STAY > 0;
        if (!stay || patience.isZero()) {
          preferred = next(at);
        }
        pause(e, refusal.busy() ? apart(refusal.retryMs) : PAUSE_MS);
      }
    }
  }

  /** The next one that was not silent lately; if all were, the next. */
  private int next(int at) {
    long now = System.nanoTime();
    for (int i = 1; i < members.size(); i++) {
      int other = (at + i) % members.size();
      long silent = silentNs.get(other);
      if (silent == NEVER || now - silent > AVOIDED_NS) {
        return other;
      }
    }
    return (at + 1) % members.size();
  }

  /**
   * What a member says of itself.
   *
   * @param reason of google.rpc.ErrorInfo; empty: it says none
   * @param retryMs when it wants to be asked again, at least 1
   */
  private record Refusal(String reason, long retryMs) {
    static Refusal of(StatusRuntimeException e) {
      com.google.rpc.Status status = StatusProto.fromThrowable(e);
      String reason = "";
      long ms = 1;
      if (status != null) {
        for (Any detail : status.getDetailsList()) {
          try {
            if (detail.is(ErrorInfo.class)) {
              reason = detail.unpack(ErrorInfo.class).getReason();
            } else if (detail.is(RetryInfo.class)) {
              var delay = detail.unpack(RetryInfo.class).getRetryDelay();
              ms = Math.max(1, delay.getSeconds() * 1_000 + delay.getNanos() / 1_000_000);
            }
          } catch (InvalidProtocolBufferException notOurs) {
            return new Refusal("", 1);
          }
        }
      }
      return new Refusal(reason, ms);
    }

    /** It has too much to do: see {@code Throttle}. */
    boolean busy() {
      return reason.equals("OVERLOADED");
    }

    /** It lives, and will hear of the next leader: see {@code Forwarding}. */
    boolean leaderless() {
      return reason.equals("NO_LEADER") || reason.equals("LEADER_LOST");
    }
  }

  /** Between half as long and half as long again: those who were refused together part. */
  private static long apart(long ms) {
    return ThreadLocalRandom.current().nextLong(ms / 2, ms + ms / 2 + 1);
  }

  private static void pause(StatusRuntimeException e, long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
      throw e;
    }
  }

  @Override
  public void close() {
    members.forEach(ManagedChannel::shutdownNow);
  }
}
