package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.core.model.Inventory;
import io.myelin.node.control.Pace;
import io.myelin.node.port.CapturedLog;
import io.myelin.node.port.SmallDisk;
import io.myelin.node.store.RaftOptions;
import io.myelin.node.tls.TlsFiles;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A start that fails leaves nothing behind, and what a node says when it cannot record. */
final class NodeStartTest {
  private static final Inventory EMPTY =
      new Inventory("empty", 1.0, List.of(), List.of(), List.of(), List.of());

  /** Of threads that a node makes; those of libraries end later by themselves. */
  private static final Set<String> OURS =
      Set.of("audit", "flushes", "leadership", "recovery", "snapshots", "lines", "health");

  private static Node.Config config(int port, Path data, Security security) {
    return new Node.Config(
        EMPTY,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
        Pace.of(Duration.ofMillis(100)),
        RaftOptions.alone(data),
        new TreeMap<>(),
        security);
  }

  private static Security audited(Path at) {
    return new Security(null, Security.SwitchTls.BEYOND_LOOPBACK, null, at);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> OURS.contains(t.getName()))
        .count();
  }

  private static void await(BooleanSupplier condition, String what) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < until, "not within 20 s: " + what);
      Thread.onSpinWait();
    }
  }

  private static void failsAndLeavesNothing(Node.Config config, String message) {
    long before = threads();
    IOException e = assertThrows(IOException.class, () -> new Node(config).close());
    assertTrue(String.valueOf(e.getMessage()).contains(message), e.getMessage());
    await(
        () -> threads() <= before,
        "left running: "
            + Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(OURS::contains)
                .collect(Collectors.joining(", ")));
  }

  private static void starts(Path dir) throws IOException {
    try (Node node = new Node(config(0, dir.resolve("data"), audited(dir.resolve("audit"))))) {
      await(node::serving, "serving");
    }
  }

  @Test
  void whatFailedToListenStartsInTheSameDirectoryNext(@TempDir Path dir) throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Security security = audited(dir.resolve("audit"));
      failsAndLeavesNothing(
          config(taken.getLocalPort(), dir.resolve("data"), security), "cannot listen");
    }
    starts(dir);
  }

  @Test
  void soDoesWhatHadABadCertificate(@TempDir Path dir) throws IOException {
    Path bad = Files.writeString(dir.resolve("bad.pem"), "not a certificate");
    Path access = Files.writeString(dir.resolve("access.yaml"), "grants: []\n");
    Security security =
        new Security(
            new TlsFiles(bad, bad, bad),
            Security.SwitchTls.BEYOND_LOOPBACK,
            access,
            dir.resolve("audit"));
    failsAndLeavesNothing(config(0, dir.resolve("data"), security), "bad.pem");
    starts(dir);
  }

  @Test
  void soDoesWhatHadABrokenAuditLog(@TempDir Path dir) throws IOException {
    Path audit = Files.createDirectory(dir.resolve("audit"));
    Path line = Files.writeString(audit.resolve("audit-000001.jsonl"), "nonsense\n");
    failsAndLeavesNothing(config(0, dir.resolve("data"), audited(audit)), "audit-000001.jsonl:1");
    Files.delete(line);
    starts(dir);
  }

  @Test
  void soDoesWhatCouldNotMakeItsDirectory(@TempDir Path dir) throws IOException {
    Path file = Files.writeString(dir.resolve("data"), "a file");
    failsAndLeavesNothing(config(0, file, audited(dir.resolve("audit"))), "cannot be made");
    Files.delete(file);
    starts(dir);
  }

  /** The audit log's disk alone; that of the state is in DiskFullTest. */
  @Test
  void whoCannotRecordDoesNotServeAndSaysWhy(@TempDir Path dir) throws IOException {
    try (SmallDisk disk = new SmallDisk(dir.resolve("disk"), 1);
        CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME);
        Node node =
            new Node(config(0, dir.resolve("data"), audited(disk.path().resolve("audit"))))) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", node.port()).usePlaintext().build();
      try {
        await(node::serving, "serving");
        disk.fill(8 << 10);
        String refusal = "";
        for (int i = 0; i < 1_000 && !refusal.contains("cannot be recorded"); i++) {
          refusal = drain(channel);
        }
        assertTrue(refusal.contains("cannot be recorded"), refusal);
        await(() -> !node.serving(), "not serving");
        String trouble =
            ClusterServiceGrpc.newBlockingStub(channel)
                .getCluster(GetClusterRequest.getDefaultInstance())
                .getTrouble();
        assertTrue(trouble.contains("audit log cannot be written: No space left"), trouble);
        assertEquals(ServingStatus.NOT_SERVING, health(channel));
        disk.free();
        await(node::serving, "serving again");
        assertEquals(ServingStatus.SERVING, health(channel));
        assertFalse(drain(channel).contains("recorded"));
        assertEquals(1, said.lines().size(), said.lines().toString());
      } finally {
        channel.shutdownNow();
      }
    }
  }

  private static ServingStatus health(ManagedChannel channel) {
    return HealthGrpc.newBlockingStub(channel)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  private static String drain(ManagedChannel channel) {
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                FabricServiceGrpc.newBlockingStub(channel)
                    .drain(DrainRequest.newBuilder().setDevice("nowhere").build()));
    return String.valueOf(e.getMessage());
  }
}
