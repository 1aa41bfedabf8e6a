package io.myelin.node.southbound;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.WriteResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** The Write method, taking requests that are encoded already. */
final class WriteCall {
  static final MethodDescriptor<WriteEncoder.Encoded, WriteResponse> METHOD =
      MethodDescriptor.<WriteEncoder.Encoded, WriteResponse>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName(P4RuntimeGrpc.getWriteMethod().getFullMethodName())
          .setRequestMarshaller(
              new Marshaller<>() {
                @Override
                public InputStream stream(WriteEncoder.Encoded value) {
                  return new EncodedStream(value);
                }

                @Override
                public WriteEncoder.Encoded parse(InputStream stream) {
                  throw new UnsupportedOperationException("clients do not parse requests");
                }
              })
          .setResponseMarshaller(P4RuntimeGrpc.getWriteMethod().getResponseMarshaller())
          .build();

  private WriteCall() {}

  /** Lets gRPC copy the bytes once, straight into its buffers. */
  private static final class EncodedStream extends ByteArrayInputStream
      implements KnownLength, Drainable {
    EncodedStream(WriteEncoder.Encoded e) {
      super(e.buffer(), e.offset(), e.length());
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      int n = count - pos;
      target.write(buf, pos, n);
      pos = count;
      return n;
    }
  }
}
