package io.myelin.web;

import com.google.common.base.Suppliers;
import com.google.rpc.Code;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpHeaders;
import com.linecorp.armeria.common.HttpHeadersBuilder;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.util.Exceptions;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.SimpleDecoratingHttpService;
import com.linecorp.armeria.server.cors.CorsService;
import io.myelin.node.DoorContext;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.node.northbound.NorthboundServer;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.web.http.Gate;
import io.myelin.web.http.Pages;
import io.myelin.web.metrics.MetricsPage;
import io.myelin.web.openapi.OpenApi;
import io.myelin.web.transcode.Errors;
import io.myelin.web.transcode.HttpMethods;
import io.myelin.web.transcode.Transcoder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.util.KeyManagerFactoryWrapper;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The HTTP server of a member. */
public final class WebServer implements WebDoor {
  private static final Logger log = LoggerFactory.getLogger(WebServer.class);

  private static final String ALLOWED = "allowed: " + NorthboundServer.MAX_REQUEST_BYTES + " bytes";

  private static final int MAX_CONNECTIONS = 4_096;

  /** Who says nothing for so long is hung up on. */
  private static final Duration IDLE = Duration.ofSeconds(30);

  private static final Duration QUIET = Duration.ZERO;
  private static final Duration CLOSES_WITHIN = Duration.ofSeconds(2);

  private final Server server;
  private final InetSocketAddress address;
  private final boolean tls;
  private final String document;
  private final MetricsPage metrics;
  private final Errors errors = Errors.plain();

  WebServer(WebOptions options, DoorContext context) throws IOException {
    DoorContext.Tls identity = context.tls();
    tls = identity != null;
    Transcoder api = new Transcoder(context.services(), context.workers(), options.sendsWithin());
    document = OpenApi.document(HttpMethods.of(context.services()));
    metrics = new MetricsPage(context);
    ServerBuilder builder =
        Server.builder()
            .maxNumConnections(MAX_CONNECTIONS)
            .maxRequestLength(NorthboundServer.MAX_REQUEST_BYTES)
            .idleTimeout(IDLE)
            .gracefulShutdownTimeout(QUIET, CLOSES_WITHIN)
            .disableServerHeader()
            .disableDateHeader()
            .errorHandler(new JsonErrors());
    if (identity == null) {
      builder.http(options.listen());
    } else {
      builder
          .https(options.listen())
          .tls(new KeyManagerFactoryWrapper(identity.key()))
          .tlsCustomizer(b -> b.trustManager(identity.trust()).clientAuth(ClientAuth.OPTIONAL));
    }
    builder
        .service("exact:/metrics", api.behind("myelin.v1.ClusterService/GetCluster", metrics))
        .service("exact:/openapi.json", (ctx, req) -> openApi())
        .serviceUnder("/v1", api)
        .serviceUnder("/", new Pages(errors))
        .decorator(this::secured);
    if (!options.origins().isEmpty()) {
      builder.decorator(
          CorsService.builder(options.origins())
              .allowRequestMethods(HttpMethod.GET, HttpMethod.POST, HttpMethod.PATCH)
              .allowRequestHeaders("authorization", "content-type", "last-event-id")
              .newDecorator());
    }
    // Asked for with each request, made with the first: the port is known then.
    Supplier<Set<String>> hosts = Suppliers.memoize(() -> Gate.hosts(address(), options.hosts()));
    builder.decorator(d -> new Gate(d, hosts, tls, options.origins()));
    server = builder.build();
    try {
      server.start().join();
    } catch (CompletionException e) {
      server.close();
      metrics.close();
      throw new IOException(
          "cannot listen for the web on "
              + options.listen()
              + ": "
              + Exceptions.peel(e).getMessage(),
          e);
    }
    address = server.activePorts().keySet().iterator().next();
    log.info("web: {}", url());
  }

  private HttpResponse openApi() {
    return HttpResponse.of(HttpStatus.OK, MediaType.JSON_UTF_8, document);
  }

  private HttpService secured(HttpService delegate) {
    HttpHeaders always = headers(tls);
    return new SimpleDecoratingHttpService(delegate) {
      @Override
      public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) throws Exception {
        always.forEach((name, value) -> ctx.setAdditionalResponseHeader(name, value));
        return unwrap().serve(ctx, req);
      }
    };
  }

  private static HttpHeaders headers(boolean tls) {
    HttpHeadersBuilder b =
        HttpHeaders.builder()
            .set(HttpHeaderNames.CONTENT_SECURITY_POLICY, Pages.policy())
            .set(HttpHeaderNames.X_CONTENT_TYPE_OPTIONS, "nosniff")
            .set(HttpHeaderNames.REFERRER_POLICY, "no-referrer")
            .set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY")
            .set("cross-origin-opener-policy", "same-origin")
            .set("cross-origin-resource-policy", "same-origin")
            .set("permissions-policy", "camera=(), geolocation=(), microphone=()");
    if (tls) {
      b.set(HttpHeaderNames.STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    return b.build();
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public String url() {
    String host = address.getAddress().isAnyLocalAddress() ? "localhost" : address.getHostString();
    return (tls ? "https://" : "http://")
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + address.getPort()
        + "/";
  }

  @Override
  public void close() {
    server.stop().join();
    metrics.close();
  }

  /** What goes wrong before a service is asked, or in one: never with a trace. */
  private final class JsonErrors implements ServerErrorHandler {
    @Override
    public @Nullable HttpResponse onServiceException(ServiceRequestContext ctx, Throwable t) {
      Throwable cause = Exceptions.peel(t);
      if (cause instanceof HttpStatusException e) {
        return of(e.httpStatus());
      }
      if (cause instanceof RequestTimeoutException) {
        return errors.of(
            408,
            ApiErrors.of(
                Code.DEADLINE_EXCEEDED,
                "TOO_SLOW",
                "the request, or its answer, was not here in time",
                Map.of()));
      }
      log.error("{} {} failed", ctx.method(), ctx.path(), cause);
      return errors.of(
          ApiErrors.of(Code.INTERNAL, "INTERNAL", "this member's log says what failed", Map.of()));
    }

    /** What the protocol's own handlers refuse: malformed requests, too large ones. */
    @Override
    public AggregatedHttpResponse renderStatus(
        ServiceRequestContext ctx,
        ServiceConfig config,
        @Nullable RequestHeaders headers,
        HttpStatus status,
        @Nullable String description,
        @Nullable Throwable cause) {
      return of(status).aggregate().join();
    }

    private HttpResponse of(HttpStatus status) {
      if (status.code() == 413) {
        return errors.of(413, ApiErrors.invalid("body", "is too large; " + ALLOWED));
      }
      Code code =
          switch (status.code()) {
            case 404 -> Code.NOT_FOUND;
            case 405 -> Code.UNIMPLEMENTED;
            case 408, 503 -> Code.UNAVAILABLE;
            default -> status.isServerError() ? Code.INTERNAL : Code.INVALID_ARGUMENT;
          };
      return errors.of(
          status.code(),
          ApiErrors.of(code, "HTTP_" + status.code(), status.reasonPhrase(), Map.of()));
    }
  }
}
