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
import org.jspecify.annotations.Nullable;

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
  private final int runtimePort;
  private final int dataplanePort;
  private @Nullable SwitchClient client;
  private @Nullable Dataplane dataplane;

  private Bmv2(Process process, Path log, int runtimePort, int dataplanePort) {
    this.process = process;
    this.log = log;
    this.runtimePort = runtimePort;
    this.dataplanePort = dataplanePort;
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
   * Starts one whose ports are a {@link Dataplane} and becomes its primary controller.
   *
   * @throws IOException if it cannot be started
   * @throws IllegalStateException if it does not answer
   */
  public static Bmv2 start() throws IOException {
    Bmv2 bmv2 = launch(List.of(), true);
    bmv2.connect();
    return bmv2;
  }

  /**
   * Starts one whose ports are files. It answers only when it could open them: call {@link
   * #connect} when pipes among them have a writer.
   *
   * @param interfaces {@code PORT@PREFIX}, for files PREFIX_in.pcap and PREFIX_out.pcap
   * @throws IOException if it cannot be started
   */
  static Bmv2 startWithFiles(List<String> interfaces) throws IOException {
    List<String> options = new ArrayList<>(List.of("--use-files", "0"));
    interfaces.forEach(i -> options.addAll(List.of("-i", i)));
    return launch(options, false);
  }

  private static Bmv2 launch(List<String> options, boolean withDataplane) throws IOException {
    Path log = Files.createTempFile("bmv2", ".log");
    int[] ports = freePorts(3);
    List<String> command = new ArrayList<>();
    command.add(PROGRAM);
    command.addAll(List.of("--no-p4", "--device-id", String.valueOf(DEVICE_ID), "-L", "off"));
    command.addAll(List.of("--thrift-port", String.valueOf(ports[0])));
    command.addAll(options);
    command.addAll(List.of("--", "--grpc-server-addr", "127.0.0.1:" + ports[1]));
    command.addAll(List.of("--cpu-port", "255", "--priority-queues", "8"));
    if (withDataplane) {
      command.addAll(List.of("--dp-grpc-server-addr", "127.0.0.1:" + ports[2]));
    }
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new Bmv2(process, log, ports[1], withDataplane ? ports[2] : 0);
  }

  /**
   * Becomes the primary controller.
   *
   * @throws IllegalStateException if BMv2 does not answer; it is ended then
   */
  void connect() {
    try {
      client = new SwitchClient(channel(runtimePort), DEVICE_ID);
      if (dataplanePort != 0) {
        dataplane = new Dataplane(channel(dataplanePort));
      }
    } catch (IllegalStateException e) {
      String says;
      try {
        says = Files.readString(log);
      } catch (IOException x) {
        says = x.toString();
      }
      close();
      throw new IllegalStateException(PROGRAM + " does not answer; it says: " + says, e);
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
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < n; i++) {
        sockets.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return sockets.stream().mapToInt(ServerSocket::getLocalPort).toArray();
    } finally {
      for (ServerSocket s : sockets) {
        s.close();
      }
    }
  }

  /** Its controller. */
  public SwitchClient client() {
    if (client == null) {
      throw new IllegalStateException("not connected");
    }
    return client;
  }

  /** Its ports. */
  public Dataplane dataplane() {
    if (dataplane == null) {
      throw new IllegalStateException("its ports are files");
    }
    return dataplane;
  }

  /** Memory in use, in bytes; 0 where the system does not tell (it is read from /proc). */
  long rssBytes() throws IOException {
    return Memory.rssBytes(String.valueOf(process.pid()));
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
    if (dataplane != null) {
      dataplane.close();
    }
    if (client != null) {
      client.close();
    }
    end(process);
    try {
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
