package io.myelin.node.southbound;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.p4.v1.GetForwardingPipelineConfigRequest;
import io.myelin.p4.v1.GetForwardingPipelineConfigResponse;
import io.myelin.p4.v1.P4RuntimeGrpc;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Connections to switches, kept whoever leads: a member that takes over finds them open, and has
 * used them before. Sessions come and go over them.
 *
 * <p>Thread-safe.
 */
public final class SwitchChannels implements AutoCloseable {
  /** Above gRPC's 4 MiB: a pipeline, or a chunk of a read, may be larger. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  /** Errors of a batch come in the trailers: up to about 450 bytes for each of 1,000 updates. */
  private static final int MAX_ERROR_BYTES = 1 << 20;

  /** A switch that answers at all answers this within it. */
  private static final long PROBE_S = 5;

  private record Kept(String address, ManagedChannel channel) {}

  private final Function<Device, ChannelCredentials> credentials;
  private final Map<DeviceId, Kept> kept = new HashMap<>();
  private boolean closed;

  /**
   * @param credentials with which a switch is reached; where they are TLS, its name is verified
   */
  public SwitchChannels(Function<Device, ChannelCredentials> credentials) {
    this.credentials = credentials;
  }

  /** To a switch; a new one if its address has changed. */
  synchronized ManagedChannel to(Device device) {
    if (closed) {
      throw new IllegalStateException("closed");
    }
    Kept now = kept.get(device.id());
    if (now != null && now.address.equals(device.address())) {
      return now.channel;
    }
    if (now != null) {
      now.channel.shutdownNow();
    }
    ManagedChannel channel = connect(device);
    kept.put(device.id(), new Kept(device.address(), channel));
    return channel;
  }

  private ManagedChannel connect(Device device) {
    return NettyChannelBuilder.forTarget("dns:///" + device.address(), credentials.apply(device))
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .maxInboundMetadataSize(MAX_ERROR_BYTES)
        .keepAliveTime(20, TimeUnit.SECONDS)
        .keepAliveTimeout(5, TimeUnit.SECONDS)
        .directExecutor() // handlers only hand over
        .build();
  }

  /**
   * Connects to all of these switches where there is no connection yet, and drops those to others.
   *
   * @param devices asked while no session can begin: whoever begins one knows its switch from there
   */
  public synchronized void keep(Supplier<? extends Iterable<Device>> devices) {
    if (closed) {
      return;
    }
    Set<DeviceId> there = new HashSet<>();
    for (Device d : devices.get()) {
      there.add(d.id());
      to(d).getState(true);
    }
    kept.entrySet()
        .removeIf(
            e -> {
              boolean gone = !there.contains(e.getKey());
              if (gone) {
                e.getValue().channel.shutdownNow();
              }
              return gone;
            });
  }

  /**
   * Finds out whether a switch still answers on its connection, which otherwise only those find out
   * who use it; one that does not is connected to anew. Changes nothing there.
   */
  public void probe(Device device) {
    ManagedChannel channel = to(device);
    P4RuntimeGrpc.newStub(channel)
        .withDeadlineAfter(PROBE_S, TimeUnit.SECONDS)
        .getForwardingPipelineConfig(
            cookie(device),
            new StreamObserver<>() {
              @Override
              public void onNext(GetForwardingPipelineConfigResponse value) {}

              @Override
              public void onError(Throwable t) {
                if (Status.fromThrowable(t).getCode() == Status.Code.DEADLINE_EXCEEDED) {
                  channel.enterIdle();
                }
              }

              @Override
              public void onCompleted() {}
            });
  }

  /**
   * Reads what a switch holds, as whoever takes over must, so that then nothing is done for the
   * first time.
   */
  public CompletableFuture<?> rehearse(Device device, CompiledProgram program) {
    return new DeviceReads(
            device.p4DeviceId(),
            program,
            new EntryDecoder(program),
            P4RuntimeGrpc.newStub(to(device)))
        .tables();
  }

  /** Asks which pipeline a switch runs. */
  static GetForwardingPipelineConfigRequest cookie(Device device) {
    return GetForwardingPipelineConfigRequest.newBuilder()
        .setDeviceId(device.p4DeviceId())
        .setResponseType(GetForwardingPipelineConfigRequest.ResponseType.COOKIE_ONLY)
        .build();
  }

  @Override
  public synchronized void close() {
    closed = true;
    kept.values().forEach(k -> k.channel.shutdownNow());
    kept.clear();
  }
}
