package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import com.google.rpc.ErrorInfo;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.model.LinkId;
import io.myelin.core.place.RateSearch;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.Constraints;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.EndpointPair;
import io.myelin.v1.GetJobRequest;
import io.myelin.v1.Job;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.JobState;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.PathQuery;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.UpdateJobRequest;
import io.myelin.v1.UpdateLeaseRequest;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A refusal for room names the rate that fits and when the asked one would: asked for again, both
 * are granted, and a bit more is not. NICs and links have 400 Gb/s, leaves two uplinks.
 */
final class WhatFitsTest {
  private static final String PARENT = "tenants/planning";
  private static final long G = 1_000_000_000L;
  private static final long NOW_S = ServedApi.NOW_MS / 1000;

  private ServedApi api;

  @BeforeEach
  void serve() throws Exception {
    api = new ServedApi(new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT));
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private static Lease.Builder lease(String from, String to, long bps) {
    return Lease.newBuilder().setSource(from).setDestination(to).setBandwidthBps(bps);
  }

  private Lease create(String id, Lease.Builder lease) {
    return LeaseServiceGrpc.newBlockingStub(api.channel())
        .createLease(
            CreateLeaseRequest.newBuilder()
                .setParent(PARENT)
                .setLeaseId(id)
                .setLease(lease)
                .build())
        .getLease();
  }

