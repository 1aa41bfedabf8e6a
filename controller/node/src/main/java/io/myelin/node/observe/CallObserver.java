package io.myelin.node.observe;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;

/** Tells how each call ended, and how long it took: before whatever else stands before services. */
public final class CallObserver implements ServerInterceptor {
  private final MemberEvents events;

  public CallObserver(MemberEvents events) {
    this.events = events;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    long beganNs = System.nanoTime();
    String method = call.getMethodDescriptor().getFullMethodName();
    AtomicBoolean over = new AtomicBoolean();
    ServerCall<Q, R> watched =
        new SimpleForwardingServerCall<Q, R>(call) {
          @Override
          public void close(Status status, Metadata trailers) {
            if (over.compareAndSet(false, true)) {
              events.called(method, status.getCode(), System.nanoTime() - beganNs);
            }
            super.close(status, trailers);
          }
        };
    return new SimpleForwardingServerCallListener<Q>(next.startCall(watched, headers)) {
      @Override
      public void onCancel() {
        if (over.compareAndSet(false, true)) {
          events.called(method, Status.Code.CANCELLED, System.nanoTime() - beganNs);
        }
        super.onCancel();
      }
    };
  }
}
