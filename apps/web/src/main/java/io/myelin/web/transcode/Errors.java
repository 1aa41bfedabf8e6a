package io.myelin.web.transcode;

import com.google.protobuf.util.Durations;
import com.google.rpc.RetryInfo;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.node.northbound.error.ApiErrors;
import java.util.List;

/** Errors as HTTP says them: {@code google.rpc.Status} in JSON, with details. */
public final class Errors {
  private final JsonWriting json;

  Errors(JsonWriting json) {
    this.json = json;
  }

  /** Errors with the details that every service has. */
  public static Errors plain() {
    return new Errors(new JsonWriting(List.of()));
  }

  /** The answer to a call that failed. */
  public HttpResponse of(StatusRuntimeException e) {
    Metadata trailers = e.getTrailers();
    return of(status(e.getStatus(), trailers == null ? new Metadata() : trailers));
  }

  /** The answer to a call that failed. */
  HttpResponse of(com.google.rpc.Status error) {
    return of(HttpCodes.of(error.getCode()), error);
  }

  /** The same, under a status of HTTP that no code has. */
  public HttpResponse of(int httpStatus, StatusRuntimeException e) {
    Metadata trailers = e.getTrailers();
    return of(httpStatus, status(e.getStatus(), trailers == null ? new Metadata() : trailers));
  }

  private HttpResponse of(int httpStatus, com.google.rpc.Status error) {
    ResponseHeadersBuilder headers =
        ResponseHeaders.builder(HttpStatus.valueOf(httpStatus))
            .contentType(MediaType.JSON_UTF_8)
            .set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    if (httpStatus == HttpStatus.UNAUTHORIZED.code()) {
      headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"myelin\"");
    }
    ApiErrors.detail(error, RetryInfo.class)
        .ifPresent(
            r -> {
              long ms = Durations.toMillis(r.getRetryDelay());
              headers.set(HttpHeaderNames.RETRY_AFTER, Long.toString((ms + 999) / 1_000));
            });
    return HttpResponse.of(headers.build(), HttpData.ofUtf8(text(error)));
  }

  /** The error as JSON. */
  String text(com.google.rpc.Status error) {
    return json.write(error);
  }

  /** What a service closed with; errors that are not the API's bear no details, and no secrets. */
  static com.google.rpc.Status status(Status status, Metadata trailers) {
    com.google.rpc.Status full = StatusProto.fromStatusAndTrailers(status, trailers);
    return full.getMessage().isEmpty()
        ? full.toBuilder().setMessage(status.getCode().name()).build()
        : full;
  }
}
