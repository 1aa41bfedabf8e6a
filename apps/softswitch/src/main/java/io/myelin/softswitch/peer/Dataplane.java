package io.myelin.softswitch.peer;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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

  // Fields of PacketStreamRequest and PacketStreamResponse.
  private static final int ID = 1;
  private static final int DEVICE_ID = 2;
  private static final int PORT = 3;
  private static final int PACKET = 4;

  /**
   * A frame that enters or leaves.
   *
   * @param id of the frame that entered, given by the caller, not 0; outputs carry their cause's
   */
  public record Frame(long id, int port, byte[] bytes) {}

  private static final MethodDescriptor<Frame, Frame> METHOD =
      MethodDescriptor.<Frame, Frame>newBuilder()
          .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
          .setFullMethodName("p4.bm.DataplaneInterface/PacketStream")
          .setRequestMarshaller(new FrameMarshaller())
          .setResponseMarshaller(new FrameMarshaller())
          .build();

  private final ManagedChannel channel;

  Dataplane(ManagedChannel channel) {
    this.channel = channel;
  }

  /** Opens the switch's only stream. The consumer is called on gRPC's threads, one at a time. */
  public Stream open(Consumer<Frame> out) {
    return new Stream(channel.newCall(METHOD, CallOptions.DEFAULT.withWaitForReady()), out);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }

  /** A stream of frames in both directions. */
  public static final class Stream {
    private final ClientCall<Frame, Frame> call;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicReference<@Nullable Status> end = new AtomicReference<>();

    private Stream(ClientCall<Frame, Frame> call, Consumer<Frame> out) {
      this.call = call;
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(Frame frame) {
              out.accept(frame);
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
      call.sendMessage(frame);
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

  private static final class FrameMarshaller implements MethodDescriptor.Marshaller<Frame> {
    @Override
    public InputStream stream(Frame f) {
      int size =
          CodedOutputStream.computeUInt64Size(ID, f.id())
              + CodedOutputStream.computeUInt64Size(DEVICE_ID, Bmv2.DEVICE_ID)
              + CodedOutputStream.computeUInt32Size(PORT, f.port())
              + CodedOutputStream.computeByteArraySize(PACKET, f.bytes());
      byte[] out = new byte[size];
      CodedOutputStream c = CodedOutputStream.newInstance(out);
      try {
        c.writeUInt64(ID, f.id());
        c.writeUInt64(DEVICE_ID, Bmv2.DEVICE_ID);
        c.writeUInt32(PORT, f.port());
        c.writeByteArray(PACKET, f.bytes());
        c.checkNoSpaceLeft();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new ByteArrayInputStream(out);
    }

    @Override
    public Frame parse(InputStream in) {
      long id = 0;
      int port = 0;
      byte[] bytes = {};
      try {
        CodedInputStream c = CodedInputStream.newInstance(in);
        for (int tag = c.readTag(); tag != 0; tag = c.readTag()) {
          switch (WireFormat.getTagFieldNumber(tag)) {
            case ID -> id = c.readUInt64();
            case PORT -> port = c.readUInt32();
            case PACKET -> bytes = c.readByteArray();
            default -> c.skipField(tag);
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return new Frame(id, port, bytes);
    }
  }
}
