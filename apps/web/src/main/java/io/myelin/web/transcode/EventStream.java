package io.myelin.web.transcode;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpResponseWriter;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ResponseHeadersBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import io.grpc.Metadata;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A stream of messages as an answer that goes on. An error before the first message is an answer
 * like any other; one behind it is an event of type {@code error-status}, and the end.
 *
 * <p>No more than {@value #READY_BYTES} bytes wait for a client: services hold back what they have
 * to say, and drop who takes nothing for long.
 */
final class EventStream implements ServiceCall.Sink {
  /** Beyond so much that the client has not taken, a service waits. */
  private static final long READY_BYTES = 64 << 10;

  private static final String RESTARTED = "event: restarted\ndata: {}\n\n";

  private final MediaType type;
  private final Function<Message, byte[]> encoding;
  private final boolean events;
  private final Errors errors;
  private final HttpResponseWriter out = HttpResponse.streaming();
  private final CompletableFuture<HttpResponse> response = new CompletableFuture<>();
  private final AtomicLong waiting = new AtomicLong();
  private final ResponseHeadersBuilder headers = ResponseHeaders.builder(HttpStatus.OK);
  private @Nullable ServiceCall call;
  private @Nullable Runnable restart;
  private boolean restarted;
  private boolean begun;

  private EventStream(
      ServiceRequestContext ctx,
      MediaType type,
      Function<Message, byte[]> encoding,
      boolean events,
      Errors errors) {
    this.type = type;
    this.encoding = encoding;
    this.events = events;
    this.errors = errors;
    ctx.whenRequestCancelling().thenAccept(why -> cancel());
  }

  /** Server-Sent Events, whose ids are resume tokens. */
  static EventStream events(ServiceRequestContext ctx, JsonWriting json, Errors errors) {
    return new EventStream(ctx, MediaType.EVENT_STREAM, m -> event(json, m), true, errors);
  }

  /** Bytes, as messages have them. */
  static EventStream bytes(
      ServiceRequestContext ctx, Function<Message, byte[]> encoding, Errors errors) {
    return new EventStream(ctx, MediaType.OCTET_STREAM, encoding, false, errors);
  }

  private static byte[] event(JsonWriting json, Message m) {
    FieldDescriptor token = m.getDescriptorForType().findFieldByName("resume_token");
    String id = token == null ? "" : String.valueOf(m.getField(token));
    String text = (id.isEmpty() ? "" : "id: " + id + "\n") + "data: " + json.write(m) + "\n\n";
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Whose messages these are.
   *
   * @param onExpired begins anew if the resume token is too old; null: that is an error
   */
  synchronized void carries(ServiceCall which, @Nullable Runnable onExpired) {
    restarted = call != null;
    call = which;
    restart = onExpired;
  }

  HttpResponse response() {
    return HttpResponse.of(response);
  }

  private synchronized void cancel() {
    if (call != null) {
      call.cancel();
    }
  }

  @Override
  public synchronized void headers(Metadata metadata) {
    Transcoder.passOn(metadata, headers);
  }

  private void begin() {
    if (!begun) {
      begun = true;
      headers.contentType(type).set(HttpHeaderNames.CACHE_CONTROL, "no-store");
      headers.set("x-accel-buffering", "no"); // proxies pass on each event as it comes
      out.write(headers.build());
      response.complete(out);
      if (events) {
        write(("retry: 1000\n\n" + (restarted ? RESTARTED : "")).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @Override
  public synchronized void message(Message message) {
    begin();
    write(encoding.apply(message));
  }

  private void write(byte[] bytes) {
    ServiceCall of = call;
    waiting.addAndGet(bytes.length);
    if (!out.tryWrite(HttpData.wrap(bytes))) {
      cancel();
      return;
    }
    out.whenConsumed()
        .thenRun(
            () -> {
              if (waiting.getAndSet(0) >= READY_BYTES && of != null) {
                of.ready();
              }
            });
  }

  @Override
  public synchronized void closed(Status status, Metadata trailers) {
    com.google.rpc.Status error = status.isOk() ? null : Errors.status(status, trailers);
    Runnable again = restart;
    if (!begun && error != null) {
      if (again != null && error.getCode() == Code.OUT_OF_RANGE_VALUE) {
        again.run();
      } else {
        response.complete(errors.of(error));
      }
      return;
    }
    begin();
    if (error == null) {
      out.close();
    } else if (events) {
      write(
          ("event: error-status\ndata: " + errors.text(error) + "\n\n")
              .getBytes(StandardCharsets.UTF_8));
      out.close();
    } else {
      out.close(status.asRuntimeException()); // what came is not all: the connection breaks
    }
  }

  @Override
  public boolean isReady() {
    return waiting.get() < READY_BYTES;
  }
}
