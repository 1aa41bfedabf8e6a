package io.myelin.web.transcode;

import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.common.AggregatedHttpRequest;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.QueryParams;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.myelin.node.northbound.error.ApiErrors;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Serves methods that have a {@code google.api.http} annotation over HTTP/JSON: unary ones answer
 * with one object, streams with Server-Sent Events whose ids are resume tokens, streams of bytes
 * with the bytes. Each is a call of the service as gRPC would make it, interceptors and all.
 */
public final class Transcoder implements HttpService {
  /** A call that is answered once is over by then. */
  private static final Duration ANSWERS_WITHIN = Duration.ofSeconds(60);

  private static final String LAST_EVENT_ID = "last-event-id";
  private static final String RESUME_TOKEN = "resume_token";

  /** Headers that services read, beside credentials. */
  private static final List<String> PASSED_ON =
      List.of("authorization", "myelin-read", "traceparent");

  private final List<Binding> bindings;
  private final Executor workers;
  private final Duration sendsWithin;
  private final JsonWriting json;
  private final Errors errors;

  /**
   * @param services with everything that stands before them
   * @param workers where calls are served
   * @param sendsWithin a body has to be here by then
   */
  public Transcoder(
      List<ServerServiceDefinition> services, Executor workers, Duration sendsWithin) {
    this.sendsWithin = sendsWithin;
    bindings = Binding.of(services);
    this.workers = workers;
    json = new JsonWriting(bindings);
    errors = new Errors(json);
  }

  private record Matched(Binding binding, Map<String, String> variables) {}

  @Override
  public HttpResponse serve(ServiceRequestContext ctx, HttpRequest req) {
    Matched matched = null;
    TreeSet<String> verbs = new TreeSet<>();
    for (Binding b : bindings) {
      Map<String, String> variables = b.path().match(ctx.path());
      if (variables != null) {
        verbs.add(b.verb());
        if (b.verb().equals(req.method().name())) {
          matched = new Matched(b, variables);
        }
      }
    }
    if (matched == null) {
      return verbs.isEmpty() ? unknown(ctx.path()) : wrongVerb(req.method(), verbs);
    }
    Matched m = matched;
    ctx.setRequestTimeout(sendsWithin);
    return HttpResponse.of(req.aggregate().thenApply(body -> call(ctx, m, req.headers(), body)));
  }

