package io.myelin.softswitch.peer;

import com.google.protobuf.ByteString;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.myelin.p4.config.v1.P4Info;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.Error;
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
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A P4Runtime client that is the only, hence primary, controller of one device. It blocks: for
 * comparisons and measurements, where the same requests go to two switches. Not for many threads.
 */
public final class SwitchClient implements AutoCloseable {
  private static final long TIMEOUT_S = 30;

  private final ManagedChannel channel;
  private final long deviceId;
  private final P4RuntimeGrpc.P4RuntimeBlockingStub rpc;
  private final BlockingQueue<Object> received = new LinkedBlockingQueue<>();
  private final StreamObserver<StreamMessageRequest> stream;
  private long electionId;

  /**
   * Becomes primary.
   *
   * @param channel to the switch; closed with this
   * @throws IllegalStateException if the switch does not answer in 30 s
   */
  public SwitchClient(ManagedChannel channel, long deviceId) {
    this.channel = channel;
    this.deviceId = deviceId;
    rpc = P4RuntimeGrpc.newBlockingStub(channel).withWaitForReady();
    stream =
        P4RuntimeGrpc.newStub(channel)
            .withWaitForReady()
            .streamChannel(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StreamMessageResponse m) {
                    received.add(m);
                  }

                  @Override
                  public void onError(Throwable t) {
                    received.add(t);
                  }

                  @Override
                  public void onCompleted() {
                    received.add(new IllegalStateException("the switch ended the stream"));
                  }
                });
    List<PacketIn> none = packetIns();
    if (!none.isEmpty()) {
      throw new IllegalStateException("packet-ins before there is a pipeline");
    }
  }

  /** Installs a pipeline. */
  public void setPipeline(P4Info info, byte[] bmv2Json) {
    var unused =
        timed()
            .setForwardingPipelineConfig(
                SetForwardingPipelineConfigRequest.newBuilder()
                    .setDeviceId(deviceId)
                    .setElectionId(election())
                    .setAction(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT)
                    .setConfig(
                        ForwardingPipelineConfig.newBuilder()
                            .setP4Info(info)
                            .setP4DeviceConfig(ByteString.copyFrom(bmv2Json)))
                    .build());
  }

  private Uint128 election() {
    return Uint128.newBuilder().setLow(electionId).build();
  }

  private P4RuntimeGrpc.P4RuntimeBlockingStub timed() {
    return rpc.withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS);
  }

  /**
   * Writes updates, all in one request.
   *
   * @throws IllegalStateException naming the first update that was refused, and why
   */
  public void write(List<Update> updates) {
    try {
      var unused =
          timed()
              .write(
                  WriteRequest.newBuilder()
                      .setDeviceId(deviceId)
                      .setElectionId(election())
                      .addAllUpdates(updates)
                      .build());
    } catch (StatusRuntimeException e) {
      throw new IllegalStateException(refusal(e, updates), e);
    }
  }

  private static String refusal(StatusRuntimeException e, List<Update> updates) {
    com.google.rpc.Status status = StatusProto.fromThrowable(e);
    for (int i = 0; status != null && i < status.getDetailsCount(); i++) {
      try {
        Error error = status.getDetails(i).unpack(Error.class);
        if (error.getCanonicalCode() != 0) {
          return error + " for " + (i < updates.size() ? updates.get(i) : "?");
        }
      } catch (com.google.protobuf.InvalidProtocolBufferException x) {
        return e.getMessage() + ", with unreadable details: " + x.getMessage();
      }
    }
    return String.valueOf(e.getMessage());
  }

  /** Reads what one query matches. */
  public List<Entity> read(Entity query) {
    List<Entity> out = new ArrayList<>();
    timed()
        .read(ReadRequest.newBuilder().setDeviceId(deviceId).addEntities(query).build())
        .forEachRemaining(r -> out.addAll(r.getEntitiesList()));
    return out;
  }

  /** Sends a packet-out; {@link #packetIns} waits until the switch has taken it. */
  public void packetOut(PacketOut packet) {
    stream.onNext(StreamMessageRequest.newBuilder().setPacket(packet).build());
  }

  /**
   * All packet-ins that the switch has sent so far and that were not returned before, in order. The
   * end is marked by an arbitration message, which the switch answers behind them. (Each has a
   * higher election id: PI does not answer a repeated one.)
   *
   * @throws IllegalStateException on an error of the stream
   */
  public List<PacketIn> packetIns() {
    electionId++;
    stream.onNext(
        StreamMessageRequest.newBuilder()
            .setArbitration(
                MasterArbitrationUpdate.newBuilder()
                    .setDeviceId(deviceId)
                    .setElectionId(election()))
            .build());
    List<PacketIn> out = new ArrayList<>();
    while (true) {
      StreamMessageResponse m = next();
      if (m.hasArbitration()) {
        return out;
      } else if (m.hasPacket()) {
        out.add(m.getPacket());
      } else if (m.hasError()) {
        throw new IllegalStateException("the switch says " + m.getError());
      }
    }
  }

  private StreamMessageResponse next() {
    @Nullable Object m;
    try {
      m = received.poll(TIMEOUT_S, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
    if (m instanceof StreamMessageResponse r) {
      return r;
    }
    if (m instanceof Throwable t) {
      throw new IllegalStateException("the stream ended", t);
    }
    throw new IllegalStateException("no answer in " + TIMEOUT_S + " s");
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
