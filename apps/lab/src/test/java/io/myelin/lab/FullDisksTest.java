package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.myelin.node.Node;
import io.myelin.node.Security;
import io.myelin.node.port.CapturedLog;
import io.myelin.node.port.SmallDisk;
import io.myelin.node.store.RaftOptions;
import io.myelin.v1.ClusterServiceGrpc;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetClusterRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

/** A whole node whose disks are full: the state's alone, and both at once. */
final class FullDisksTest {
  private static final FabricSpec SPEC = new FabricSpec(2, 1, 1, 40_000_000, 20_000, 200_000, 1024);
  private static final String FULL = "No space left on device";
  private static final String AUDIT_FULL = "audit log cannot be written: " + FULL;
  private static final int MANY = 40_000;
  private static final int AT_ONCE = 10;
  private static final int QPS = 4;

  private LabSwitches switches;
  private int serial;

  @BeforeEach
  void start() throws IOException {
    switches = new LabSwitches(SPEC, 0);
  }

  @AfterEach
  void stop() {
    switches.close();
  }

  private Node node(Path state, Path audit) throws IOException {
    return new Node(
        new Node.Config(
            switches.fabric().inventory(),
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            Lab.PACE,
            RaftOptions.alone(state),
            new TreeMap<>(),
            new Security(null, Security.SwitchTls.BEYOND_LOOPBACK, null, audit)));
  }

  private static ManagedChannel channel(Node node) {
    return NettyChannelBuilder.forAddress("127.0.0.1", node.port()).usePlaintext().build();
  }

  private static String trouble(ManagedChannel to) {
    return ClusterServiceGrpc.newBlockingStub(to)
        .getCluster(GetClusterRequest.getDefaultInstance())
        .getTrouble();
  }

  private static ServingStatus health(ManagedChannel to) {
    return HealthGrpc.newBlockingStub(to)
        .check(HealthCheckRequest.getDefaultInstance())
        .getStatus();
  }

  private CreateLeaseRequest request() {
    CreateLeaseRequest.Builder b = Leases.request("gpu-1-1", "gpu-2-1", ++serial, 1_000);
    for (int i = 1; i < QPS; i++) {
      b.getLeaseBuilder().getTrafficBuilder().addDestQps(++serial); // more bytes in the log
    }
    return b.build();
  }

  /** Asks for leases until the node says that a disk is full. */
  private void untilFull(ManagedChannel to) throws InterruptedException {
    LeaseServiceGrpc.LeaseServiceFutureStub stub = LeaseServiceGrpc.newFutureStub(to);
    for (int i = 0; i < MANY; i += AT_ONCE) {
      if (trouble(to).contains(FULL)) {
        return;
      }
      List<Future<?>> asked = new ArrayList<>();
      for (int k = 0; k < AT_ONCE; k++) {
        asked.add(stub.withDeadlineAfter(2, TimeUnit.SECONDS).createLease(request()));
      }
      for (Future<?> answer : asked) {
        try {
          answer.get();
        } catch (ExecutionException refused) {
          assertTrue(refused.getCause() instanceof StatusRuntimeException, refused.toString());
        }
      }
    }
    throw new AssertionError("the disk was never full");
  }

  /** Changes that are refused, and recorded as such. */
  private static void recordRefusals(ManagedChannel to) {
    DrainRequest unknown = DrainRequest.newBuilder().setDevice("nowhere").build();
    for (int i = 0; i < 20; i++) {
      assertThrows(
          StatusRuntimeException.class, () -> FabricServiceGrpc.newBlockingStub(to).drain(unknown));
    }
  }

  private Lease created(ManagedChannel to) {
    return LeaseServiceGrpc.newBlockingStub(to)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .createLease(request())
        .getLease();
  }

  @Test
  void aFullStateDiskStopsServingAndOneWithRoomStartsItAgain(@TempDir Path dir) throws Exception {
    try (SmallDisk disk = new SmallDisk(dir.resolve("disk"), 12);
        CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME);
        Node node = node(disk.path().resolve("data"), dir.resolve("audit"))) {
      ManagedChannel channel = channel(node);
      try {
        RunningLab.await(node::converged);
        String name = created(channel).getName();
        disk.fill(8 << 10);
        untilFull(channel);
        RunningLab.await(() -> health(channel) == ServingStatus.NOT_SERVING);
        disk.free();
        RunningLab.await(() -> health(channel) == ServingStatus.SERVING);
        RunningLab.await(node::converged);
        assertEquals("", trouble(channel));
        assertEquals(
            name,
            LeaseServiceGrpc.newBlockingStub(channel)
                .getLease(GetLeaseRequest.newBuilder().setName(name).build())
                .getLease()
                .getName());
        assertNotNull(created(channel));
        assertFalse(said.lines().isEmpty(), "that the disk is full was said");
      } finally {
        channel.shutdownNow();
      }
    }
  }

  @Test
  void withBothFullEachIsNamedAndItServesWhenBothHaveRoom(@TempDir Path dir) throws Exception {
    try (SmallDisk state = new SmallDisk(dir.resolve("state"), 12);
        SmallDisk audit = new SmallDisk(dir.resolve("audit"), 1);
        CapturedLog said = new CapturedLog(Logger.ROOT_LOGGER_NAME);
        Node node = node(state.path().resolve("data"), audit.path().resolve("log"))) {
      ManagedChannel channel = channel(node);
      try {
        RunningLab.await(node::converged);
        assertEquals(LeaseState.LEASE_STATE_ACTIVE, created(channel).getState());
        state.fill(8 << 10);
        untilFull(channel);
        audit.fill(4 << 10);
        RunningLab.await(
            () -> {
              recordRefusals(channel);
              return trouble(channel).contains(AUDIT_FULL);
            });
        RunningLab.await(() -> trouble(channel).split(FULL, -1).length == 3);
        assertEquals(ServingStatus.NOT_SERVING, health(channel));
        state.free();
        RunningLab.await(() -> trouble(channel).split(FULL, -1).length == 2);
        assertTrue(trouble(channel).contains(AUDIT_FULL), trouble(channel));
        assertEquals(ServingStatus.NOT_SERVING, health(channel));
        audit.free();
        RunningLab.await(() -> health(channel) == ServingStatus.SERVING);
        RunningLab.await(node::converged);
        assertEquals(LeaseState.LEASE_STATE_ACTIVE, created(channel).getState());
        assertFalse(said.lines().isEmpty(), "that the disks are full was said");
      } finally {
        channel.shutdownNow();
      }
    }
  }
}
