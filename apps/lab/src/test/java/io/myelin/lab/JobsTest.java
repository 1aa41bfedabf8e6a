package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.FieldMask;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.state.FabricState;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.EndpointPair;
import io.myelin.v1.GetJobRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Hop;
import io.myelin.v1.Job;
import io.myelin.v1.JobState;
import io.myelin.v1.JobView;
import io.myelin.v1.Lease;
import io.myelin.v1.ListJobsRequest;
import io.myelin.v1.ReleaseJobRequest;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.UpdateJobRequest;
import io.myelin.v1.WatchJobsRequest;
import io.myelin.v1.WatchJobsResponse;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Collectives over real sockets: all or nothing, no two flows on one link, through failures. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class JobsTest {
  private static final long RATE = 40_000_000;
  private static final FabricSpec SPEC = new FabricSpec(3, 3, 3, RATE, 20_000, 200_000, 1024);
  private static final String BLUE = "tenants/blue";

  private RunningLab running;

  @BeforeAll
  void start() throws IOException {
    running = new RunningLab(SPEC);
  }

  @AfterAll
  void stop() {
    running.close();
  }

  @AfterEach
  void giveBack() {
    for (Job j :
        running
            .jobs()
            .listJobs(ListJobsRequest.newBuilder().setParent(BLUE).build())
            .getJobsList()) {
      running.jobs().releaseJob(ReleaseJobRequest.newBuilder().setName(j.getName()).build());
    }
  }

  /** Members such that each ring hop leaves the rack. */
  private static List<String> spread() {
    List<String> members = new ArrayList<>();
    for (int h = 1; h <= 3; h++) {
      for (int l = 1; l <= 3; l++) {
        members.add("host-" + l + "-" + h);
      }
    }
    return members;
  }

  private static CreateJobRequest.Builder ring(String id, List<String> members) {
    return CreateJobRequest.newBuilder()
        .setParent(BLUE)
        .setJobId(id)
        .setJob(
            Job.newBuilder()
                .setKind(CollectiveKind.COLLECTIVE_KIND_RING)
                .addAllMembers(members)
                .setBandwidthBps(RATE));
  }

  private List<Lease> leases(Job job) {
    Job full =
        running
            .jobs()
            .getJob(
                GetJobRequest.newBuilder()
                    .setName(job.getName())
                    .setView(JobView.JOB_VIEW_FULL)
                    .build())
            .getJob();
    return full.getLeasesList().stream()
        .map(
            n ->
                running
                    .leases()
                    .getLease(GetLeaseRequest.newBuilder().setName(n).build())
                    .getLease())
        .toList();
  }

  /** Bits per second that leases reserve on each port they leave a switch by. */
  private static Map<String, Long> load(List<Lease> leases) {
    Map<String, Long> load = new HashMap<>();
    for (Lease l : leases) {
      for (Hop h : l.getPaths(0).getHopsList()) {
        load.merge(h.getDevice() + "/" + h.getPort(), l.getBandwidthBps(), Long::sum);
      }
    }
    return load;
  }

  @Test
  void aRingAtLineRateOverEveryGpuIsActiveAndCollidesNowhere() {
    Job job = running.jobs().createJob(ring("full", spread()).build()).getJob();
    assertEquals(JobState.JOB_STATE_ACTIVE, job.getState());
    assertEquals(9, job.getLeaseCount());
    assertEquals(Map.of("ACTIVE", 9), job.getLeasesByStateMap());
    assertEquals(1.0, job.getPlacement().getHighestUtilisation(), 1e-9);
    assertEquals(1.0, job.getPlacement().getLowerBound(), 1e-9);
    load(leases(job)).forEach((port, bps) -> assertEquals(RATE, bps, port));
  }

  @Test
  void oneTooMuchIsRefusedAsAWholeAndSaysWhere() {
    Job first = running.jobs().createJob(ring("most", spread()).build()).getJob();
    CreateJobRequest more =
        CreateJobRequest.newBuilder()
            .setParent(BLUE)
            .setJob(
                Job.newBuilder()
                    .setKind(CollectiveKind.COLLECTIVE_KIND_PAIRS)
                    .addPairs(
                        EndpointPair.newBuilder().setSource("gpu-1-1").setDestination("gpu-1-2"))
                    .setBandwidthBps(1_000_000))
            .build();
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> running.jobs().createJob(more));
    assertEquals(Status.Code.RESOURCE_EXHAUSTED, e.getStatus().getCode());
    ErrorInfo info = info(e);
    assertEquals("NO_CAPACITY", info.getReason());
    assertEquals("0", info.getMetadataMap().get("free_bps"));
    assertTrue(info.getMetadataOrThrow("where").contains("gpu-1-1"), info.toString());
    assertEquals(
        1,
        running
            .jobs()
            .listJobs(ListJobsRequest.newBuilder().setParent(BLUE).build())
            .getJobsCount());
    assertEquals(9, leases(first).size());
  }

  private static ErrorInfo info(StatusRuntimeException e) {
    return Objects.requireNonNull(StatusProto.fromThrowable(e)).getDetailsList().stream()
        .filter(d -> d.is(ErrorInfo.class))
        .map(
            d -> {
              try {
                return d.unpack(ErrorInfo.class);
              } catch (IOException x) {
                throw new AssertionError(x);
              }
            })
        .findFirst()
        .orElseThrow();
  }

  @Test
  void membersComeAndGoAndWhoStaysKeepsItsLease() {
    List<String> six = spread().subList(0, 6);
    Job job = running.jobs().createJob(ring("churn", six).build()).getJob();
    Map<String, String> before = byPair(leases(job));
    Job updated =
        running
            .jobs()
            .updateJob(
                UpdateJobRequest.newBuilder()
                    .setJob(
                        Job.newBuilder()
                            .setName(job.getName())
                            .setEtag(job.getEtag())
                            .addAllMembers(spread().subList(0, 8)))
                    .setUpdateMask(FieldMask.newBuilder().addPaths("members"))
                    .build())
            .getJob();
    assertEquals(JobState.JOB_STATE_ACTIVE, updated.getState());
    Map<String, String> after = byPair(leases(updated));
    assertEquals(8, after.size());
    // Five hops of the ring are the same; the closing one is new, and two more.
    long kept =
        before.entrySet().stream().filter(e -> e.getValue().equals(after.get(e.getKey()))).count();
    assertEquals(5, kept);
    load(leases(updated)).forEach((port, bps) -> assertTrue(bps <= RATE, port));
    StatusRuntimeException stale =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                running
                    .jobs()
                    .updateJob(
                        UpdateJobRequest.newBuilder()
                            .setJob(
                                Job.newBuilder()
                                    .setName(job.getName())
                                    .setEtag(job.getEtag())
                                    .addAllMembers(six))
                            .setUpdateMask(FieldMask.newBuilder().addPaths("members"))
                            .build()));
    assertEquals(Status.Code.ABORTED, stale.getStatus().getCode());
  }

  private static Map<String, String> byPair(List<Lease> leases) {
    Map<String, String> names = new HashMap<>();
    leases.forEach(l -> names.put(l.getSource() + ">" + l.getDestination(), l.getName()));
    return names;
  }

  @Test
  void queuePairsOfAFlowTakePathsOfTheirOwn() {
    CreateJobRequest.Builder request = ring("spread", List.of("host-1-1", "host-2-1"));
    request.getJobBuilder().setQpsPerPair(4);
    Job job = running.jobs().createJob(request.build()).getJob();
    List<Lease> leases = leases(job);
    assertEquals(8, leases.size());
    leases.forEach(
        l -> {
          assertEquals(4, l.getTraffic().getQpClasses());
          assertEquals(RATE / 4, l.getBandwidthBps());
          assertEquals(job.getName(), l.getJob());
        });
    // 4 quarters over 3 spines: no uplink has more than two of them.
    load(leases)
        .forEach(
            (port, bps) ->
                assertTrue(
                    !port.startsWith("leaf1/") || port.equals("leaf1/4") || bps <= RATE / 2, port));
  }

  @Test
  void aLeaseOfAJobIsNotReleasedAlone() {
    Job job = running.jobs().createJob(ring("whole", spread().subList(0, 3)).build()).getJob();
    Lease one = leases(job).get(0);
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () ->
                running
                    .leases()
                    .releaseLease(ReleaseLeaseRequest.newBuilder().setName(one.getName()).build()));
    assertEquals("LEASE_OF_JOB", info(e).getReason());
  }

  @Test
  void aRequestIdMakesARetrySafe() {
    CreateJobRequest request = ring("again", spread().subList(0, 3)).setRequestId("once").build();
    Job first = running.jobs().createJob(request).getJob();
    Job second = running.jobs().createJob(request).getJob();
    assertEquals(first.getName(), second.getName());
    assertEquals(first.getEtag(), second.getEtag());
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> running.jobs().createJob(ring("other", spread()).setRequestId("once").build()));
    assertEquals("REQUEST_ID_REUSED", info(e).getReason());
  }

  @Test
  void aDeadCableMovesItsFlowsAndTheWatcherSeesTheJobWhole() {
    Job job = running.jobs().createJob(ring("cut", spread().subList(0, 3)).build()).getJob();
    Hop first = leases(job).get(0).getPaths(0).getHops(0);
    String cable =
        running.lab.fabric().links().keySet().stream()
            .filter(c -> c.contains(first.getDevice() + "/" + first.getPort()))
            .filter(c -> c.startsWith(first.getDevice() + "/" + first.getPort() + "-"))
            .findFirst()
            .orElseThrow();
    Iterator<WatchJobsResponse> watch =
        running.jobs().watchJobs(WatchJobsRequest.newBuilder().setParent(BLUE).build());
    running.setUp(cable, false);
    try {
      RunningLab.await(
          () ->
              leases(job).stream()
                  .noneMatch(
                      l ->
                          l.getPaths(0).getHopsList().stream()
                              .anyMatch(
                                  h ->
                                      h.getDevice().equals(first.getDevice())
                                          && h.getPort() == first.getPort())));
      boolean provisioning = false;
      while (true) {
        WatchJobsResponse m = watch.next();
        provisioning |= m.getJob().getState() == JobState.JOB_STATE_PROVISIONING;
        if (provisioning && m.getJob().getState() == JobState.JOB_STATE_ACTIVE) {
          break;
        }
      }
    } finally {
      running.setUp(cable, true);
      RunningLab.await(this::allLinksUp);
    }
  }

  private boolean allLinksUp() {
    FabricState s = running.lab.node().state();
    for (int l = 0; l < s.topology().fabricLinks(); l++) {
      if (!s.isUp(s.topology().id(l))) {
        return false;
      }
    }
    return true;
  }

  @Test
  void errorsNameTheFieldAndWhatIsAllowed() {
    assertMessage(
        ring("x", List.of("host-1-1", "host-9-9")).build(),
        "job.members[1]: 'host-9-9' is not known");
    assertMessage(ring("x", List.of("host-1-1")).build(), "job.members: 1 is not allowed");
    CreateJobRequest.Builder three = ring("x", spread());
    three.getJobBuilder().setQpsPerPair(3);
    assertMessage(three.build(), "job.qps_per_pair: 3 is not allowed; allowed: powers of two");
    CreateJobRequest.Builder rails = ring("x", spread());
    rails.getJobBuilder().addRails(7);
    assertMessage(rails.build(), "job.members[0]: 'host-1-1' has rails [0], not all of [7]");
    CreateJobRequest.Builder kind = ring("x", spread());
    kind.getJobBuilder().clearKind();
    assertMessage(kind.build(), "job.kind: is required; allowed: RING, TREE");
  }

  private void assertMessage(CreateJobRequest request, String starts) {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> running.jobs().createJob(request));
    String message = String.valueOf(e.getStatus().getDescription());
    assertTrue(message.startsWith(starts), message);
  }

  @Test
  void aDryRunSaysWhatItWouldGetAndTakesNothing() {
    Job dry =
        running.jobs().createJob(ring("dry", spread()).setValidateOnly(true).build()).getJob();
    assertEquals("", dry.getName());
    assertEquals(9, dry.getLeaseCount());
    assertEquals(1.0, dry.getPlacement().getHighestUtilisation(), 1e-9);
    assertEquals(
        0,
        running
            .jobs()
            .listJobs(ListJobsRequest.newBuilder().setParent(BLUE).build())
            .getJobsCount());
  }
}
