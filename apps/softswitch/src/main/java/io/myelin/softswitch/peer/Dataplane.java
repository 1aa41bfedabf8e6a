package io.myelin.softswitch.peer;

import com.google.protobuf.UnsafeByteOperations;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.myelin.p4.bm.DataplaneInterfaceGrpc;
import io.myelin.p4.bm.PacketStreamRequest;
import io.myelin.p4.bm.PacketStreamResponse;
import io.myelin.p4.bm.PortOperStatus;
import io.myelin.p4.bm.SetPortOperStatusRequest;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The ports of a simple_switch_grpc: frames go in and come out over its gRPC service {@code
 * p4.bm.DataplaneInterface} (option {@code --dp-grpc-server-addr}). Unlike interfaces it loses
 * nothing on the way, says which frame an output belongs to, and, when a stream is half-closed,
 * ends only after every packet has left the switch.
 */
public final class Dataplane implements AutoCloseable {
  private static final long TIMEOUT_S = 60;

  /**
   * A frame that enters or leaves.
   *
   * @param id of the frame that entered, given by the caller, not 0; outputs carry their cause's
   */
  public record Frame(long id, int port, byte[] bytes) {}

  private final ManagedChannel channel;

  Dataplane(ManagedChannel channel) {
    this.channel = channel;
  }

  /** Says of a port whether it is up. */
  public void setPort(int port, boolean up) {
    var unused =
        DataplaneInterfaceGrpc.newBlockingStub(channel)
            .withWaitForReady()
            .withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS)
            .setPortOperStatus(
                SetPortOperStatusRequest.newBuilder()
                    .setDeviceId(Bmv2.DEVICE_ID)
                    .setPort(port)
                    .setOperStatus(
                        up ? PortOperStatus.OPER_STATUS_UP : PortOperStatus.OPER_STATUS_DOWN)
                    .build());
  }

  /** Opens the switch's only stream. The consumer is called on gRPC's threads, one at a time. */
  public Stream open(Consumer<Frame> out) {
    return new Stream(
        channel.newCall(
            DataplaneInterfaceGrpc.getPacketStreamMethod(), CallOptions.DEFAULT.withWaitForReady()),
        out);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** A stream of frames in both directions. */
  public static final class Stream {
    private final ClientCall<PacketStreamRequest, PacketStreamResponse> call;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable Status> end = new AtomicReference<>();

    private Stream(
        ClientCall<PacketStreamRequest, PacketStreamResponse> call, Consumer<Frame> out) {
      this.call = call;
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(PacketStreamResponse m) {
              out.accept(new Frame(m.getId(), m.getPort(), m.getPacket().toByteArray()));
              call.request(1);
            }

            @Override
            public void onClose(Status status, Metadata trailers) {
              end.set(status);
              ended.countDown();
            }
          },
          new Metadata());
      call.request(64);
    }

    /** Puts a frame onto a port. Never blocks. */
    public void send(Frame frame) {
      call.sendMessage(
          PacketStreamRequest.newBuilder()
              .setId(frame.id())
              .setDeviceId(Bmv2.DEVICE_ID)
              .setPort(frame.port())
              .setPacket(UnsafeByteOperations.unsafeWrap(frame.bytes()))
              .build());
    }

    /**
     * Says that no more frames come, and waits until the switch has processed all.
     *
     * @throws IllegalStateException if the stream fails or that takes longer than 60 s
     */
    public void finish() {
      call.halfClose();
      try {
        if (!ended.await(TIMEOUT_S, TimeUnit.SECONDS)) {
          throw new IllegalStateException("the switch did not finish in " + TIMEOUT_S + " s");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted", e);
      }
      Status status = end.get();
      if (status == null || !status.isOk()) {
        throw new IllegalStateException("the stream of frames failed: " + status);
      }
    }
  }
}