  private Lease update(String id, Lease.Builder lease, String... mask) {
    return LeaseServiceGrpc.newBlockingStub(api.channel())
        .updateLease(
            UpdateLeaseRequest.newBuilder()
                .setLease(lease.setName(PARENT + "/leases/" + id))
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(java.util.List.of(mask)))
                .build())
        .getLease();
  }

  /** The refusal's metadata. */
  private static Map<String, String> refused(
      String reason, org.junit.jupiter.api.function.Executable call) {
    StatusRuntimeException e = assertThrows(StatusRuntimeException.class, call);
    ErrorInfo info = ApiErrors.detail(StatusProto.fromThrowable(e), ErrorInfo.class).orElseThrow();
    assertEquals(reason, info.getReason(), e.toString());
    String fits = info.getMetadataOrThrow("fits_bandwidth_bps");
    String text = String.valueOf(e.getStatus().getDescription());
    assertTrue(
        text.contains(fits.equals("0") ? "no lower rate fits now" : "bandwidth_bps " + fits), text);
    String from = info.getMetadataOrThrow("fits_from");
    assertTrue(text.contains(from.equals("never") ? "never fits" : "fits from " + from), text);
    return info.getMetadataMap();
  }

  private static long fits(Map<String, String> refusal) {
    return Long.parseLong(Objects.requireNonNull(refusal.get("fits_bandwidth_bps")));
  }

  private static Timestamp from(Map<String, String> refusal) {
    Instant t = Instant.parse(refusal.get("fits_from"));
    return Timestamp.newBuilder().setSeconds(t.getEpochSecond()).setNanos(t.getNano()).build();
  }

  private static Duration seconds(long s) {
    return Duration.newBuilder().setSeconds(s).build();
  }

  // ---- leases ----------------------------------------------------------------------------------

  @Test
  void aLeaseIsToldWhatItsNicHasAndWhenItHasMore() {
    create("first", lease("leaf1-host1", "leaf2-host1", 250 * G).setTtl(seconds(100)));
    Lease.Builder asked = lease("leaf1-host1", "leaf3-host1", 300 * G);
    Map<String, String> m = refused("NO_CAPACITY", () -> create("second", asked));
    assertEquals(150 * G, fits(m));
    assertEquals(NOW_S + 100, from(m).getSeconds());
    assertEquals(String.valueOf(300 * G), m.get("requested_bps"));
    Lease later = create("later", asked.clone().setStartTime(from(m)));
    assertEquals(LeaseState.LEASE_STATE_SCHEDULED, later.getState());
    refused(
        "NO_CAPACITY",
        () -> create("bit-more", asked.clone().setBandwidthBps(fits(m) + 1).setTtl(seconds(50))));
    Lease now = create("second", asked.clone().setBandwidthBps(fits(m)).setTtl(seconds(50)));
    assertEquals(LeaseState.LEASE_STATE_ACTIVE, now.getState());
  }

  @Test
  void neverIsSaidPlainly() {
    Map<String, String> m =
        refused("NO_CAPACITY", () -> create("x", lease("leaf1-host1", "leaf2-host1", 500 * G)));
    assertEquals(400 * G, fits(m));
    assertEquals("never", m.get("fits_from"));
  }

  @Test
  void aRateBelowTheMinimumIsNoneOfUse() {
    create("first", lease("leaf1-host1", "leaf2-host1", 300 * G));
    Map<String, String> m =
        refused(
            "NO_CAPACITY",
            () ->
                create(
                    "x", lease("leaf1-host1", "leaf3-host1", 350 * G).setMinBandwidthBps(200 * G)));
    assertEquals(0, fits(m));
    assertEquals(String.valueOf(100 * G), m.get("free_bps"));
  }

  /** A lease by way of a spine, which it does not insist on. */
  private void along(String id, String from, String to, long bps, String spine) {
    Constraints.Builder other = Constraints.newBuilder();
    other.setAvoid(
        Constraints.Avoid.newBuilder().addDevices(spine.equals("spine1") ? "spine2" : "spine1"));
    create(id, lease(from, to, bps).setConstraints(other));
    update(id, Lease.newBuilder(), "constraints");
  }

  @Test
  void whatMovesOfOthersWouldGiveIsCounted() {
    along("l1", "leaf1-host1", "leaf2-host1", 200 * G, "spine1");
    along("l2", "leaf1-host2", "leaf3-host1", 200 * G, "spine2");
    FabricState before = api.log.state();
    Lease.Builder asked = lease("leaf1-host3", "leaf2-host3", 500 * G);
    Map<String, String> m = refused("NO_CAPACITY", () -> create("third", asked));
    assertSame(before, api.log.state(), "nobody moved for a refusal");
    assertEquals(400 * G, fits(m), "200 Gb/s are free on each way, 400 when one lease moves");
    assertEquals(
        LeaseState.LEASE_STATE_ACTIVE, create("third", asked.setBandwidthBps(fits(m))).getState());
  }

  @Test
  void aSearchForMovesComesWithinItsResolution() {
    // 150 Gb/s on spine 1, 300 on spine 2: 250 are free as things are. With 100 alone on a spine,
    // 300 are; all three do not fit on one.
    along("l0", "leaf1-host1", "leaf2-host1", 150 * G, "spine1");
    along("l1", "leaf1-host2", "leaf2-host2", 100 * G, "spine2");
    along("l2", "leaf1-host1", "leaf2-host3", 200 * G, "spine2");
    Lease.Builder asked = lease("leaf1-host3", "leaf3-host1", 390 * G);
    Map<String, String> m = refused("NO_CAPACITY", () -> create("x", asked));
    long named = fits(m);
    assertTrue(named <= 300 * G && named > 298 * G, m::toString);
    Lease.Builder more = asked.clone().setBandwidthBps(named + 390 * G / RateSearch.STEPS + 1);
    refused("NO_CAPACITY", () -> create("x", more));
    assertEquals(
        LeaseState.LEASE_STATE_ACTIVE, create("x", asked.setBandwidthBps(named)).getState());
  }

  @Test
  void anUpdateIsToldWhatFitsBesideOthersAndWhenTheyEnd() {
    create("a", lease("leaf1-host1", "leaf2-host1", 100 * G).setTtl(seconds(1_000)));
    create("b", lease("leaf1-host1", "leaf3-host1", 250 * G).setTtl(seconds(100)));
    // From the end of "a" on, nothing is left: an update is for the time until then only.
    create(
        "c",
        lease("leaf1-host1", "leaf3-host1", 350 * G)
            .setStartTime(Timestamp.newBuilder().setSeconds(NOW_S + 1_000)));
    Lease.Builder more = Lease.newBuilder().setBandwidthBps(200 * G);
    Map<String, String> m = refused("NO_CAPACITY", () -> update("a", more, "bandwidth_bps"));
    assertEquals(150 * G, fits(m));
    assertEquals(NOW_S + 100, from(m).getSeconds());
    Lease.Builder bit = Lease.newBuilder().setBandwidthBps(fits(m) + 1);
    refused("NO_CAPACITY", () -> update("a", bit, "bandwidth_bps"));
    Lease.Builder named = Lease.newBuilder().setBandwidthBps(fits(m));
    assertEquals(fits(m), update("a", named, "bandwidth_bps").getGrantedBandwidthBps());
  }

  @Test
  void aPathIsToldTheMostThatAWayHas() {
    create("first", lease("leaf1-host1", "leaf2-host1", 250 * G));
    PathQuery.Builder query =
        PathQuery.newBuilder()
            .setParent(PARENT)
            .setSource("leaf1-host1")
            .setDestination("leaf3-host1")
            .setBandwidthBps(300 * G);
    PathServiceGrpc.PathServiceBlockingStub paths = PathServiceGrpc.newBlockingStub(api.channel());
    Map<String, String> m =
        refused(
            "NO_CAPACITY",
            () -> paths.computePaths(ComputePathsRequest.newBuilder().setQuery(query).build()));
    assertEquals(150 * G, fits(m));
    query.setBandwidthBps(fits(m));
    assertEquals(
        1,
        paths
            .computePaths(ComputePathsRequest.newBuilder().setQuery(query).build())
            .getPathsCount());
  }

  // ---- jobs ------------------------------------------------------------------------------------

  private static Job.Builder pairs(int flows, long bps) {
    Job.Builder job =
        Job.newBuilder().setKind(CollectiveKind.COLLECTIVE_KIND_PAIRS).setBandwidthBps(bps);
    for (int i = 1; i <= flows; i++) {
      job.addPairs(
          EndpointPair.newBuilder().setSource("leaf1-host" + i).setDestination("leaf2-host" + i));
    }
    return job;
  }

  private JobServiceGrpc.JobServiceBlockingStub jobs() {
    return JobServiceGrpc.newBlockingStub(api.channel());
  }

  private Job createJob(String id, Job.Builder job) {
    return jobs()
        .createJob(CreateJobRequest.newBuilder().setParent(PARENT).setJobId(id).setJob(job).build())
        .getJob();
  }

  private Job job(String id) {
    return jobs()
        .getJob(GetJobRequest.newBuilder().setName(PARENT + "/jobs/" + id).build())
        .getJob();
  }

  private static UpdateJobRequest.Builder asMuch(String id, long mostBps) {
    return UpdateJobRequest.newBuilder()
        .setJob(Job.newBuilder().setName(PARENT + "/jobs/" + id).setBandwidthBps(mostBps))
        .setUpdateMask(FieldMask.newBuilder().addPaths("bandwidth_bps"))
        .setAsMuchAsFits(true);
  }

  private void observe(String link, boolean up) {
    LinkId id = new LinkId(link);
    FabricState s = api.log.state();
    LinkId reverse =
        s.topology().link(Objects.requireNonNull(s.topology().number(id), link)).reverseId();
    for (LinkId each : java.util.List.of(id, reverse)) {
      api.log
          .submit(new Command.ObserveLink(each, up, Command.ObserveLink.UNKNOWN, ServedApi.NOW_MS))
          .join();
    }
  }

  private String uplink() {
    FabricState s = api.log.state();
    for (int l = 0; l < s.topology().fabricLinks(); l++) {
      String id = s.topology().id(l).value();
      if (id.startsWith("leaf1/") && id.contains(">spine1/")) {
        return id;
      }
    }
    throw new AssertionError("no uplink");
  }

  @Test
  void aJobThatNoArrangementHoldsIsToldTheRateOfOne() {
    Job.Builder asked = pairs(3, 260 * G);
    Map<String, String> m = refused("NO_PLACEMENT", () -> createJob("j", asked));
    long named = fits(m);
    assertTrue(named <= 200 * G && named > 198 * G, m::toString);
    assertEquals("never", m.get("fits_from"));
    refused(
        "NO_PLACEMENT",
        () ->
            createJob("j", asked.clone().setBandwidthBps(named + 260 * G / RateSearch.STEPS + 1)));
    Job job = createJob("j", asked.clone().setBandwidthBps(named));
    assertEquals(JobState.JOB_STATE_ACTIVE, job.getState());
    assertEquals(named, job.getBandwidthBps());
  }

  @Test
  void aJobIsToldWhenLeasesThatAreInItsWayEnd() {
    create("a", lease("leaf1-host1", "leaf3-host1", 300 * G).setTtl(seconds(60)));
    Job.Builder asked = pairs(2, 350 * G);
    Map<String, String> m = refused("NO_CAPACITY", () -> createJob("j", asked));
    assertEquals(100 * G, fits(m));
    assertEquals(NOW_S + 60, from(m).getSeconds());
    assertEquals("350000000000", m.get("requested_bps"));
    assertTrue(Objects.requireNonNull(m.get("where")).contains("leaf1-host1"), m::toString);
    Job later = createJob("later", asked.clone().setStartTime(from(m)));
    assertEquals(JobState.JOB_STATE_SCHEDULED, later.getState());
    Job now = createJob("j", asked.clone().setBandwidthBps(fits(m)).setTtl(seconds(30)));
    assertEquals(JobState.JOB_STATE_ACTIVE, now.getState());
  }

  @Test
  void aJobShrinksToWhatACutLeavesAndGrowsWhenItIsBack() {
    createJob("j", pairs(2, 400 * G));
    observe(uplink(), false);
    Job preview = jobs().updateJob(asMuch("j", 400 * G).setValidateOnly(true).build()).getJob();
    assertEquals(200 * G, preview.getBandwidthBps());
    assertEquals(400 * G, job("j").getBandwidthBps(), "nothing changed");
    UpdateJobRequest shrink = asMuch("j", 400 * G).setRequestId("shrink").build();
    Job less = jobs().updateJob(shrink).getJob();
    assertEquals(200 * G, less.getBandwidthBps());
    assertEquals(JobState.JOB_STATE_ACTIVE, less.getState());
    observe(uplink(), true);
    assertEquals(less, jobs().updateJob(shrink).getJob(), "the same request, the same answer");
    Job more = jobs().updateJob(asMuch("j", 0).build()).getJob(); // no limit
    assertEquals(400 * G, more.getBandwidthBps());
    assertEquals(JobState.JOB_STATE_ACTIVE, more.getState());
    Job limited = jobs().updateJob(asMuch("j", 120 * G).build()).getJob();
    assertEquals(120 * G, limited.getBandwidthBps());
  }

  @Test
  void whatDoesNotFitAtItsMinimumIsRefusedAndLosesNothing() {
    createJob("j", pairs(2, 400 * G).setMinBandwidthBps(300 * G));
    observe(uplink(), false);
    FabricState before = api.log.state();
    Map<String, String> m =
        refused("NO_CAPACITY", () -> jobs().updateJob(asMuch("j", 400 * G).build()));
    assertEquals(String.valueOf(300 * G), m.get("requested_bps"), "the least of use");
    assertEquals(0, fits(m));
    assertSame(before, api.log.state());
    assertNotNull(before);
  }

  @Test
  void asMuchAsFitsNeedsTheBandwidthInTheMask() {
    createJob("j", pairs(1, 100 * G));
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                jobs()
                    .updateJob(
                        asMuch("j", 0)
                            .setUpdateMask(FieldMask.newBuilder().addPaths("qps_per_pair"))
                            .build()));
    assertEquals(
        "as_much_as_fits: true is allowed only with 'bandwidth_bps' in update_mask: the most that"
            + " is of use",
        e.getStatus().getDescription());
  }
}
