package io.myelin.node.northbound.access;

import com.google.rpc.Code;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.myelin.core.access.AccessPolicy;
import io.myelin.core.access.Caller;
import io.myelin.core.access.Grant;
import io.myelin.core.access.Role;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.node.northbound.ApiErrors;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who calls: by the client's certificate, else by a bearer token. A certificate counts
 * first, so that a token cannot raise whoever has one.
 *
 * <p>A member passes on calls with the name and grant of who made them; from anybody else these
 * headers mean nothing.
 */
public final class Authentication implements ServerInterceptor {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> CALLER =
      Metadata.Key.of("myelin-caller", Metadata.ASCII_STRING_MARSHALLER);
  private static final String BEARER = "Bearer ";
  private static final String HEALTH = "grpc.health.v1.Health/";

  /** Whoever asks for nothing but health. */
  private static final Caller ANYBODY = new Caller("anybody", new Grant(Role.VIEWER, null));

  private final @Nullable AccessPolicy policy;
  private final Tokens tokens;
  private final Function<X509Certificate, List<String>> namesOf;
  private final Predicate<List<String>> members;

  /**
   * @param policy null: everybody who reaches this port is {@link Caller#LOCAL}
   * @param namesOf subject alternative names of a certificate
   * @param members whether names are those of another member
   */
  public Authentication(
      @Nullable AccessPolicy policy,
      Tokens tokens,
      Function<X509Certificate, List<String>> namesOf,
      Predicate<List<String>> members) {
    this.policy = policy;
    this.tokens = tokens;
    this.namesOf = namesOf;
    this.members = members;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Caller caller;
    try {
      caller = caller(call, headers);
    } catch (Tokens.Rejected e) {
      ApiErrors.close(
          call,
          ApiErrors.of(
              Code.UNAUTHENTICATED, "UNAUTHENTICATED", String.valueOf(e.getMessage()), Map.of()));
      return new ServerCall.Listener<>() {};
    }
    headers.discardAll(CALLER);
    return Contexts.interceptCall(
        Context.current().withValue(Callers.KEY, caller), call, headers, next);
  }

  private Caller caller(ServerCall<?, ?> call, Metadata headers) throws Tokens.Rejected {
    if (policy == null) {
      return Caller.LOCAL;
    }
    List<String> names = names(call);
    if (members.test(names)) {
      String onBehalf = headers.get(CALLER);
      return onBehalf == null
          ? new Caller(names.get(0), new Grant(Role.MEMBER, null))
          : decode(onBehalf);
    }
    Caller known = policy.caller(names);
    if (known != null) {
      return known;
    }
    String bearer = headers.get(AUTHORIZATION);
    if (bearer != null) {
      if (!bearer.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
        throw new Tokens.Rejected("authorization: only 'Bearer TOKEN' is understood");
      }
      return tokens.verify(bearer.substring(BEARER.length()).strip());
    }
    if (call.getMethodDescriptor().getFullMethodName().startsWith(HEALTH)) {
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
