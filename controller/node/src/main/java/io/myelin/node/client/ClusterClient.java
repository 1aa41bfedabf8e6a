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
import java.util.function.Function;

/**
 * Several members as one server: what one does not answer is asked of the next, for as long as
 * patience lasts. One that has too much to do is asked again when it says. Whatever changes
 * something must bear a request id, for an answer that was lost may have been yes.
 *
 * <p>Thread-safe.
 */
public final class ClusterClient implements AutoCloseable {
  private static final long PAUSE_MS = 20;

  /** The reason of who has too much to do: see {@code Throttle}. */
  private static final String OVERLOADED = "OVERLOADED";

  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private final List<ManagedChannel> members = new ArrayList<>();
  private final List<Channel> limited = new ArrayList<>();
  private final Duration patience;
  private volatile int preferred;

  /**
   * @param servers HOST:PORT of one member or several, separated by commas
   * @param attempt how long one member may take for a unary call
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
    this.patience = patience;
    List<String> targets = Arrays.stream(servers.split(",")).map(String::strip).toList();
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
      ManagedChannel c = builder.build();
      members.add(c);
      // One server alone may take as long as it likes: there is nobody else to ask.
      limited.add(
          targets.size() == 1 ? c : ClientInterceptors.intercept(c, new Limit(attempt.toNanos())));
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

  /**
   * Does something with whichever member answers.
   *
   * @throws StatusRuntimeException as the last one answered
   */
  public <T> T call(Function<Channel, T> what) {
    long until = System.nanoTime() + patience.toNanos();
    for (int failures = 0; ; failures++) {
      int at = preferred;
      try {
        return what.apply(limited.get(at));
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
        long busyMs = busyMs(e);
        if (busyMs == 0) {
          preferred = (at + 1) % members.size();
        }
        pause(e, busyMs == 0 ? PAUSE_MS : apart(busyMs));
      }
    }
  }

  /** When a member that has too much to do wants to be asked again; 0: that is not its trouble. */
  private static long busyMs(StatusRuntimeException e) {
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    boolean busy = false;
    long ms = 0;
    if (status != null) {
      for (Any detail : status.getDetailsList()) {
        try {
          if (detail.is(ErrorInfo.class)) {
            busy = detail.unpack(ErrorInfo.class).getReason().equals(OVERLOADED);
          } else if (detail.is(RetryInfo.class)) {
            var delay = detail.unpack(RetryInfo.class).getRetryDelay();
            ms = delay.getSeconds() * 1_000 + delay.getNanos() / 1_000_000;
          }
        } catch (InvalidProtocolBufferException notOurs) {
          return 0;
        }
      }
    }
    return busy ? Math.max(1, ms) : 0;
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
