package io.myelin.bench.lab;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.v1.GetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.ReadResponse;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.WriteRequest;
import io.myelin.p4.v1.WriteResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Consumer;

/** A P4Runtime server that accepts everything and does nothing: what is left is the client. */
final class NullP4Runtime extends P4RuntimeGrpc.P4RuntimeImplBase implements AutoCloseable {
  private final Server server;
  private volatile Consumer<WriteRequest> recorder = r -> {};

  NullP4Runtime() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .maxInboundMessageSize(64 << 20)
            .addService(this)
            .build()
            .start();
  }

  /** Also shows every write to {@code recorder}. */
  void record(Consumer<WriteRequest> writes) {
    recorder = writes;
  }

  int port() {
    return server.getPort();
  }

  @Override
  public void write(WriteRequest m, StreamObserver<WriteResponse> out) {
    recorder.accept(m);
    out.onNext(WriteResponse.getDefaultInstance());
    out.onCompleted();
  }

  @Override
  public void read(ReadRequest m, StreamObserver<ReadResponse> out) {
    out.onCompleted();
  }

  @Override
  public void getForwardingPipelineConfig(
      GetForwardingPipelineConfigRequest m,
      StreamObserver<GetForwardingPipelineConfigResponse> out) {
    out.onNext(GetForwardingPipelineConfigResponse.getDefaultInstance());
    out.onCompleted();
  }

  @Override
  public void setForwardingPipelineConfig(
      SetForwardingPipelineConfigRequest m,
      StreamObserver<SetForwardingPipelineConfigResponse> out) {
    out.onNext(SetForwardingPipelineConfigResponse.getDefaultInstance());
    out.onCompleted();
  }

  @Override
  public StreamObserver<StreamMessageRequest> streamChannel(
      StreamObserver<StreamMessageResponse> out) {
    return new StreamObserver<>() {
      @Override
      public void onNext(StreamMessageRequest m) {
        if (m.hasArbitration()) {
          out.onNext(StreamMessageResponse.newBuilder().setArbitration(m.getArbitration()).build());
        }
      }

      @Override
      public void onError(Throwable t) {}

      @Override
      public void onCompleted() {
        out.onCompleted();
      }
    };
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
