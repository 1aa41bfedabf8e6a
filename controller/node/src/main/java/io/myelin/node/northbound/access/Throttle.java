package io.myelin.node.northbound.access;

import com.google.rpc.Code;
import com.netflix.concurrency.limits.Limiter;
import com.netflix.concurrency.limits.limit.AIMDLimit;
import com.netflix.concurrency.limits.limit.WindowedLimit;
import com.netflix.concurrency.limits.limiter.SimpleLimiter;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.myelin.core.access.AccessPolicy.Limits;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Role;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps calls within what this node can do, and each client within its share.
 *
 * <p>A client has a token bucket, a number of unanswered calls and a number of streams: beyond them
 * RESOURCE_EXHAUSTED, with the time after which to come back. All clients together have as many
 * unanswered calls as leave the control thread in time for what the switches tell, and are answered
 * in time themselves. How many is found by trial: the bound grows by one in {@value #WINDOW_MS} ms
 * in which both were so, and shrinks by a tenth in one in which they were not (AIMD of Netflix'
 * concurrency-limits); beyond it UNAVAILABLE. What is refused costs next to nothing.
 */
public final class Throttle implements ServerInterceptor {
  /**
   * Clients that are remembered; the longest unseen is forgotten, and begins with a full bucket.
   */
  private static final int MAX_CLIENTS = 10_000;

  private static final int MIN_IN_FLIGHT = 4;
  private static final int FIRST_IN_FLIGHT = 64;
  private static final int MAX_IN_FLIGHT = 512;
  private static final long WINDOW_MS = 100;

  /** Reads wait for processors only. */
  private static final long READ_IN_TIME_MS = 100;

  /** Changes wait for the log and for switches, too, however few there are. */
  private static final long CHANGE_IN_TIME_MS = 2_000;

  /** The control thread is late. */
  private static final long LATE_NS = 250_000;

  /** What clients are told to wait when the node is busy. */
  private static final long BUSY_RETRY_MS = 100;

  /** Made once: under load nothing is said as often. */
  private final StatusRuntimeException busy =
      ApiErrors.retry(
          Code.UNAVAILABLE,
          "OVERLOADED",
          "this member has as many calls as it can answer in time",
          Map.of(),
          BUSY_RETRY_MS);

  /** What somebody has used up. */
  private static final class Client {
    double tokens;
    long atNs;
    int inFlight;
    int streams;
  }

  private final Supplier<@Nullable Limits> limits;
  private final LongSupplier clockNs;
  private final LongSupplier lagNs;
  private final Limiter<Void> changes;
  private final Limiter<Void> reads;

  /**
   * Apart from the rest, and not bounded by the control thread: what is not released under load
   * would keep the load up, and there are never more of them than of what was admitted.
   */
  private final Limiter<Void> releases;

  private final Map<String, Client> clients =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Client> eldest) {
          return size() > MAX_CLIENTS
              && eldest.getValue().inFlight + eldest.getValue().streams == 0;
        }
      };

  /**
   * @param limits of each client, as they are now; null: none has any, as {@link Caller#LOCAL}
   *     never has
   * @param clockNs monotonic
   * @param lagNs how late the control thread is
   */
  public Throttle(Supplier<@Nullable Limits> limits, LongSupplier clockNs, LongSupplier lagNs) {
    this.limits = limits;
    this.clockNs = clockNs;
    this.lagNs = lagNs;
    changes = limiter(CHANGE_IN_TIME_MS, clockNs);
    reads = limiter(READ_IN_TIME_MS, clockNs);
    releases = limiter(CHANGE_IN_TIME_MS, clockNs);
  }

  private static Limiter<Void> limiter(long inTimeMs, LongSupplier clockNs) {
    return SimpleLimiter.newBuilder()
        .nanoClock(clockNs)
        .limit(
            WindowedLimit.newBuilder()
                .minWindowTime(WINDOW_MS, TimeUnit.MILLISECONDS)
                .maxWindowTime(WINDOW_MS, TimeUnit.MILLISECONDS)
                .build(
                    AIMDLimit.newBuilder()
                        .initialLimit(FIRST_IN_FLIGHT)
                        .minLimit(MIN_IN_FLIGHT)
                        .maxLimit(MAX_IN_FLIGHT)
                        .timeout(inTimeMs, TimeUnit.MILLISECONDS)
                        .build()))
        .build();
  }

  private Limiter<Void> limiter(Rights.Effect effect) {
    return switch (effect) {
      case CHANGE -> changes;
      case RELEASE -> releases;
      case READ, STREAM -> reads;
    };
  }

  /** Clients that are remembered. */
  int clients() {
    synchronized (clients) {
      return clients.size();
    }
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Rights.Right right = Rights.of(call.getMethodDescriptor().getFullMethodName());
    Caller caller = Callers.current();
    if (right == null || caller.role() == Role.MEMBER) {
      return next.startCall(call, headers);
    }
    boolean stream = right.effect() == Rights.Effect.STREAM;
    Client client = null;
    Limits own = limits.get();
    if (own != null && !caller.equals(Caller.LOCAL)) {
      StatusRuntimeException no;
      synchronized (clients) {
        client = clients.computeIfAbsent(caller.name(), n -> fresh(own));
        no = take(own, client, stream);
      }
      if (no != null) {
        ApiErrors.close(call, no);
        return new ServerCall.Listener<>() {};
      }
    }
    Limiter.Listener room = null;
    if (!stream) {
      room = limiter(right.effect()).acquire(null).orElse(null);
      if (room == null) {
        give(client, false);
        ApiErrors.close(call, busy);
        return new ServerCall.Listener<>() {};
      }
    }
    return start(call, headers, next, client, right, room);
  }

  private <Q, R> ServerCall.Listener<Q> start(
      ServerCall<Q, R> call,
      Metadata headers,
      ServerCallHandler<Q, R> next,
      @Nullable Client client,
      Rights.Right right,
      Limiter.@Nullable Listener room) {
    AtomicBoolean over = new AtomicBoolean();
    Consumer<Status.Code> end =
        code -> {
          if (over.compareAndSet(false, true)) {
            give(client, room == null);
            if (room != null) {
              settle(room, code, right.effect());
            }
          }
        };
    ServerCall<Q, R> watched =
        new SimpleForwardingServerCall<Q, R>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            end.accept(status.getCode());
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<Q>(next.startCall(watched, headers)) {
      @Override
      public void onCancel() {
        end.accept(Status.Code.CANCELLED);
        super.onCancel();
      }
    };
  }

  /** Only what was answered says how long answers take. */
  private void settle(Limiter.Listener room, Status.Code code, Rights.Effect effect) {
    switch (code) {
      case OK -> {
        if (effect != Rights.Effect.RELEASE && lagNs.getAsLong() > LATE_NS) {
          room.onDropped();
        } else {
          room.onSuccess();
        }
      }
      case DEADLINE_EXCEEDED -> room.onDropped();
      default -> room.onIgnore();
    }
  }

  private Client fresh(Limits own) {
    Client c = new Client();
    c.tokens = own.burst();
    c.atNs = clockNs.getAsLong();
    return c;
  }

  private @Nullable StatusRuntimeException take(Limits l, Client c, boolean stream) {
    long now = clockNs.getAsLong();
    c.tokens = Math.min(l.burst(), c.tokens + (now - c.atNs) / 1e9 * l.perSecond());
    c.atNs = now;
    if (c.tokens < 1) {
      long ms = (long) Math.ceil((1 - c.tokens) * 1_000 / l.perSecond());
      return limited("perSecond", l.perSecond() + " calls a second", Math.max(1, ms));
    }
    if (stream ? c.streams >= l.streams() : c.inFlight >= l.inFlight()) {
      return stream
          ? limited("streams", l.streams() + " watches at once", BUSY_RETRY_MS)
          : limited("inFlight", l.inFlight() + " unanswered calls", BUSY_RETRY_MS);
    }
    c.tokens--;
    if (stream) {
      c.streams++;
    } else {
      c.inFlight++;
    }
    return null;
  }

  private void give(@Nullable Client client, boolean stream) {
    if (client != null) {
      synchronized (clients) {
        if (stream) {
          client.streams--;
        } else {
          client.inFlight--;
        }
      }
    }
  }

  private static StatusRuntimeException limited(String limit, String what, long retryMs) {
    return ApiErrors.retry(
        Code.RESOURCE_EXHAUSTED,
        "RATE_LIMITED",
        "a client may have " + what,
        Map.of("limit", limit),
        retryMs);
  }
}
