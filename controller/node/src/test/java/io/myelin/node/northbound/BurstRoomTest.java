package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.myelin.core.place.Bursts;
import io.myelin.core.state.Command;
import io.myelin.core.state.LeaseName;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Job;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.JobState;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.LeaseState;
import io.myelin.v1.UpdateLeaseRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A lease that bursts over all of its leaf's only uplink; requests that need the room. */
final class BurstRoomTest {
  private static final String PARENT = "tenants/planning";

  private ServedApi api;
  private long line;

  @BeforeEach
  void serve() throws Exception {
    api = new ServedApi(new LeafSpine(2, 1, 3).inventory(FabricOptions.DEFAULT));
    line = api.log.state().topology().reservableBps(0);
    Lease made = create("elastic", lease(1, line / 4).setBurstBandwidthBps(line));
    assertEquals(line, made.getBurstBandwidthBps());
    burst();
    assertEquals(line, granted("elastic"));
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private LeaseServiceGrpc.LeaseServiceBlockingStub leases() {
    return LeaseServiceGrpc.newBlockingStub(api.channel());
  }

  private static Lease.Builder lease(int host, long bps) {
    return Lease.newBuilder()
        .setSource("leaf1-host" + host)
        .setDestination("leaf2-host" + host)
        .setBandwidthBps(bps);
  }

  private Lease create(String id, Lease.Builder lease) {
    return leases().createLease(request(id, lease)).getLease();
  }

  private static CreateLeaseRequest request(String id, Lease.Builder lease) {
    return CreateLeaseRequest.newBuilder().setParent(PARENT).setLeaseId(id).setLease(lease).build();
  }

  /** What the controller does when there was room for a while. */
  private void burst() {
    List<LeaseName> all = new ArrayList<>();
    api.log.state().leases().forEach((name, lease) -> all.add(name));
    api.log
        .submit(
            new Command.SetBursts(
                Bursts.find(api.log.state(), all, ServedApi.NOW_MS), ServedApi.NOW_MS))
        .join();
  }

  private Lease get(String id) {
    return leases()
        .getLease(GetLeaseRequest.newBuilder().setName(PARENT + "/leases/" + id).build())
        .getLease();
  }

  private long granted(String id) {
    return get(id).getGrantedBandwidthBps();
  }

  @Test
  void whoeverIsAdmittedGetsTheRoomAtOnce() {
    Lease other = create("other", lease(2, line / 2));
    assertEquals(LeaseState.LEASE_STATE_ACTIVE, other.getState());
    assertEquals(line / 4, granted("elastic"));
    burst();
    assertEquals(line / 2, granted("elastic"), "and what is left is given again");
  }

  @Test
  void aDryRunSaysSoAndNobodyGivesAnything() {
    Lease preview =
        leases()
            .createLease(
                request("other", lease(2, line / 2)).toBuilder().setValidateOnly(true).build())
            .getLease();
    assertEquals(1, preview.getPathsCount());
    assertEquals(line, granted("elastic"));
  }

  @Test
  void nobodyGivesAnythingForWhatIsRefusedAllTheSame() {
    StatusRuntimeException e =
        assertThrows(StatusRuntimeException.class, () -> create("other", lease(2, line)));
    assertEquals(Code.RESOURCE_EXHAUSTED, e.getStatus().getCode());
    assertFalse(e.getStatus().getDescription().isEmpty());
    assertEquals(line, granted("elastic"));
  }

  @Test
  void aJobGetsTheRoom() {
    Job job =
        JobServiceGrpc.newBlockingStub(api.channel())
            .createJob(
                CreateJobRequest.newBuilder()
                    .setParent(PARENT)
                    .setJobId("j")
                    .setJob(
                        Job.newBuilder()
                            .setKind(io.myelin.v1.CollectiveKind.COLLECTIVE_KIND_RING)
                            .addMembers("leaf1-host3")
                            .addMembers("leaf2-host3")
                            .setBandwidthBps(line / 2)
                            .setBurstBandwidthBps(line))
                    .build())
            .getJob();
    assertEquals(JobState.JOB_STATE_ACTIVE, job.getState());
    assertEquals(line, job.getBurstBandwidthBps());
    assertEquals(line / 4, granted("elastic"));
  }

  @Test
  void aLeaseThatGrowsGetsTheRoomAndItsBurstIsSaid() {
    Lease grown =
        leases()
            .updateLease(
                UpdateLeaseRequest.newBuilder()
                    .setLease(
                        Lease.newBuilder()
                            .setName(PARENT + "/leases/elastic")
                            .setBandwidthBps(line / 2)
                            .setBurstBandwidthBps(line / 2))
                    .setUpdateMask(
                        com.google.protobuf.FieldMask.newBuilder()
                            .addPaths("bandwidth_bps")
                            .addPaths("burst_bandwidth_bps"))
                    .build())
            .getLease();
    assertEquals(line / 2, grown.getGrantedBandwidthBps());
    burst();
    assertEquals(line / 2, granted("elastic"), "its burst is its bandwidth");
    StatusRuntimeException e =
        assertThrows(
            StatusRuntimeException.class,
            () -> create("low", lease(3, 1_000).setBurstBandwidthBps(999)));
    assertEquals(Code.INVALID_ARGUMENT, e.getStatus().getCode());
    assertEquals(true, e.getStatus().getDescription().contains("lease.burst_bandwidth_bps"));
  }
}
