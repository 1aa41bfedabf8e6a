package io.myelin.node.northbound.access;

import com.google.rpc.Code;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.node.northbound.error.ApiErrors;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out who calls: by the client's certificate, else by a bearer token. A certificate counts
 * first, so that a token cannot raise whoever has one.
 *
 * <p>A member passes on calls with the name and grant of who made them; from anybody else these
 * headers mean nothing.
 */
public final class Authentication implements ServerInterceptor {
  private static final Logger log = LoggerFactory.getLogger(Authentication.class);

  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> CALLER =
      Metadata.Key.of("myelin-caller", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";
  private static final String HEALTH = "grpc.health.v1.Health/";

  /** Whoever asks for nothing but health. */
  private static final Caller ANYBODY = new Caller("anybody", new Grant(Role.VIEWER, null));

  private final Access access;
  private final Function<X509Certificate, List<String>> namesOf;
  private final Predicate<List<String>> members;
  private final Set<Stream<?, ?>> streams = ConcurrentHashMap.newKeySet();

  /**
   * @param access without a policy everybody who reaches this port is {@link Caller#LOCAL}
   * @param namesOf subject alternative names of a certificate
   * @param members whether names are those of another member
   */
  public Authentication(
      Access access,
      Function<X509Certificate, List<String>> namesOf,
      Predicate<List<String>> members) {
    this.access = access;
    this.namesOf = namesOf;
    this.members = members;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Credentials shown = credentials(call, headers);
    Caller caller;
    try {
      caller = caller(shown);
    } catch (Tokens.Rejected e) {
      ApiErrors.close(
          call,
          ApiErrors.of(
              Code.UNAUTHENTICATED, "UNAUTHENTICATED", String.valueOf(e.getMessage()), Map.of()));
      return new ServerCall.Listener<>() {};
    }
    headers.discardAll(CALLER);
    Context context = Context.current().withValue(Callers.KEY, caller);
    if (call.getMethodDescriptor().getType() == MethodDescriptor.MethodType.UNARY) {
      return Contexts.interceptCall(context, call, headers, next);
    }
    Stream<Q, R> stream = new Stream<>(call, shown, caller);
    stream.served(Contexts.interceptCall(context, stream.call, headers, next));
    streams.add(stream);
    if (stream.over) {
      streams.remove(stream); // before it was there
    }
    return stream;
  }

  /**
   * Ends the streams of those who are no longer who they were when these began: the policy has
   * changed, or a token has expired. To be called from time to time.
   */
  public void review() {
    for (Stream<?, ?> stream : streams) {
      try {
        stream.review();
      } catch (RuntimeException e) {
        log.error("a stream's credentials were not looked at; the others are", e);
      }
    }
  }

  /** Streams that are under way. */
  int streams() {
    return streams.size();
  }

  /** A call that lasts: its end may come from its service and, at the same time, from a review. */
  private final class Stream<Q, R> extends ServerCall.Listener<Q> {
    private final Credentials shown;
    private final Caller caller;
    private final ServerCall<Q, R> call;
    private volatile ServerCall.Listener<Q> service = new ServerCall.Listener<>() {};
    private volatile boolean over;

    Stream(ServerCall<Q, R> outer, Credentials shown, Caller caller) {
      this.shown = shown;
      this.caller = caller;
      call =
          new SimpleForwardingServerCall<Q, R>(outer) {
            @Override
            public synchronized void sendHeaders(Metadata headers) {
              if (!over) {
                super.sendHeaders(headers);
              }
            }

            @Override
            public synchronized void sendMessage(R message) {
              if (!over) {
                super.sendMessage(message);
              }
            }

            @Override
            public synchronized void close(Status status, Metadata trailers) {
              if (!over) {
                end();
                super.close(status, trailers);
              }
            }
          };
    }

    void served(ServerCall.Listener<Q> by) {
      service = by;
    }

    private void end() {
      over = true;
      streams.remove(this);
    }

    void review() {
      String why;
      try {
        why = caller(shown).equals(caller) ? "" : "the policy says otherwise now";
      } catch (Tokens.Rejected e) {
        why = String.valueOf(e.getMessage());
      } catch (RuntimeException e) {
        // Whoever cannot be checked is not let go on.
        log.error("credentials cannot be checked", e);
        why = "it cannot be checked any more";
      }
      if (!why.isEmpty() && !over) {
        ApiErrors.close(
            call,
            ApiErrors.of(
                Code.UNAUTHENTICATED,
                "CREDENTIALS_ENDED",
                "what this stream began with counts no more: "
                    + why
                    + "; begin again with the last resume token",
                Map.of()));
        service.onCancel(); // whoever serves it stops
      }
    }

    @Override
    public void onMessage(Q message) {
      if (!over) {
        service.onMessage(message);
      }
    }

    @Override
    public void onHalfClose() {
      if (!over) {
        service.onHalfClose();
      }
    }

    @Override
    public void onCancel() {
      end();
      service.onCancel();
    }

    @Override
    public void onComplete() {
      end();
      service.onComplete();
    }

    @Override
    public void onReady() {
      if (!over) {
        service.onReady();
      }
    }
  }

  /**
   * What a caller shows of itself.
   *
   * @param names of its certificate
   * @param bearer header of its token; null: none
   * @param onBehalf header of whom a member passes on; null: nobody
   * @param health whether it asks for nothing but health
   */
  private record Credentials(
      List<String> names, @Nullable String bearer, @Nullable String onBehalf, boolean health) {}

  private Credentials credentials(ServerCall<?, ?> call, Metadata headers) {
    return new Credentials(
        names(call),
        headers.get(AUTHORIZATION),
        headers.get(CALLER),
        call.getMethodDescriptor().getFullMethodName().startsWith(HEALTH));
  }

  private Caller caller(Credentials shown) throws Tokens.Rejected {
    Access.Terms terms = access.now();
    if (terms == null) {
      return Caller.LOCAL;
    }
    List<String> names = shown.names;
    if (members.test(names)) {
      String onBehalf = shown.onBehalf;
      return onBehalf == null
          ? new Caller(names.get(0), new Grant(Role.MEMBER, null))
          : decode(onBehalf);
    }
    Caller known = terms.policy().caller(names);
    if (known != null) {
      return known;
    }
    String bearer = shown.bearer;
    if (bearer != null) {
      if (!bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        throw new Tokens.Rejected("authorization: only 'Bearer TOKEN' is understood");
      }
      return terms.tokens().verify(bearer.substring(BEARER.length()).strip());
    }
    if (shown.health) {
      return ANYBODY;
    }
    throw new Tokens.Rejected(
        names.isEmpty()
            ? "neither a client certificate nor a bearer token"
            : "the policy knows none of the certificate's names: " + String.join(", ", names));
  }

  private List<String> names(ServerCall<?, ?> call) {
    SSLSession session = call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION);
    try {
      return session != null && session.getPeerCertificates()[0] instanceof X509Certificate c
          ? namesOf.apply(c)
          : List.of();
    } catch (SSLPeerUnverifiedException e) {
      return List.of(); // it has none
    }
  }

  // ---- from member to member -------------------------------------------------------------------

  /** Tells the member that a call is passed on to who made it. */
  public static void passOn(Caller caller, Metadata headers) {
    headers.discardAll(CALLER);
    TenantId tenant = caller.tenant();
    headers.put(
        CALLER,
        caller.role().text()
            + "/"
            + (tenant == null ? "" : tenant.value())
            + "/"
            + URLEncoder.encode(caller.name(), StandardCharsets.UTF_8));
  }

  private static Caller decode(String text) throws Tokens.Rejected {
    String[] parts = text.split("/", 3);
    try {
      if (parts.length == 3) {
        return new Caller(
            URLDecoder.decode(parts[2], StandardCharsets.UTF_8),
            new Grant(
                Role.parse("myelin-caller", parts[0]),
                parts[1].isEmpty() ? null : new TenantId(parts[1])));
      }
    } catch (Invalid | IllegalArgumentException e) {
      throw new Tokens.Rejected("a member passes on a caller that is none: " + e.getMessage());
    }
    throw new Tokens.Rejected("a member passes on a caller that is none");
  }
}
