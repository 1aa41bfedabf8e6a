package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.port.DeviceStatus.Phase;
import io.myelin.node.Node;
import io.myelin.node.southbound.Claim;
import io.myelin.p4.v1.MasterArbitrationUpdate;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.StreamMessageRequest;
import io.myelin.p4.v1.StreamMessageResponse;
import io.myelin.p4.v1.Uint128;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two controllers of the same switches, and strangers: see docs/RELIABILITY.md. */
final class TakeoverTest {
  private static final FabricSpec SPEC = new FabricSpec(2, 1, 1, 40_000_000, 20_000, 200_000, 1024);
  private static final long MBPS = 1_000_000;

  /** 2^62 and above 2^63: an unsigned number of 64 bits. */
  private static final long HIGH = 1L << 62;

  private static final long HIGHER = 0x8000_0000_0000_0005L;

  /** Seconds since 1970, after all tests. */
  private static final long FIRST_EPOCH = 4_000_000_000L;

  private LabSwitches switches;
  private final List<AutoCloseable> open = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    switches = new LabSwitches(SPEC, 0);
  }

  @AfterEach
  void stop() throws Exception {
    for (int i = open.size() - 1; i >= 0; i--) {
      open.get(i).close();
    }
    switches.close();
  }

  private Node node(Claim.Takeover takeover) throws IOException {
    Node node =
        new Node(
            new Node.Config(
                    switches.fabric().inventory(),
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Lab.PACE)
                // Nodes that start within a second would have one epoch.
                .claiming(takeover, FIRST_EPOCH + open.size()));
    open.add(node);
    return node;
  }

  private ManagedChannel channel(Node node) {
    ManagedChannel c =
        NettyChannelBuilder.forAddress("127.0.0.1", node.port()).usePlaintext().build();
    open.add(c::shutdownNow);
    return c;
  }

  private static String reason(Node node) {
    return node.status().of(new DeviceId("leaf1")).reason();
  }

  private Lease lease(ManagedChannel node, String name) {
    return LeaseServiceGrpc.newBlockingStub(node)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .getLease(GetLeaseRequest.newBuilder().setName(name).build())
        .getLease();
  }

  private Lease create(ManagedChannel node) {
    return Leases.create(
        node,
        new Permutation.Pair(
            new io.myelin.core.model.EndpointId("gpu-1-1"),
            new io.myelin.core.model.EndpointId("gpu-2-1")),
        10 * MBPS);
  }

  private static void await(java.util.function.BooleanSupplier condition) {
    RunningLab.await(condition);
  }

  @Test
  void aSecondNodeLeavesTheFirstOnesSwitchesAlone() throws IOException {
    Node first = node(Claim.Takeover.REFUSED);
    await(first::converged);
    ManagedChannel clients = channel(first);
    String name = create(clients).getName();
    Node second = node(Claim.Takeover.REFUSED);
    await(() -> reason(second).contains("another controller is primary"));
    assertTrue(reason(second).contains("--take-over deposes it"), reason(second));
    assertEquals(LeaseState.LEASE_STATE_ACTIVE, lease(clients, name).getState());
    assertTrue(first.serving());
    await(() -> !second.serving());
    assertTrue(first.converged(), "nothing was taken from the first");
  }

  @Test
  void whoIsDeposedSaysSoAndComesBackWhenTheOtherHasGone() throws Exception {
    Node first = node(Claim.Takeover.REFUSED);
    await(first::converged);
    ManagedChannel clients = channel(first);
    String name = create(clients).getName();
    Node second = node(Claim.Takeover.ALLOWED);
    await(second::converged);
    await(() -> reason(first).startsWith("another controller is primary with election id"));
    await(() -> lease(clients, name).getState() == LeaseState.LEASE_STATE_UNCONFIRMED);
    Lease unconfirmed = lease(clients, name);
    assertTrue(unconfirmed.getReason().startsWith("leaf1: another"), unconfirmed.getReason());
    await(() -> !first.serving());
    open.remove(second);
    second.close();
    await(first::converged);
    await(() -> lease(clients, name).getState() == LeaseState.LEASE_STATE_ACTIVE);
    await(first::serving);
  }

  @Test
  void entriesThatACrashedStrangerLeftAreNotRemovedUnasked() throws Exception {
    Node first = node(Claim.Takeover.REFUSED);
    await(first::converged);
    create(channel(first));
    open.remove(first);
    first.close();
    Node second = node(Claim.Takeover.REFUSED);
    await(() -> reason(second).contains("1 entry of leases that this cluster does not know"));
    assertFalse(second.converged());
    Node third = node(Claim.Takeover.ALLOWED);
    await(third::converged);
  }

  @Test
  void leasesAreUnconfirmedWhenEverySwitchsProcessIsDead() throws IOException {
    Node node = node(Claim.Takeover.REFUSED);
    await(node::converged);
    ManagedChannel clients = channel(node);
    String name = create(clients).getName();
    switches.fabric().close();
    await(() -> lease(clients, name).getState() == LeaseState.LEASE_STATE_UNCONFIRMED);
    await(() -> !node.serving());
  }

  // ---- a stranger with a high id: ../shared/cases/api/03 ---------------------------------------

  private static final class Stranger implements AutoCloseable {
    private final ManagedChannel channel;
    private final StreamObserver<StreamMessageRequest> stream;
    private final CountDownLatch primary = new CountDownLatch(1);

    Stranger(Device device, long high) throws InterruptedException {
      channel = NettyChannelBuilder.forTarget(device.address()).usePlaintext().build();
      stream =
          P4RuntimeGrpc.newStub(channel)
              .streamChannel(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(StreamMessageResponse m) {
                      primary.countDown();
                    }

                    @Override
                    public void onError(Throwable t) {}

                    @Override
                    public void onCompleted() {}
                  });
      stream.onNext(
          StreamMessageRequest.newBuilder()
              .setArbitration(
                  MasterArbitrationUpdate.newBuilder()
                      .setDeviceId(device.p4DeviceId())
                      .setElectionId(Uint128.newBuilder().setHigh(high)))
              .build());
      assertTrue(primary.await(20, TimeUnit.SECONDS));
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  private List<Stranger> strangers(long high) throws InterruptedException {
    List<Stranger> all = new ArrayList<>();
    for (Map.Entry<DeviceId, Device> e : switches.fabric().inventory().devices()) {
      Stranger s = new Stranger(e.getValue(), high);
      open.add(s);
      all.add(s);
    }
    return all;
  }

  @Test
  void aBackupFromTheStartSaysWhoIsPrimaryAndTakesOverWhenThatOneHasGone() throws Exception {
    List<Stranger> all = strangers(HIGH);
    Node node = node(Claim.Takeover.REFUSED);
    await(() -> reason(node).contains("primary with election id 4611686018427387904:0"));
    assertEquals(Phase.DISCONNECTED, node.status().of(new DeviceId("leaf1")).phase());
    all.forEach(Stranger::close);
    await(node::converged);
    assertTrue(
        Long.compareUnsigned(node.leadership().epoch(), HIGH) > 0,
        "its election ids are above the stranger's now: " + node.leadership());
  }

  @Test
  void idsAreUnsignedAndWhoHasGoneIsNotCalledPrimary() throws Exception {
    Node node = node(Claim.Takeover.REFUSED);
    await(node::converged);
    List<Stranger> all = strangers(HIGHER);
    await(() -> reason(node).contains("election id 9223372036854775813:0"));
    all.forEach(Stranger::close);
    await(() -> reason(node).startsWith("no controller is primary; the switch has heard 92"));
    await(node::converged);
  }
}
