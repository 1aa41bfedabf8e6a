package io.myelin.softswitch.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.ForwardingPipelineConfig;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.PacketIn;
import io.myelin.p4.v1.PacketOut;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.SetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.Uint128;
import io.myelin.p4.v1.Update;
import io.myelin.p4.v1.WriteRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** The least P4Runtime client that programs a switch: one primary, blocking calls. */
public final class P4Client implements AutoCloseable {
  private static final long TIMEOUT_S = 30;
  private static final int BATCH = 500;
  private static final Uint128 ELECTION_ID = Uint128.newBuilder().setLow(1).build();

  private final long deviceId;
  private final ManagedChannel channel;
  private final P4RuntimeGrpc.P4RuntimeBlockingStub rpc;
  private final StreamObserver<StreamMessageRequest> stream;
  private volatile Consumer<PacketIn> listener = p -> {};

  /**
   * Connects and becomes primary.
   *
   * @param port of a P4Runtime server on this machine
   * @throws IllegalStateException if that fails
   */
  public P4Client(int port, long deviceId) {
    this.deviceId = deviceId;
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .maxInboundMetadataSize(1 << 20)
            .build();
    rpc = P4RuntimeGrpc.newBlockingStub(channel);
    CompletableFuture<Void> primary = new CompletableFuture<>();
    stream =
        P4RuntimeGrpc.newStub(channel)
            .withWaitForReady()
            .streamChannel(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StreamMessageResponse m) {
                    if (m.hasArbitration()) {
                      primary.complete(null);
                    } else if (m.hasPacket()) {
                      listener.accept(m.getPacket());
                    }
                  }

                  @Override
                  public void onError(Throwable t) {
                    primary.completeExceptionally(t);
                  }

                  @Override
                  public void onCompleted() {}
                });
    stream.onNext(
        StreamMessageRequest.newBuilder()
            .setArbitration(
                MasterArbitrationUpdate.newBuilder()
                    .setDeviceId(deviceId)
                    .setElectionId(ELECTION_ID))
            .build());
    try {
      primary.get(TIMEOUT_S, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      channel.shutdownNow();
      throw new IllegalStateException("no P4Runtime session on port " + port, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      channel.shutdownNow();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private P4RuntimeGrpc.P4RuntimeBlockingStub rpc() {
    return rpc.withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS);
  }

  /** Calls back with every packet-in, on a thread of the client's. */
  public void onPacketIn(Consumer<PacketIn> newListener) {
    listener = newListener;
  }

  public void setPipeline(ForwardingPipelineConfig config) {
    var unused =
        rpc()
            .setForwardingPipelineConfig(
                SetForwardingPipelineConfigRequest.newBuilder()
                    .setDeviceId(deviceId)
                    .setElectionId(ELECTION_ID)
                    .setAction(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT)
                    .setConfig(config)
                    .build());
  }

  /**
   * Writes in batches, in order.
   *
   * @throws IllegalStateException naming the updates that were refused
   */
  public void write(List<Update> updates) {
    for (int at = 0; at < updates.size(); at += BATCH) {
      List<Update> batch = updates.subList(at, Math.min(at + BATCH, updates.size()));
      try {
        var unused =
            rpc()
                .write(
                    WriteRequest.newBuilder()
                        .setDeviceId(deviceId)
                        .setElectionId(ELECTION_ID)
                        .addAllUpdates(batch)
                        .build());
      } catch (StatusRuntimeException e) {
        throw new IllegalStateException("refused: " + refused(e, batch), e);
      }
    }
  }

  private static List<String> refused(StatusRuntimeException e, List<Update> batch) {
    List<String> all = new ArrayList<>();
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    for (int i = 0; status != null && i < status.getDetailsCount() && i < batch.size(); i++) {
      try {
        io.myelin.p4.v1.Error error =
            io.myelin.p4.v1.Error.parseFrom(status.getDetails(i).getValue());
        if (error.getCanonicalCode() != 0) {
          all.add(error.getMessage() + ": " + batch.get(i));
        }
      } catch (InvalidProtocolBufferException malformed) {
        all.add("unreadable error for " + batch.get(i));
      }
    }
    return all;
  }

  /** Reads whatever matches. */
  public List<Entity> read(Entity... wanted) {
    ReadRequest.Builder request = ReadRequest.newBuilder().setDeviceId(deviceId);
    for (Entity e : wanted) {
      request.addEntities(e);
    }
    List<Entity> all = new ArrayList<>();
    rpc().read(request.build()).forEachRemaining(r -> all.addAll(r.getEntitiesList()));
    return all;
  }

  /** Sends a packet-out. */
  public void packetOut(PacketOut packet) {
    synchronized (stream) {
      stream.onNext(StreamMessageRequest.newBuilder().setPacket(packet).build());
    }
  }

  /** A packet-out's metadata field. */
  public static io.myelin.p4.v1.PacketMetadata metadata(int id, int value) {
    ByteString bytes =
        value < 256
            ? ByteString.copyFrom(new byte[] {(byte) value})
            : ByteString.copyFrom(new byte[] {(byte) (value >> 8), (byte) value});
    return io.myelin.p4.v1.PacketMetadata.newBuilder().setMetadataId(id).setValue(bytes).build();
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
