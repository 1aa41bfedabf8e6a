package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.FieldMask;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.lab.net.PcapWriter;
import io.myelin.v1.CongestionEvent;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Device;
import io.myelin.v1.Fabric;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.ProbeLeaseRequest;
import io.myelin.v1.ProbeLeaseResponse;
import io.myelin.v1.ProbedLink;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.TelemetryServiceGrpc;
import io.myelin.v1.TrafficSelector;
import io.myelin.v1.UpdateLeaseRequest;
import io.myelin.v1.WatchCongestionRequest;
import io.myelin.v1.WatchCongestionResponse;
import io.myelin.v1.WatchLeasesRequest;
import io.myelin.v1.WatchLeasesResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The main job over real sockets: fabric, node, lease, RoCEv2 packets along the path. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LabTest {
  private static final FabricSpec SPEC = new FabricSpec(2, 2, 2, 40_000_000, 20_000, 200_000, 1024);
  private static final String BLUE = "tenants/blue";

  private RunningLab running;
  private Lab lab;
  private ManagedChannel channel;
  private int nextQp = 1000;

  @BeforeAll
  void start() throws IOException {
    running = new RunningLab(SPEC);
    lab = running.lab;
    channel = running.channel;
  }

  @AfterAll
  void stop() {
    running.close();
  }

  private static void await(BooleanSupplier condition) {
    RunningLab.await(condition);
  }

  private LeaseServiceGrpc.LeaseServiceBlockingStub leases() {
    return running.leases();
  }

  private static CreateLeaseRequest.Builder request(String from, String to, long bps, int qp) {
    return CreateLeaseRequest.newBuilder()
        .setParent(BLUE)
        .setLease(
            Lease.newBuilder()
                .setSource(from)
                .setDestination(to)
                .setBandwidthBps(bps)
                .setTraffic(
                    TrafficSelector.newBuilder()
                        .setKind(TrafficSelector.Kind.KIND_ROCE)
                        .addDestQps(qp)));
  }

  private Lease create(CreateLeaseRequest.Builder request) {
    return leases().createLease(request.build()).getLease();
  }

  private void release(Lease l) {
    Lease done =
        leases()
            .releaseLease(ReleaseLeaseRequest.newBuilder().setName(l.getName()).build())
            .getLease();
    assertEquals(LeaseState.LEASE_STATE_RELEASED, done.getState());
  }

  private Fabric counters() {
    return FabricServiceGrpc.newBlockingStub(channel)
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .getFabric(GetFabricRequest.newBuilder().setReadCounters(true).build())
        .getFabric();
  }

  // ---- the main job --------------------------------------------------------------------------

  @Test
  void leaseCarriesRocePacketsAlongItsPathAndNowhereElse() {
    int qp = nextQp++;
    Lease lease = create(request("gpu-1-1", "gpu-2-1", 40_000_000, qp));
    assertEquals(LeaseState.LEASE_STATE_ACTIVE, lease.getState());
    List<Hop> hops = lease.getPaths(0).getHopsList();
    assertEquals(3, hops.size());
    Map<LinkId, Long> before = new Elephants(lab.fabric(), List.of(), 1).snapshot().linkBytes();
    long messageBytes = 200_000;
    send(qp, messageBytes);
    Map<LinkId, Long> after = new Elephants(lab.fabric(), List.of(), 1).snapshot().linkBytes();
    for (Map.Entry<LinkId, Long> e : after.entrySet()) {
      long more = e.getValue() - before.getOrDefault(e.getKey(), 0L);
      boolean onPath =
          hops.stream()
              .anyMatch(
                  h -> e.getKey().value().startsWith(h.getDevice() + "/" + h.getPort() + ">"));
      // Acknowledgements go back by WCMP, a few bytes each; discovery frames are small too.
      assertEquals(onPath, more > messageBytes, e.getKey() + " carried " + more + " bytes");
    }
    release(lease);
  }

  private void send(int qp, long bytes) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    EndpointId from = new EndpointId("gpu-1-1");
    EndpointId to = new EndpointId("gpu-2-1");
    lab.fabric()
        .call(
            () -> {
              lab.fabric().openQp(to, from, qp);
              lab.fabric().openQp(from, to, qp).postWrite(bytes, c -> done.complete(true));
              return true;
            })
        .join();
    assertTrue(done.orTimeout(20, TimeUnit.SECONDS).join());
  }

  @Test
  void everySwitchIsReadyAndEveryCableWasFound() {
    Fabric f = counters();
    assertEquals(4, f.getDevicesCount());
    f.getDevicesList()
        .forEach(d -> assertEquals(Device.State.STATE_READY, d.getState(), d.getName()));
    long cables = f.getLinksList().stream().filter(l -> l.getDiscovered() && l.getUp()).count();
    assertEquals(8, cables);
    assertTrue(f.getLinksList().stream().anyMatch(l -> l.getPackets() > 0));
  }

  @Test
  void probesMeasureALeasesPathFromWithin() {
    Lease lease = create(request("gpu-1-1", "gpu-2-1", 1_000_000, nextQp++));
    ProbeLeaseResponse r =
        TelemetryServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(20, TimeUnit.SECONDS)
            .probeLease(ProbeLeaseRequest.newBuilder().setName(lease.getName()).build());
    List<Hop> hops = lease.getPaths(0).getHopsList();
    assertEquals(3, r.getHopsCount());
    for (int i = 0; i < 3; i++) {
      assertEquals(hops.get(i).getDevice(), r.getHops(i).getDevice());
      assertTrue(r.getHops(i).getResidenceNs() >= 0);
    }
    assertEquals(255, r.getHops(0).getIngressPort(), "it came from the controller");
    assertEquals(hops.get(1).getPort(), r.getHops(1).getEgressPort());
    assertEquals(255, r.getHops(2).getEgressPort(), "and went back to it");
    assertEquals(2, r.getLinksCount());
    // 20 us of cable and 10 to 25 us for the probe's own bits at 40 Mb/s.
    for (ProbedLink l : r.getLinksList()) {
      assertTrue(l.hasLatencyNs(), l.getName());
      assertTrue(l.getLatencyNs() >= SPEC.latencyNs(), l.getName() + " " + l.getLatencyNs());
    }
    release(lease);
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                TelemetryServiceGrpc.newBlockingStub(channel)
                    .probeLease(ProbeLeaseRequest.newBuilder().setName(lease.getName()).build()));
    assertEquals(Status.Code.FAILED_PRECONDITION, e.getStatus().getCode());
  }

  @Test
  void congestionIsHeardWithoutPolling() {
    BlockingQueue<CongestionEvent> events = new LinkedBlockingQueue<>();
    TelemetryServiceGrpc.newStub(channel)
        .watchCongestion(
            WatchCongestionRequest.getDefaultInstance(),
            new StreamObserver<>() {
              @Override
              public void onNext(WatchCongestionResponse m) {
                if (m.hasEvent()) {
                  events.add(m.getEvent());
                }
              }

              @Override
              public void onError(Throwable t) {}

              @Override
              public void onCompleted() {}
            });
    // Two senders at line rate to one receiver, by ways that meet at its port only.
    EndpointId to = new EndpointId("gpu-2-2");
    for (String from : List.of("gpu-1-1", "gpu-2-1")) {
      int qp = nextQp++;
      EndpointId id = new EndpointId(from);
      lab.fabric()
          .call(
              () -> {
                lab.fabric().openQp(to, id, qp);
                lab.fabric().openQp(id, to, qp).postWrite(400_000, c -> {});
                return true;
              })
          .join();
    }
    await(
        () ->
            events.stream()
                .anyMatch(
                    e ->
                        e.getHot()
                            && e.getDevice().equals("leaf2")
                            && e.getLink().endsWith(">gpu-2-2")
                            && e.getDestinationIp().equals("10.2.0.2")
                            && e.getDestinationQp() >= 1000));
    await(
        () ->
            counters().getLinksList().stream()
                .anyMatch(l -> l.getName().endsWith(">gpu-2-2") && l.getMarkedPackets() > 0));
  }

  @Test
  void linkThatIsCutIsLeftAndComesBack() {
    Lease lease = create(request("gpu-1-2", "gpu-2-2", 1_000_000, nextQp++));
    Hop first = lease.getPaths(0).getHops(0);
    String cable = first.getDevice() + "/" + first.getPort() + "-spine" + first.getPort() + "/1";
    running.setUp(cable, false);
    await(() -> port(lease) != first.getPort() && state(lease) == LeaseState.LEASE_STATE_ACTIVE);
    assertNotEquals(first.getPort(), port(lease));
    running.setUp(cable, true);
    await(() -> lab.node().state().isUp(new LinkId(cable.replace('-', '>'))));
    release(lease);
  }

  @Test
  void leaseWithoutAnyWayIsDegradedAndRepairedLater() {
    Lease lease = create(request("gpu-1-2", "gpu-2-1", 1_000_000, nextQp++));
    running.setUp("leaf1/1-spine1/1", false);
    running.setUp("leaf1/2-spine2/1", false);
    await(() -> state(lease) == LeaseState.LEASE_STATE_DEGRADED);
    running.setUp("leaf1/1-spine1/1", true);
    running.setUp("leaf1/2-spine2/1", true);
    await(() -> state(lease) == LeaseState.LEASE_STATE_ACTIVE);
    release(lease);
  }

  @Test
  void whatACutLeavesIsSharedAndGivenBack() {
    long line = SPEC.rateBps();
    Lease a = create(request("gpu-1-1", "gpu-2-1", line, nextQp++));
    Lease b = create(request("gpu-1-2", "gpu-2-2", line, nextQp++));
    assertNotEquals(port(a), port(b));
    running.setUp("leaf1/2-spine2/1", false);
    await(() -> get(a).getGrantedBandwidthBps() == line / 2);
    await(() -> get(b).getGrantedBandwidthBps() == line / 2);
    await(() -> state(a) == LeaseState.LEASE_STATE_DEGRADED);
    await(() -> state(b) == LeaseState.LEASE_STATE_DEGRADED);
    assertTrue(get(a).getReason().startsWith("has 50 % of what it asks for: "), get(a).getReason());
    running.setUp("leaf1/2-spine2/1", true);
    await(() -> state(a) == LeaseState.LEASE_STATE_ACTIVE);
    await(() -> state(b) == LeaseState.LEASE_STATE_ACTIVE);
    assertEquals(line, get(a).getGrantedBandwidthBps());
    assertEquals(line, get(b).getGrantedBandwidthBps());
    release(a);
    release(b);
  }

  private Lease get(Lease l) {
    return leases().getLease(GetLeaseRequest.newBuilder().setName(l.getName()).build()).getLease();
  }

  private LeaseState state(Lease l) {
    return get(l).getState();
  }

  private int port(Lease l) {
    return get(l).getPaths(0).getHops(0).getPort();
  }

  // ---- API -----------------------------------------------------------------------------------

  @Test
  void retryWithTheSameRequestIdFindsTheSameLease() {
    CreateLeaseRequest.Builder r =
        request("gpu-1-1", "gpu-2-2", 1_000, nextQp++).setRequestId("once");
    Lease a = create(r);
    assertEquals(a.getName(), create(r).getName());
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> create(request("gpu-1-1", "gpu-2-2", 2_000, nextQp++).setRequestId("once")));
    assertEquals("REQUEST_ID_REUSED", info(e).getReason());
    release(a);
  }

  @Test
  void updateChangesBandwidthAndChecksItsEtag() {
    Lease a = create(request("gpu-1-1", "gpu-2-2", 1_000_000, nextQp++));
    UpdateLeaseRequest.Builder u =
        UpdateLeaseRequest.newBuilder()
            .setLease(a.toBuilder().setBandwidthBps(2_000_000))
            .setUpdateMask(FieldMask.newBuilder().addPaths("bandwidth_bps"));
    Lease b = leases().updateLease(u.build()).getLease();
    assertEquals(LeaseState.LEASE_STATE_ACTIVE, b.getState());
    assertEquals(2_000_000, b.getGrantedBandwidthBps());
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> leases().updateLease(u.build()));
    assertEquals(Status.Code.ABORTED, e.getStatus().getCode());
    release(b);
    assertEquals(LeaseState.LEASE_STATE_RELEASED, state(b), "ended leases stay readable");
  }

  @Test
  void dryRunReservesNothing() {
    Lease a = create(request("gpu-1-1", "gpu-2-2", 40_000_000, nextQp++).setValidateOnly(true));
    assertEquals("", a.getName());
    assertEquals(3, a.getPaths(0).getHopsCount());
    create(request("gpu-1-1", "gpu-2-2", 40_000_000, nextQp++).setValidateOnly(true));
  }

  @Test
  void watchGivesSnapshotSyncedAndDeltas() {
    Lease a = create(request("gpu-1-1", "gpu-2-2", 1_000, nextQp++));
    Iterator<WatchLeasesResponse> watch =
        leases().watchLeases(WatchLeasesRequest.newBuilder().setParent(BLUE).build());
    List<String> snapshot = new ArrayList<>();
    WatchLeasesResponse m = watch.next();
    while (m.getType() == WatchLeasesResponse.Type.TYPE_LEASE) {
      snapshot.add(m.getLease().getName());
      m = watch.next();
    }
    assertTrue(snapshot.contains(a.getName()));
    assertEquals(WatchLeasesResponse.Type.TYPE_SYNCED, m.getType());
    String token = m.getResumeToken();
    release(a);
    await(() -> watch.next().getLease().getState() == LeaseState.LEASE_STATE_RELEASED);
    Iterator<WatchLeasesResponse> resumed =
        leases()
            .watchLeases(
                WatchLeasesRequest.newBuilder().setParent(BLUE).setResumeToken(token).build());
    assertEquals(a.getName(), resumed.next().getLease().getName(), "only what changed since");
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                leases()
                    .watchLeases(
                        WatchLeasesRequest.newBuilder()
                            .setParent(BLUE)
                            .setResumeToken("log-999999999")
                            .build())
                    .next());
    assertEquals(Status.Code.OUT_OF_RANGE, e.getStatus().getCode());
  }

  @Test
  void listPagesThroughAllLeases() {
    List<Lease> made = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      made.add(create(request("gpu-1-1", "gpu-2-2", 1_000, nextQp++)));
    }
    List<String> seen = new ArrayList<>();
    String token = "";
    do {
      ListLeasesResponse page =
          leases()
              .listLeases(
                  ListLeasesRequest.newBuilder()
                      .setParent(BLUE)
                      .setPageSize(2)
                      .setPageToken(token)
                      .build());
      assertTrue(page.getLeasesCount() <= 2);
      page.getLeasesList().forEach(l -> seen.add(l.getName()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    made.forEach(l -> assertTrue(seen.contains(l.getName())));
    made.forEach(this::release);
  }

  @Test
  void errorsSayWhatAndWhy() {
    refused(
        request("", "gpu-2-1", 1, 1),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "lease.source: is required");
    refused(
        request("gpu-1-1", "gpu-2-1", 0, 1),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "bandwidth_bps: 0 is not allowed");
    refused(
        request("gpu-1-1", "gpu-2-1", -5, 1), Status.Code.INVALID_ARGUMENT, "INVALID_FIELD", "-5");
    refused(
        request("gpu-1-1", "gpu-1-1", 1, 1),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "is the source as well");
    refused(
        request("gpu-1-1", "gpu-2-1", 1, 0x1000000),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "16777216 is not a QP");
    refused(
        request("gpu-1-1", "gpu-2-1", 1, 1).setParent("blue"),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "allowed: tenants/{tenant}");
    refused(
        request("gpu-1-1", "gpu-2-1", 1, 1).setLeaseId("UPPER"),
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        "lease_id");
    refused(
        request("gpu-9-9", "gpu-2-1", 1, 1),
        Status.Code.NOT_FOUND,
        "UNKNOWN_RESOURCE",
        "known: gpu-1-1");
    refused(
        request("gpu-1-1", "gpu-2-1", 1, 1).setParent("tenants/green"),
        Status.Code.NOT_FOUND,
        "UNKNOWN_RESOURCE",
        "known: blue");
    refused(
        request("gpu-1-1", "gpu-2-1", 50_000_000, 1),
        Status.Code.RESOURCE_EXHAUSTED,
        "NO_CAPACITY",
        "40 Mb/s is free on link gpu-1-1>leaf1/3, 10 Mb/s less than 50 Mb/s");
  }

  private void refused(
      CreateLeaseRequest.Builder r, Status.Code code, String reason, String words) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, () -> create(r));
    assertEquals(code, e.getStatus().getCode(), e.getMessage());
    assertEquals(reason, info(e).getReason());
    assertTrue(String.valueOf(e.getStatus().getDescription()).contains(words), e.getMessage());
    if (code == Status.Code.INVALID_ARGUMENT) {
      com.google.rpc.Status s = StatusProto.fromThrowable(e);
      assertTrue(s != null && s.getDetailsList().stream().anyMatch(d -> d.is(BadRequest.class)));
    }
  }

  private static ErrorInfo info(StatusRuntimeException e) {
    com.google.rpc.Status s = StatusProto.fromThrowable(e);
    if (s == null) {
      throw new AssertionError("no details in " + e);
    }
    for (Any detail : s.getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        try {
          return detail.unpack(ErrorInfo.class);
        } catch (InvalidProtocolBufferException malformed) {
          throw new AssertionError(malformed);
        }
      }
    }
    throw new AssertionError("no ErrorInfo in " + s);
  }

  @Test
  void healthIsServed() {
    assertEquals(
        ServingStatus.SERVING,
        HealthGrpc.newBlockingStub(channel)
            .check(HealthCheckRequest.getDefaultInstance())
            .getStatus());
  }

  @Test
  void aPortInUseIsNamed() {
    InetSocketAddress taken =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), lab.node().port());
    IOException e = assertThrows(IOException.class, () -> new Lab(SPEC, taken).close());
    assertTrue(
        String.valueOf(e.getMessage()).contains(String.valueOf(lab.node().port())), e.getMessage());
  }

  // ---- captures ------------------------------------------------------------------------------

  @Test
  void tsharkDissectsACapturedLinkWithoutComplaint(@TempDir Path dir) throws Exception {
    Assumptions.assumeTrue(onPath("tshark"), "SKIPPED: tshark is not on the PATH");
    int qp = nextQp++;
    Lease lease = create(request("gpu-1-1", "gpu-2-1", 40_000_000, qp));
    Hop first = lease.getPaths(0).getHops(0);
    String cable = first.getDevice() + "/" + first.getPort() + "-spine" + first.getPort() + "/1";
    Path file = dir.resolve("link.pcap");
    try (PcapWriter pcap = new PcapWriter(file)) {
      lab.fabric()
          .call(
              () -> {
                lab.fabric().link(cable).tap(pcap);
                return true;
              })
          .join();
      send(qp, 20_000);
    }
    release(lease);
    Process p =
        new ProcessBuilder(
                "tshark",
                "-r",
                file.toString(),
                "-T",
                "fields",
                "-e",
                "frame.protocols",
                "-e",
                "_ws.malformed",
                "-e",
                "_ws.expert.message")
            .redirectErrorStream(false)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String out =
        new String(p.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor());
    assertTrue(out.contains("eth:ethertype:mpls:ip:udp:infiniband"), out);
    assertFalse(out.toLowerCase(java.util.Locale.ROOT).contains("malformed"), out);
    assertTrue(Files.size(file) > 20_000);
  }

  private static boolean onPath(String tool) {
    for (String dir : System.getenv("PATH").split(":")) {
      if (Files.isExecutable(Path.of(dir, tool))) {
        return true;
      }
    }
    return false;
  }
}
