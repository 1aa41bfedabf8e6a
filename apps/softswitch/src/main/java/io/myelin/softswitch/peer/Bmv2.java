package io.myelin.softswitch.peer;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A process of BMv2's {@code simple_switch_grpc} from the PATH, on loopback ports, with eight
 * priority queues and CPU port 255. It begins without a program.
 */
public final class Bmv2 implements AutoCloseable {
  /** The executable's name. */
  public static final String PROGRAM = "simple_switch_grpc";

  static final long DEVICE_ID = 1;

  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  /** Room for the details of a refused batch. */
  private static final int MAX_METADATA_BYTES = 1 << 20;

  private static final long END_TIMEOUT_S = 10;

  private final Process process;
  private final Path log;
  private final SwitchClient client;
  private final Dataplane dataplane;

  private Bmv2(Process process, Path log, int runtimePort, int dataplanePort) {
    this.process = process;
    this.log = log;
    client = new SwitchClient(channel(runtimePort), DEVICE_ID);
    dataplane = new Dataplane(channel(dataplanePort));
  }

  /** Whether BMv2 is installed. */
  public static boolean onPath() {
    return find(PROGRAM).isPresent();
  }

  /** An executable on the PATH. */
  static Optional<Path> find(String program) {
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Arrays.stream(path.split(File.pathSeparator))
        .filter(dir -> !dir.isEmpty())
        .map(dir -> Path.of(dir, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Starts one and becomes its primary controller.
   *
   * @throws IOException if it cannot be started
   * @throws IllegalStateException if it does not answer
   */
  public static Bmv2 start() throws IOException {
    Path log = Files.createTempFile("bmv2", ".log");
    int[] ports = freePorts(3);
    List<String> command = new ArrayList<>();
    command.add(PROGRAM);
    command.addAll(List.of("--no-p4", "--device-id", String.valueOf(DEVICE_ID)));
    command.addAll(List.of("-L", "off", "--thrift-port", String.valueOf(ports[2]), "--"));
    command.addAll(List.of("--grpc-server-addr", "127.0.0.1:" + ports[0]));
    command.addAll(List.of("--dp-grpc-server-addr", "127.0.0.1:" + ports[1]));
    command.addAll(List.of("--cpu-port", "255", "--priority-queues", "8"));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      return new Bmv2(process, log, ports[0], ports[1]);
    } catch (RuntimeException e) {
      end(process);
      throw new IllegalStateException(
          PROGRAM + " does not answer; it says: " + Files.readString(log), e);
    }
  }

  private static ManagedChannel channel(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .maxInboundMessageSize(MAX_MESSAGE_BYTES)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .build();
  }

  /** Ports that were free a moment ago: BMv2 does not tell which it bound. */
  private static int[] freePorts(int n) throws IOException {
    ServerSocket[] sockets = new ServerSocket[n];
    int[] ports = new int[n];
    try {
      for (int i = 0; i < n; i++) {
        sockets[i] = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        ports[i] = sockets[i].getLocalPort();
      }
    } finally {
      for (ServerSocket s : sockets) {
        if (s != null) {
          s.close();
        }
      }
    }
    return ports;
  }

  /** Its controller. */
  public SwitchClient client() {
    return client;
  }

  /** Its ports. */
  public Dataplane dataplane() {
    return dataplane;
  }

  /** The operating system's number of the process. */
  public long pid() {
    return process.pid();
  }

  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(END_TIMEOUT_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the process. */
  @Override
  public void close() {
    dataplane.close();
    client.close();
    end(process);
    try {
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
