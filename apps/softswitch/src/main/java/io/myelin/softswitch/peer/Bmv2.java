package io.myelin.softswitch.peer;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.myelin.p4.bm.DataplaneInterfaceGrpc;
import io.myelin.p4.bm.PacketStreamRequest;
import io.myelin.p4.bm.PacketStreamResponse;
import io.myelin.p4.bm.PortOperStatus;
import io.myelin.p4.bm.SetPortOperStatusRequest;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * p4lang's {@code simple_switch_grpc}, as a child process. Packets go in and out over its gRPC data
 * plane interface: no root, no interfaces, nothing lost on the way to it.
 */
public final class Bmv2 implements AutoCloseable {
  private static final String PROGRAM = "simple_switch_grpc";
  private static final long DEVICE = 1;
  private static final long TIMEOUT_S = 30;

  private final Process process;
  private final Path log;
  private final P4Client client;
  private final ManagedChannel dataplane;
  private volatile Listener listener = (id, port, f) -> {};
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable ClientCallStreamObserver<PacketStreamRequest> stream;

  /** Is told of what leaves. */
  @FunctionalInterface
  public interface Listener {
    /**
     * A packet left.
     *
     * @param id of the packet that it was; 0: unknown
     */
    void sent(long id, int port, ByteString frame);
  }

  /** Whether the program is on the PATH. */
  public static boolean isAvailable() {
    for (String dir : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(dir, PROGRAM))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Starts one with CPU port 255 and eight priority queues.
   *
   * @throws IOException when it cannot be started; its output is in the message
   */
  public Bmv2() throws IOException {
    List<Integer> ports = freePorts(3);
    log = Files.createTempFile("bmv2-", ".log");
    process =
        new ProcessBuilder(
                PROGRAM,
                "--no-p4",
                "--device-id",
                Long.toString(DEVICE),
                "--thrift-port",
                ports.get(0).toString(),
                "--log-level",
                "off",
                "--",
                "--priority-queues",
                "8",
                "--cpu-port",
                "255",
                "--grpc-server-addr",
                "127.0.0.1:" + ports.get(1),
                "--dp-grpc-server-addr",
                "127.0.0.1:" + ports.get(2))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    dataplane =
        NettyChannelBuilder.forAddress("127.0.0.1", ports.get(2))
            .usePlaintext()
            .flowControlWindow(8 << 20)
            .build();
    P4Client made = null;
    try {
      made = new P4Client(ports.get(1), DEVICE);
    } catch (IllegalStateException e) {
      String output = Files.readString(log);
      dataplane.shutdownNow();
      end();
      throw new IOException(PROGRAM + " does not serve: " + output, e);
    }
    client = made;
  }

  private static List<Integer> freePorts(int n) throws IOException {
    List<ServerSocket> sockets = new ArrayList<>();
    List<Integer> ports = new ArrayList<>();
    try {
      for (int i = 0; i < n; i++) {
        ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        sockets.add(s);
        ports.add(s.getLocalPort());
      }
    } finally {
      for (ServerSocket s : sockets) {
        s.close();
      }
    }
    return ports;
  }

  public P4Client client() {
    return client;
  }

  /** Process id. */
  public long pid() {
    return process.pid();
  }

  /** Resident memory, bytes; -1: not known. */
  public long residentBytes() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid() + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
        }
      }
    } catch (IOException gone) {
      return -1;
    }
    return -1;
  }

  /** CPU time of each of its threads, nanoseconds, in a fixed order; empty: not known. */
  public List<Long> threadCpuNs() {
    List<Long> all = new ArrayList<>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid() + "/task"))) {
      for (Path task : tasks.sorted().toList()) {
        // First field: time on the CPU, nanoseconds (Linux, Documentation/scheduler/sched-stats).
        all.add(Long.parseLong(Files.readString(task.resolve("schedstat")).split(" ")[0]));
      }
    } catch (IOException | NumberFormatException notLinux) {
      return List.of();
    }
    return all;
  }

  /** Says of a port whether it is up; a port that was never spoken of is down. */
  public void setPort(int port, boolean up) {
    var unused =
        DataplaneInterfaceGrpc.newBlockingStub(dataplane)
            .withWaitForReady()
            .withDeadlineAfter(TIMEOUT_S, TimeUnit.SECONDS)
            .setPortOperStatus(
                SetPortOperStatusRequest.newBuilder()
                    .setDeviceId(DEVICE)
                    .setPort(port)
                    .setOperStatus(
                        up ? PortOperStatus.OPER_STATUS_UP : PortOperStatus.OPER_STATUS_DOWN)
                    .build());
  }

  /** Opens the way for packets; the pipeline must be there. */
  public void open(Listener whenSent) {
    listener = whenSent;
    DataplaneInterfaceGrpc.newStub(dataplane)
        .packetStream(
            new ClientResponseObserver<PacketStreamRequest, PacketStreamResponse>() {
              @Override
              public void beforeStart(ClientCallStreamObserver<PacketStreamRequest> requests) {
                stream = requests;
              }

              @Override
              public void onNext(PacketStreamResponse r) {
                listener.sent(r.getId(), r.getPort(), r.getPacket());
              }

              @Override
              public void onError(Throwable t) {
                ended.countDown();
              }

              @Override
              public void onCompleted() {
                ended.countDown();
              }
            });
  }

  /**
   * Hands a packet over; one thread at a time.
   *
   * @param id not 0
   */
  public void receive(long id, int port, byte[] frame) {
    ClientCallStreamObserver<PacketStreamRequest> out = stream;
    if (out == null) {
      throw new IllegalStateException("open() first");
    }
    out.onNext(
        PacketStreamRequest.newBuilder()
            .setId(id)
            .setDeviceId(DEVICE)
            .setPort(port)
            .setPacket(UnsafeByteOperations.unsafeWrap(frame))
            .build());
  }

  /** No more packets; returns when all are processed. */
  public void finish() throws InterruptedException {
    ClientCallStreamObserver<PacketStreamRequest> out = stream;
    if (out != null) {
      out.onCompleted();
      if (!ended.await(TIMEOUT_S, TimeUnit.SECONDS)) {
        throw new IllegalStateException(PROGRAM + " did not end the stream");
      }
    }
  }

  @Override
  public void close() {
    client.close();
    dataplane.shutdownNow();
    end();
  }

  private void end() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      Files.deleteIfExists(log);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