  /**
   * A service that whoever may call a method may ask, too, and nobody else.
   *
   * @param method its full name; it is called with an empty request each time
   */
  public HttpService behind(String method, HttpService service) {
    Binding asked =
        bindings.stream()
            .filter(b -> b.definition().getMethodDescriptor().getFullMethodName().equals(method))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException(method + " is not served"));
    return (ctx, req) -> {
      CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
      Once may =
          new Once(answer) {
            @Override
            HttpResponse done(Message m) {
              try {
                return service.serve(ctx, req);
              } catch (Exception e) {
                return HttpResponse.ofFailure(e);
              }
            }
          };
      newCall(ctx, asked, may)
          .start(RequestReading.builder(asked).build(), metadata(req.headers()));
      return HttpResponse.of(answer);
    };
  }

  private HttpResponse unknown(String path) {
    return errors.of(
        ApiErrors.of(
            Code.NOT_FOUND,
            "NO_SUCH_PATH",
            path + ": there is no such path; /openapi.json has all of them",
            Map.of()));
  }

  private HttpResponse wrongVerb(HttpMethod verb, Set<String> allowed) {
    String all = String.join(", ", allowed);
    HttpResponse error =
        errors.of(
            HttpStatus.METHOD_NOT_ALLOWED.code(),
            ApiErrors.of(
                Code.UNIMPLEMENTED,
                "NO_SUCH_VERB",
                verb + " is not allowed here; allowed: " + all,
                Map.of()));
    return error.mapHeaders(h -> h.toBuilder().set(HttpHeaderNames.ALLOW, all).build());
  }

  private HttpResponse call(
      ServiceRequestContext ctx, Matched m, RequestHeaders headers, AggregatedHttpRequest body) {
    ctx.setRequestTimeout(ANSWERS_WITHIN);
    Message request;
    try {
      request = request(ctx, m, headers, body);
    } catch (BadRequestException e) {
      return errors.of(e.error());
    }
    Metadata metadata = metadata(headers);
    return switch (m.binding.answer()) {
      case ONCE -> once(ctx, m.binding, request, metadata);
      case EVENTS -> {
        ctx.clearRequestTimeout();
        yield events(ctx, m.binding, request, metadata, headers.get(LAST_EVENT_ID));
      }
      case BYTES -> {
        ctx.clearRequestTimeout();
        yield bytes(ctx, m.binding, request, metadata);
      }
    };
  }

  private static Message request(
      ServiceRequestContext ctx, Matched m, RequestHeaders headers, AggregatedHttpRequest body)
      throws BadRequestException {
    MediaType type = headers.contentType();
    if (!body.content().isEmpty() && (type == null || !type.is(MediaType.JSON))) {
      throw new BadRequestException(
          "content-type", type + " is not allowed; allowed: application/json");
    }
    Map<String, String> variables = new LinkedHashMap<>();
    for (Map.Entry<String, String> e : m.variables.entrySet()) {
      variables.put(e.getKey(), decoded(e.getValue()));
    }
    Map<String, List<String>> query = new LinkedHashMap<>();
    String raw = ctx.query();
    if (raw != null) {
      QueryParams.fromQueryString(raw)
          .forEach((k, v) -> query.computeIfAbsent(k, n -> new ArrayList<>()).add(v));
    }
    String last = headers.get(LAST_EVENT_ID);
    boolean resumes =
        last != null && m.binding.method().getInputType().findFieldByName(RESUME_TOKEN) != null;
    if (resumes) {
      query.keySet().removeIf(k -> k.equals(RESUME_TOKEN) || k.equals("resumeToken"));
      query.put(RESUME_TOKEN, List.of(last));
    }
    return RequestReading.read(m.binding, variables, query, body.contentUtf8());
  }

  private static String decoded(String segment) throws BadRequestException {
    try {
      return URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new BadRequestException("path", "'" + segment + "' is not percent-encoded");
    }
  }

  private static Metadata metadata(RequestHeaders headers) {
    Metadata metadata = new Metadata();
    for (String name : PASSED_ON) {
      String value = headers.get(name);
      if (value != null) {
        metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value);
      }
    }
    return metadata;
  }

  private static Attributes attributes(ServiceRequestContext ctx) {
    Attributes.Builder b =
        Attributes.newBuilder().set(Grpc.TRANSPORT_ATTR_REMOTE_ADDR, ctx.remoteAddress());
    SSLSession session = ctx.sslSession();
    return (session == null ? b : b.set(Grpc.TRANSPORT_ATTR_SSL_SESSION, session)).build();
  }

  private ServiceCall newCall(ServiceRequestContext ctx, Binding b, ServiceCall.Sink sink) {
    return new ServiceCall(
        b.definition(), attributes(ctx), MoreExecutors.newSequentialExecutor(workers), sink);
  }

  // ---- answers ---------------------------------------------------------------------------------

  private HttpResponse once(
      ServiceRequestContext ctx, Binding b, Message request, Metadata metadata) {
    CompletableFuture<HttpResponse> answer = new CompletableFuture<>();
    ServiceCall call = newCall(ctx, b, new Once(answer));
    ctx.whenRequestCancelling().thenAccept(why -> call.cancel());
    call.start(request, metadata);
    return HttpResponse.of(answer);
  }

  /** One message, then the end. */
  private class Once implements ServiceCall.Sink {
    private final CompletableFuture<HttpResponse> answer;
    private final ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(MediaType.JSON_UTF_8)
            .set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    private @Nullable Message message;

    Once(CompletableFuture<HttpResponse> answer) {
      this.answer = answer;
    }

    @Override
    public synchronized void headers(Metadata metadata) {
      passOn(metadata, headers);
    }

    @Override
    public synchronized void message(Message m) {
      message = m;
    }

    @Override
    public synchronized void closed(Status status, Metadata trailers) {
      Message m = message;
      answer.complete(
          status.isOk() && m != null ? done(m) : errors.of(Errors.status(status, trailers)));
    }

    HttpResponse done(Message m) {
      return HttpResponse.of(headers.build(), HttpData.ofUtf8(json.write(m)));
    }

    @Override
    public boolean isReady() {
      return true;
    }
  }

  /** Who answered, and how old that may be. */
  static void passOn(Metadata metadata, ResponseHeadersBuilder headers) {
    for (String key : metadata.keys()) {
      if (key.startsWith("myelin-")) {
        String value = metadata.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER));
        if (value != null) {
          headers.set(key, value);
        }
      }
    }
  }

  private HttpResponse events(
      ServiceRequestContext ctx,
      Binding b,
      Message request,
      Metadata metadata,
      @Nullable String lastEventId) {
    FieldDescriptor token = b.method().getInputType().findFieldByName(RESUME_TOKEN);
    Message fresh =
        lastEventId == null || token == null ? null : request.toBuilder().clearField(token).build();
    return stream(ctx, b, request, metadata, EventStream.events(ctx, json, errors), fresh);
  }

  private HttpResponse bytes(
      ServiceRequestContext ctx, Binding b, Message request, Metadata metadata) {
    FieldDescriptor payload = b.payload();
    if (payload == null) {
      throw new IllegalStateException("no bytes");
    }
    EventStream out =
        EventStream.bytes(ctx, m -> ((ByteString) m.getField(payload)).toByteArray(), errors);
    return stream(ctx, b, request, metadata, out, null);
  }

  /**
   * Starts a stream.
   *
   * @param fresh what is asked instead if a browser, which asks again by itself, has a token that
   *     is too old; null: the error is the client's to deal with
   */
  private HttpResponse stream(
      ServiceRequestContext ctx,
      Binding b,
      Message request,
      Metadata metadata,
      EventStream out,
      @Nullable Message fresh) {
    Metadata again = new Metadata();
    again.merge(metadata);
    ServiceCall call = newCall(ctx, b, out);
    out.carries(
        call,
        fresh == null
            ? null
            : () -> {
              ServiceCall next = newCall(ctx, b, out);
              out.carries(next, null);
              next.start(fresh, again);
            });
    call.start(request, metadata);
    return out.response();
  }
}
