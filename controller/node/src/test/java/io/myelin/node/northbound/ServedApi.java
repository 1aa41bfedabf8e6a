package io.myelin.node.northbound;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ClientInterceptors;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.myelin.core.loop.QuietFabric;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.SwitchCounters;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Lease;
import io.myelin.node.northbound.access.Access;
import io.myelin.node.northbound.audit.AuditLog;
import io.myelin.node.store.InProcessStateLog;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The whole API on loopback, with the log in memory and switches that acknowledge everything; and a
 * channel to it as clients have one, which counts what errors weigh.
 */
final class ServedApi implements AutoCloseable {
  /** What the clock says. */
  static final long NOW_MS = 1_750_000_000_000L;

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  final InProcessStateLog log = new InProcessStateLog(1);
  private final ExecutorService switches = Executors.newSingleThreadExecutor();
  private final NorthboundServer server;
  private final ManagedChannel channel;
  private volatile int heaviestBytes;
  private volatile boolean silent;

  final AuditLog audit = new AuditLog();

  /** The leader. */
  ServedApi(Inventory inventory) throws IOException {
    this(inventory, l -> new Forwarding("a", l, id -> null));
  }

  /**
   * As the other.
   *
   * @param forwarding for its log
   */
  ServedApi(Inventory inventory, Function<StateLog, Forwarding> forwarding) throws IOException {
    log.submit(new Command.SetInventory(inventory, NOW_MS)).join();
    log.follow(a -> switches.execute(() -> acknowledge(a)));
    Fabric fabric = new Fabric();
    AtomicInteger names = new AtomicInteger();
    server =
        new NorthboundServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            InsecureServerCredentials.create(),
            new NorthboundServices(
                new NorthboundServices.Backend(
                    log,
                    fabric,
                    () -> NOW_MS,
                    () -> "l-" + names.incrementAndGet(),
                    new Alone(),
                    new YamlDocuments(),
                    new PassThrough()),
                Guard.of(
                    InsecureServerCredentials.create(),
                    Access.open(),
                    c -> List.of(),
                    n -> false,
                    audit,
                    () -> 0),
                forwarding.apply(log)));
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + server.port(), InsecureChannelCredentials.create())
            .build(); // limits as they come
  }

  Channel channel() {
    return ClientInterceptors.intercept(channel, new Scale());
  }

  /** What the trailers of the heaviest error so far weigh, as RFC 9113 §6.5.2 counts. */
  int heaviestBytes() {
    return heaviestBytes;
  }

  /** From now on switches acknowledge nothing. */
  void silence() {
    silent = true;
  }

  private void acknowledge(Applied applied) {
    if (silent) {
      return;
    }
    for (Applied.Change c : applied.changes()) {
      if (c instanceof Applied.Change.LeaseChanged changed) {
        Lease l = log.state().leases().get(changed.lease());
        if (l != null && l.awaitsSwitch()) {
          log.submit(new Command.Provisioned(l.name(), l.generation(), NOW_MS)).join();
        } else if (l != null && l.state() == Lease.LeaseState.RELEASING) {
          log.submit(new Command.Released(l.name(), l.generation(), NOW_MS)).join();
        }
      }
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      channel.awaitTermination(5, TimeUnit.SECONDS); // else what it still says meets a closed loop
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    server.close();
    switches.shutdown();
    log.close();
  }

  /** Weighs the trailers of errors. */
  private final class Scale implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
        @Override
        public void start(Listener<R> listener, Metadata headers) {
          super.start(
              new SimpleForwardingClientCallListener<>(listener) {
                @Override
                public void onClose(io.grpc.Status status, Metadata trailers) {
                  if (!status.isOk()) {
                    heaviestBytes = Math.max(heaviestBytes, weight(status, trailers));
                  }
                  super.onClose(status, trailers);
                }
              },
              headers);
        }
      };
    }
  }

  private static int weight(io.grpc.Status status, Metadata trailers) {
    int bytes = ":status200".length() + 32 + "grpc-status99".length() + 32;
    String message = String.valueOf(status.getDescription());
    bytes += "grpc-message".length() + 32;
    for (byte b : message.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      bytes += b >= ' ' && b <= '~' && b != '%' ? 1 : 3;
    }
    for (String key : trailers.keys()) {
      bytes += key.length() + 32;
      if (key.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        byte[] value = trailers.get(DETAILS);
        bytes += value == null ? 0 : (value.length + 2) / 3 * 4;
      } else {
        bytes +=
            String.valueOf(trailers.get(Metadata.Key.of(key, Metadata.ASCII_STRING_MARSHALLER)))
                .length();
      }
    }
    return bytes;
  }

  /** Nobody counts. */
  private static final class PassThrough implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      return next.startCall(call, headers);
    }
  }

  /** Says at length why there is no backup. */
  private static final class Alone extends LoneMember {
    Alone() {
      super(() -> NOW_MS);
    }

    @Override
    public void backup(OutputStream out) throws IOException {
      throw new IOException("no disk, " + "at all ".repeat(2_000));
    }
  }

  /** Probes fail with a long reason. */
  private static final class Fabric extends QuietFabric implements ControlledFabric {
    @Override
    public CompletableFuture<SwitchCounters> read(DeviceId device) {
      return CompletableFuture.failedFuture(new IOException("does not answer"));
    }

    @Override
    public CompletableFuture<PathProbe> probe(io.myelin.core.path.Path path) {
      return CompletableFuture.failedFuture(new IOException("silent, " + "quite ".repeat(2_000)));
    }
  }
}
