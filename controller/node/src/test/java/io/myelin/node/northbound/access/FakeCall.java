package io.myelin.node.northbound.access;

import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A call as the server sees it, and how it was ended. */
final class FakeCall extends ServerCall<Object, Object> {
  private final MethodDescriptor<?, ?> method;
  @Nullable Status status;
  Metadata trailers = new Metadata();
  ServerCall<Object, Object> handed = this;
  ServerCall.Listener<Object> listener = new ServerCall.Listener<>() {};
  boolean served;

  FakeCall(MethodDescriptor<?, ?> method) {
    this.method = method;
  }

  @Override
  public void close(Status s, Metadata t) {
    status = s;
    trailers = t;
  }

  @Override
  @SuppressWarnings("unchecked")
  public MethodDescriptor<Object, Object> getMethodDescriptor() {
    return (MethodDescriptor<Object, Object>) method;
  }

  @Override
  public void request(int n) {}

  @Override
  public void sendHeaders(Metadata headers) {}

  @Override
  public void sendMessage(Object message) {}

  @Override
  public boolean isCancelled() {
    return false;
  }

  long retryMs() throws com.google.protobuf.InvalidProtocolBufferException {
    com.google.rpc.Status s =
        StatusProto.fromStatusAndTrailers(Objects.requireNonNull(status), trailers);
    for (com.google.protobuf.Any any : s.getDetailsList()) {
      if (any.is(RetryInfo.class)) {
        var d = any.unpack(RetryInfo.class).getRetryDelay();
        return d.getSeconds() * 1_000 + d.getNanos() / 1_000_000;
      }
    }
    throw new AssertionError("no RetryInfo");
  }
}
