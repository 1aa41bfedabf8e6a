package io.myelin.web.transcode;

import com.google.protobuf.Message;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A call of a service that did not come in over gRPC. One request; what the service says goes to a
 * {@link Sink}, in order.
 *
 * <p>Like gRPC's own, it runs all that a service does on one sequence of an executor.
 */
final class ServiceCall extends ServerCall<Message, Message> {
  private static final Logger log = LoggerFactory.getLogger(ServiceCall.class);

  /** Where answers go. */
  interface Sink {
    /** Comes before the first message, with what a service says beside its messages. */
    void headers(Metadata headers);

    void message(Message message);

    /** The end; nothing comes after it. */
    void closed(Status status, Metadata trailers);

    /** Whether it takes more without keeping it in memory. */
    boolean isReady();
  }

  private final ServerMethodDefinition<Message, Message> method;
  private final Attributes attributes;
  private final Executor sequence;
  private final Sink sink;
  private final Context.CancellableContext context = Context.ROOT.withCancellation();
  private volatile boolean cancelled;
  private volatile boolean closed;
  private Listener<Message> listener = new Listener<>() {};

  /**
   * @param attributes of the transport: who is at the other end
   * @param sequence runs one task after the other
   */
  ServiceCall(
      ServerMethodDefinition<Message, Message> method,
      Attributes attributes,
      Executor sequence,
      Sink sink) {
    this.method = method;
    this.attributes = attributes;
    this.sequence = sequence;
    this.sink = sink;
  }

  /** Begins; what comes of it, the sink hears. */
  void start(Message request, Metadata headers) {
    run(
        () -> {
          listener = method.getServerCallHandler().startCall(this, headers);
          listener.onReady();
          if (!closed) {
            listener.onMessage(request);
          }
          if (!closed) {
            listener.onHalfClose();
          }
        });
  }

  /** The other end went away. */
  void cancel() {
    run(
        () -> {
          if (!closed && !cancelled) {
            cancelled = true;
            context.cancel(null);
            listener.onCancel();
          }
        });
  }

  /** The other end takes more. */
  void ready() {
    run(
        () -> {
          if (!closed && !cancelled) {
            listener.onReady();
          }
        });
  }

  private void run(Runnable step) {
    sequence.execute(
        () ->
            context.run(
                () -> {
                  try {
                    step.run();
                  } catch (RuntimeException | LinkageError | StackOverflowError e) {
                    log.error("{} failed", method.getMethodDescriptor().getFullMethodName(), e);
                    close(Status.UNKNOWN.withCause(e), new Metadata());
                  }
                }));
  }

  @Override
  public void request(int messages) {
    // The one there is comes by itself.
  }

  @Override
  public void sendHeaders(Metadata headers) {
    sink.headers(headers);
  }

  @Override
  public void sendMessage(Message message) {
    if (!cancelled) {
      sink.message(message);
    }
  }

  @Override
  public boolean isReady() {
    return !closed && !cancelled && sink.isReady();
  }

  @Override
  public void close(Status status, Metadata trailers) {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    sink.closed(status, trailers);
    run(
        () -> {
          if (status.isOk()) {
            listener.onComplete();
          }
          context.cancel(null);
        });
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public Attributes getAttributes() {
    return attributes;
  }

  @Override
  public MethodDescriptor<Message, Message> getMethodDescriptor() {
    return method.getMethodDescriptor();
  }
}
