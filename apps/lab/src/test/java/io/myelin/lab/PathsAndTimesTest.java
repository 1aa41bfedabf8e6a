package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.v1.CheckPathRequest;
import io.myelin.v1.CheckPathResponse;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.ComputePathsResponse;
import io.myelin.v1.Constraints;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.Encryption;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.ExplainPathResponse;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.FindSlotsResponse;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseState;
import io.myelin.v1.LinkEvidence;
import io.myelin.v1.PathExplanation;
import io.myelin.v1.PathQuery;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.Scope;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Leases for later, constraints, evidence and what-if questions, over real sockets. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class PathsAndTimesTest {
  private static final String BLUE = "tenants/blue";
  private static final long RATE = 40_000_000;

  private RunningLab lab;

  @BeforeAll
  void start() throws IOException {
    lab = new RunningLab(new FabricSpec(2, 2, 4, RATE, 20_000, 200_000, 1024));
  }

  @AfterAll
  void stop() {
    lab.close();
  }

  private static Lease.Builder wanted(String from, String to, long bps) {
    return Lease.newBuilder().setSource(from).setDestination(to).setBandwidthBps(bps);
  }

  private Lease create(Lease.Builder lease) {
    return lab.leases()
        .createLease(CreateLeaseRequest.newBuilder().setParent(BLUE).setLease(lease).build())
        .getLease();
  }

  private Lease get(Lease lease) {
    return lab.leases()
        .getLease(GetLeaseRequest.newBuilder().setName(lease.getName()).build())
        .getLease();
  }

  private void release(Lease lease) {
    lab.leases().releaseLease(ReleaseLeaseRequest.newBuilder().setName(lease.getName()).build());
  }

  private static PathExplanation explanation(StatusRuntimeException e) {
    com.google.rpc.Status s = StatusProto.fromThrowable(e);
    assertTrue(s != null, e.getMessage());
    for (Any detail : s.getDetailsList()) {
      if (detail.is(PathExplanation.class)) {
        try {
          return detail.unpack(PathExplanation.class);
        } catch (InvalidProtocolBufferException malformed) {
          throw new AssertionError(malformed);
        }
      }
    }
    throw new AssertionError("no PathExplanation in " + s);
  }

  @Test
  void aLeaseForLaterHoldsItsPlaceStartsByItselfAndEnds() {
    long start = System.currentTimeMillis() + 3_000;
    Lease later =
        create(
            wanted("gpu-1-1", "gpu-2-1", RATE)
                .setStartTime(Timestamps.fromMillis(start))
                .setTtl(Durations.fromMillis(700)));
    assertEquals(LeaseState.LEASE_STATE_SCHEDULED, later.getState());

    // What would run into it is refused, with the time from which it fits.
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class, () -> create(wanted("gpu-1-1", "gpu-2-2", RATE)));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getStatus().getCode(), e.getMessage());
    PathExplanation why = explanation(e);
    assertEquals(List.of("BANDWIDTH"), List.copyOf(why.getBindingList()));
    assertEquals(start + 700, Timestamps.toMillis(why.getEarliest().getStartTime()));
    FindSlotsResponse slots =
        lab.leases()
            .findSlots(
                FindSlotsRequest.newBuilder()
                    .setParent(BLUE)
                    .setLease(wanted("gpu-1-1", "gpu-2-2", RATE))
                    .setDuration(Durations.fromHours(1))
                    .build());
    assertEquals(start + 700, Timestamps.toMillis(slots.getSlots(0).getStartTime()));
    // What is over before it begins is not.
    Lease before = create(wanted("gpu-1-1", "gpu-2-2", RATE).setTtl(Durations.fromMillis(100)));
    assertEquals(LeaseState.LEASE_STATE_ACTIVE, before.getState());

    RunningLab.await(() -> get(later).getState() == LeaseState.LEASE_STATE_ACTIVE);
    assertTrue(System.currentTimeMillis() >= start, "not before its time");
    RunningLab.await(() -> get(later).getState() == LeaseState.LEASE_STATE_EXPIRED);
    assertEquals(LeaseState.LEASE_STATE_EXPIRED, get(before).getState());
  }

  @Test
  void whatIsNotKnownToBeEncryptedIsNotUsedAndTheRefusalSaysSoOfEveryLink() {
    Constraints macsec =
        Constraints.newBuilder().addEncryption(Encryption.ENCRYPTION_MACSEC).build();
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> create(wanted("gpu-1-3", "gpu-2-3", 1_000_000).setConstraints(macsec)));
    assertEquals(Status.Code.FAILED_PRECONDITION, e.getStatus().getCode(), e.getMessage());
    PathExplanation why = explanation(e);
    assertEquals(List.of("ENCRYPTION"), List.copyOf(why.getBindingList()));
    assertEquals(4, why.getRelaxations(0).getViolationsCount(), why.toString());
  }

  @Test
  void aLeaseCarriesTheEvidenceForItsRegions() {
    Constraints here = Constraints.newBuilder().addAllowedRegions("lab").build();
    Lease lease = create(wanted("gpu-1-3", "gpu-2-3", 1_000_000).setConstraints(here));
    assertEquals(here, lease.getConstraints());
    assertEquals(4, lease.getPaths(0).getLinksCount());
    for (LinkEvidence link : lease.getPaths(0).getLinksList()) {
      assertEquals(List.of("lab"), List.copyOf(link.getRegionsList()), link.toString());
      assertFalse(link.getRegionSource().isEmpty(), link.toString());
    }
    release(lease);
  }

  @Test
  void leasesStayDisjoint() {
    Lease one = create(wanted("gpu-1-3", "gpu-2-3", 1_000_000));
    Lease other =
        create(
            wanted("gpu-1-4", "gpu-2-4", 1_000_000)
                .setConstraints(
                    Constraints.newBuilder()
                        .setDisjointFrom(
                            Constraints.DisjointFrom.newBuilder()
                                .addLeases(one.getName())
                                .addScopes(Scope.SCOPE_NODE))));
    assertNotEquals(one.getPaths(0).getHops(0).getPort(), other.getPaths(0).getHops(0).getPort());
    release(other);
    release(one);
  }

  @Test
  void aProtectedLeaseMovesToItsBackupAndIsProtectedAgain() {
    Lease lease = create(wanted("gpu-1-3", "gpu-2-4", 1_000_000).addProtection(Scope.SCOPE_NODE));
    Hop first = lease.getPaths(0).getHops(0);
    Hop spare = lease.getBackup().getHops(0);
    assertNotEquals(first.getPort(), spare.getPort());
    String cable = "leaf1/" + first.getPort() + "-spine" + first.getPort() + "/1";
    lab.setUp(cable, false);
    RunningLab.await(
        () -> {
          Lease now = get(lease);
          return now.getState() == LeaseState.LEASE_STATE_ACTIVE
              && now.getPaths(0).getHops(0).equals(spare);
        });
    assertFalse(get(lease).hasBackup(), "there is no third spine");
    lab.setUp(cable, true);
    RunningLab.await(() -> get(lease).hasBackup());
    assertEquals(first, get(lease).getBackup().getHops(0));
    release(lease);
  }

  @Test
  void pathsAreComputedExplainedAndCheckedWithoutBooking() {
    long revision = lab.lab.node().state().revision();
    PathQuery query =
        PathQuery.newBuilder()
            .setParent(BLUE)
            .setSource("gpu-1-4")
            .setDestination("gpu-2-4")
            .setBandwidthBps(1_000_000)
            .build();
    ComputePathsResponse two =
        lab.paths()
            .computePaths(ComputePathsRequest.newBuilder().setQuery(query).setMaxPaths(2).build());
    assertEquals(2, two.getPathsCount());
    assertTrue(two.getPathsList().stream().allMatch(p -> p.getProvenOptimal()));
    ComputePathsResponse pair =
        lab.paths()
            .computePaths(
                ComputePathsRequest.newBuilder()
                    .setQuery(query)
                    .addBackupScopes(Scope.SCOPE_NODE)
                    .build());
    assertNotEquals(
        pair.getPaths(0).getPath().getHops(1).getDevice(),
        pair.getPaths(0).getBackup().getHops(1).getDevice());

    ExplainPathResponse why =
        lab.paths()
            .explainPath(
                ExplainPathRequest.newBuilder()
                    .setQuery(query.toBuilder().setBandwidthBps(2 * RATE))
                    .build());
    assertEquals(
        List.of("BANDWIDTH"), List.copyOf(why.getExplanation().getBindingList()), why.toString());

    List<Hop> hops = two.getPaths(1).getPath().getHopsList();
    CheckPathResponse good =
        lab.paths()
            .checkPath(CheckPathRequest.newBuilder().setQuery(query).addAllHops(hops).build());
    assertEquals(0, good.getViolationsCount(), good.toString());
    CheckPathResponse bad =
        lab.paths()
            .checkPath(
                CheckPathRequest.newBuilder()
                    .setQuery(
                        query.toBuilder()
                            .setConstraints(Constraints.newBuilder().setMaxLatencyNs(1)))
                    .addAllHops(hops)
                    .build());
    assertEquals("LATENCY", bad.getViolations(0).getKind());
    assertEquals(revision, lab.lab.node().state().revision(), "nothing was booked");
  }

  @Test
  void questionsThatMakeNoSenseAreRefusedByField() {
    refused(
        PathQuery.newBuilder().setSource("gpu-1-4").setDestination("gpu-2-4"),
        Status.Code.INVALID_ARGUMENT,
        "query.parent: '' is not allowed; allowed: tenants/{tenant}");
    refused(
        PathQuery.newBuilder()
            .setParent(BLUE)
            .setSource("gpu-1-4")
            .setDestination("gpu-2-4")
            .setConstraints(Constraints.newBuilder().addVia("spine9")),
        Status.Code.NOT_FOUND,
        "query.constraints.via: 'spine9' is not known; known: leaf1");
    refused(
        PathQuery.newBuilder()
            .setParent(BLUE)
            .setSource("gpu-1-4")
            .setDestination("gpu-2-4")
            .setConstraints(Constraints.newBuilder().setMaxLatencyNs(-1)),
        Status.Code.INVALID_ARGUMENT,
        "query.constraints.max_latency_ns: -1 is not allowed; 0 or more");
  }

  private void refused(PathQuery.Builder query, Status.Code code, String words) {
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> lab.paths().explainPath(ExplainPathRequest.newBuilder().setQuery(query).build()));
    assertEquals(code, e.getStatus().getCode(), e.getMessage());
    assertTrue(String.valueOf(e.getStatus().getDescription()).contains(words), e.getMessage());
  }
}
