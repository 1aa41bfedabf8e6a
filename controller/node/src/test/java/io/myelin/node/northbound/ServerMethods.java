package io.myelin.node.northbound;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.ClientCalls;
import io.myelin.v1.AuditServiceGrpc;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.TelemetryServiceGrpc;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Every method of the API, to be called with requests in protobuf's text form. */
final class ServerMethods {
  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          LeaseServiceGrpc.getServiceDescriptor(),
          JobServiceGrpc.getServiceDescriptor(),
          PathServiceGrpc.getServiceDescriptor(),
          FabricServiceGrpc.getServiceDescriptor(),
          TelemetryServiceGrpc.getServiceDescriptor(),
          ClusterServiceGrpc.getServiceDescriptor(),
          AuditServiceGrpc.getServiceDescriptor());

  private ServerMethods() {}

  /**
   * A method.
   *
   * @param name e.g. {@code LeaseService/GetLease}
   */
  record Method(String name, MethodDescriptor<Message, Message> descriptor) {
    Message.Builder request() {
      InputStream empty = InputStream.nullInputStream();
      return descriptor.parseRequest(empty).toBuilder();
    }

    /** The error that a request gets; an {@link AssertionError} when it is answered. */
    StatusRuntimeException refused(Channel channel, String text) {
      Message.Builder request = request();
      try {
        TextFormat.merge(text, request);
      } catch (TextFormat.ParseException e) {
        throw new IllegalArgumentException(name + ": " + text, e);
      }
      StatusRuntimeException e = call(channel, request.build());
      if (e == null) {
        throw new AssertionError(name + " answers " + text);
      }
      return e;
    }

    /** The error that a request gets; null: it is answered. */
    @Nullable StatusRuntimeException call(Channel channel, Message request) {
      CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
      try {
        Iterator<Message> answers =
            ClientCalls.blockingServerStreamingCall(channel, streaming(), options, request);
        if (answers.hasNext()) {
          answers.next(); // of a watch, the first is enough
        }
        return null;
      } catch (StatusRuntimeException e) {
        return e;
      }
    }

    /** A unary call is a stream of one answer as far as the wire shows. */
    private MethodDescriptor<Message, Message> streaming() {
      return descriptor.toBuilder().setType(MethodDescriptor.MethodType.SERVER_STREAMING).build();
    }
  }

  @SuppressWarnings("unchecked") // all of them have protobuf messages
  static List<Method> all() {
    List<Method> all = new ArrayList<>();
    for (ServiceDescriptor s : SERVICES) {
      for (MethodDescriptor<?, ?> m : s.getMethods()) {
        if (!(m.getSchemaDescriptor() instanceof ProtoMethodDescriptorSupplier)) {
          throw new AssertionError(m);
        }
        all.add(
            new Method(
                m.getFullMethodName().replace("myelin.v1.", ""),
                (MethodDescriptor<Message, Message>) m));
      }
    }
    return all;
  }

  static Method named(String name) {
    return all().stream().filter(m -> m.name().equals(name)).findFirst().orElseThrow();
  }
}
