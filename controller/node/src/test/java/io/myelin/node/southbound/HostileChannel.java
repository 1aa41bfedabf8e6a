package io.myelin.node.southbound;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A channel to a switch that says what a test wants: calls by method, until they are answered. */
final class HostileChannel extends ManagedChannel {
  private static final int MAX_PENDING = 64;
  private final Map<String, Deque<ClientCall.Listener<?>>> pending = new HashMap<>();

  /** One message of the latest call; it goes on. */
  <R> void answer(MethodDescriptor<?, R> method, R message) {
    ClientCall.Listener<R> listener = typed(calls(method).peekLast());
    if (listener != null) {
      listener.onMessage(message);
    }
  }

  /** The earliest call ends. */
  <R> void end(MethodDescriptor<?, R> method, @Nullable R message, Status s, Metadata trailers) {
    ClientCall.Listener<R> listener = typed(calls(method).pollFirst());
    if (listener != null) {
      listener.onHeaders(new Metadata());
      if (message != null) {
        listener.onMessage(message);
      }
      listener.onClose(s, trailers);
    }
  }

  @SuppressWarnings("unchecked") // filed under its method
  private static <R> ClientCall.@Nullable Listener<R> typed(
      ClientCall.@Nullable Listener<?> listener) {
    return (ClientCall.Listener<R>) listener;
  }

  private Deque<ClientCall.Listener<?>> calls(MethodDescriptor<?, ?> method) {
    return pending.computeIfAbsent(method.getFullMethodName(), m -> new ArrayDeque<>());
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    return new ClientCall<>() {
      @Override
      public void start(Listener<R> listener, Metadata headers) {
        Deque<ClientCall.Listener<?>> calls = calls(method);
        calls.addLast(listener);
        if (calls.size() > MAX_PENDING) {
          calls.removeFirst();
        }
        listener.onReady();
      }

      @Override
      public void request(int numMessages) {}

      @Override
      public void cancel(@Nullable String message, @Nullable Throwable cause) {}

      @Override
      public void halfClose() {}

      @Override
      public void sendMessage(Q message) {}

      @Override
      public boolean isReady() {
        return true;
      }
    };
  }

  @Override
  public String authority() {
    return "hostile";
  }

  @Override
  public ManagedChannel shutdown() {
    return this;
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public ManagedChannel shutdownNow() {
    return this;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
