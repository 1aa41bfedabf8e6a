package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Timestamp;
import com.google.rpc.BadRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.inventory.Topologies;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.ComputedPath;
import io.myelin.v1.Constraints;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.Job;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.Objective;
import io.myelin.v1.PathQuery;
import io.myelin.v1.PathServiceGrpc;
import io.myelin.v1.UpdateJobRequest;
import io.myelin.v1.UpdateLeaseRequest;
import io.myelin.v1.Weights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** What the API promises of leases, jobs and paths, over a channel. */
final class LeaseContractTest {
  private static final String PARENT = "tenants/planning";
  private static final long NOW_S = ServedApi.NOW_MS / 1000;

  private static ServedApi small() throws Exception {
    return new ServedApi(new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT));
  }

  private static Lease.Builder lease(String source, String destination) {
    return Lease.newBuilder()
        .setSource(source)
        .setDestination(destination)
        .setBandwidthBps(1_000_000);
  }

  private static Lease create(ServedApi api, Lease.Builder lease) {
    return LeaseServiceGrpc.newBlockingStub(api.channel())
        .createLease(CreateLeaseRequest.newBuilder().setParent(PARENT).setLease(lease).build())
        .getLease();
  }

  private static Timestamp at(long seconds) {
    return Timestamp.newBuilder().setSeconds(seconds).build();
  }

  private static Duration seconds(long s) {
    return Duration.newBuilder().setSeconds(s).build();
  }

  @Test
  void aMaskGivesTheSameResultInAnyOrder() throws Exception {
    List<String> paths =
        new ArrayList<>(
            List.of("start_time", "ttl", "bandwidth_bps", "objective", "weights", "constraints"));
    Set<Lease> results = new HashSet<>();
    long seed = 20;
    Random random = new Random(seed);
    try (ServedApi api = small()) {
      for (int i = 0; i < 12; i++) {
        // Ends before it would begin after the update: an order in which that is wrong halfway.
        Lease before =
            create(
                api,
                lease("leaf1-host1", "leaf2-host1")
                    .setStartTime(at(NOW_S + 100))
                    .setTtl(seconds(50)));
        Collections.shuffle(paths, random);
        Lease to =
            Lease.newBuilder()
                .setName(before.getName())
                .setStartTime(at(NOW_S + 1_000))
                .setTtl(seconds(60))
                .setBandwidthBps(2_000_000)
                .setObjective(Objective.OBJECTIVE_BALANCED)
                .setWeights(Weights.newBuilder().setLatency(3))
                .setConstraints(Constraints.newBuilder().setMaxHops(4))
                .build();
        Lease after = update(api, to, paths);
        assertEquals(at(NOW_S + 1_060), after.getExpireTime(), "from its start, seed " + seed);
        results.add(
            after.toBuilder().clearName().clearEtag().clearPaths().clearUpdateTime().build());
        LeaseServiceGrpc.newBlockingStub(api.channel())
            .releaseLease(
                io.myelin.v1.ReleaseLeaseRequest.newBuilder().setName(before.getName()).build());
      }
    }
    assertEquals(1, results.size(), () -> results.toString());
  }

  private static Lease update(ServedApi api, Lease to, List<String> paths) {
    return LeaseServiceGrpc.newBlockingStub(api.channel())
        .updateLease(
            UpdateLeaseRequest.newBuilder()
                .setLease(to)
                .setUpdateMask(FieldMask.newBuilder().addAllPaths(paths))
                .build())
        .getLease();
  }

  @Test
  void aTtlCountsFromTheStartOfWhatHasNotBegunAndElseFromNow() throws Exception {
    try (ServedApi api = small()) {
      Lease later = create(api, lease("leaf1-host1", "leaf2-host1").setStartTime(at(NOW_S + 500)));
      Lease now = create(api, lease("leaf1-host2", "leaf2-host2"));
      Lease ttl = Lease.newBuilder().setTtl(seconds(60)).build();
      Lease first = update(api, ttl.toBuilder().setName(later.getName()).build(), List.of("ttl"));
      Lease second = update(api, ttl.toBuilder().setName(now.getName()).build(), List.of("ttl"));
      assertEquals(at(NOW_S + 560), first.getExpireTime());
      assertEquals(at(NOW_S + 60), second.getExpireTime());
    }
  }

  @Test
  void aJobChangesWhatItWasCreatedWith() throws Exception {
    try (ServedApi api = small()) {
      JobServiceGrpc.JobServiceBlockingStub jobs = JobServiceGrpc.newBlockingStub(api.channel());
      Job job =
          jobs.createJob(
                  CreateJobRequest.newBuilder()
                      .setParent(PARENT)
                      .setJob(
                          Job.newBuilder()
                              .setKind(CollectiveKind.COLLECTIVE_KIND_RING)
                              .addMembers("leaf1-host1")
                              .addMembers("leaf2-host1")
                              .setStartTime(at(NOW_S + 500))
                              .setBandwidthBps(1_000_000))
                      .build())
              .getJob();
      Job after =
          jobs.updateJob(
                  UpdateJobRequest.newBuilder()
                      .setJob(
                          Job.newBuilder()
                              .setName(job.getName())
                              .setTtl(seconds(60))
                              .setObjective(Objective.OBJECTIVE_BALANCED)
                              .setWeights(Weights.newBuilder().setLoad(2))
                              .setConstraints(
                                  Constraints.newBuilder()
                                      .setAvoid(
                                          Constraints.Avoid.newBuilder().addDevices("spine1"))))
                      .setUpdateMask(
                          FieldMask.newBuilder()
                              .addAllPaths(List.of("ttl", "constraints", "weights", "objective")))
                      .build())
              .getJob();
      assertEquals(at(NOW_S + 560), after.getExpireTime());
      assertEquals(Objective.OBJECTIVE_BALANCED, after.getObjective());
      assertEquals(2, after.getWeights().getLoad());
      Lease one =
          LeaseServiceGrpc.newBlockingStub(api.channel())
              .listLeases(io.myelin.v1.ListLeasesRequest.newBuilder().setParent(PARENT).build())
              .getLeases(0);
      assertEquals("spine2", one.getPaths(0).getHops(1).getDevice());
    }
  }

  // ---- cases -----------------------------------------------------------------------------------

  private static Path cases() {
    Path folder = Path.of("../../../shared/cases");
    Assumptions.assumeTrue(
        Files.isDirectory(folder), () -> "no cases at " + folder.toAbsolutePath());
    return folder;
  }

  @Test
  void aLeaseThatNoPacketCanMatchIsRefused() throws Exception {
    Inventory inventory = InventoryFile.read(cases().resolve("inventories/v6-to-v4.yaml"));
    try (ServedApi api = new ServedApi(inventory)) {
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  LeaseServiceGrpc.newBlockingStub(api.channel())
                      .createLease(
                          CreateLeaseRequest.newBuilder()
                              .setParent("tenants/research")
                              .setLease(lease("gpu-a1", "gpu-b1"))
                              .build()));
      assertEquals(
          "lease.destination: no packet goes from 'gpu-a1' (IPv6 2001:db8:a:0:0:0:0:1) to 'gpu-b1'"
              + " (IPv4 10.9.0.1); allowed: two endpoints of one family",
          e.getStatus().getDescription());
      BadRequest fields =
          ApiErrors.detail(StatusProto.fromThrowable(e), BadRequest.class).orElseThrow();
      assertEquals("lease.destination", fields.getFieldViolations(0).getField());
    }
  }

  @Test
  void aRefusalWithLongNamesHasItsReasons() throws Exception {
    Inventory inventory = InventoryFile.read(cases().resolve("inventories/long-names.yaml"));
    String rack = "ams1-dc2-row07-rack";
    try (ServedApi api = new ServedApi(inventory)) {
      Lease.Builder lease =
          lease(rack + "11-gpu-server-01-nic-0", rack + "12-gpu-server-01-nic-0")
              .setBandwidthBps(50_000_000_000L)
              .setConstraints(
                  Constraints.newBuilder()
                      .addAllowedRegions("eu-west")
                      .addEncryption(io.myelin.v1.Encryption.ENCRYPTION_MACSEC)
                      .setMaxLatencyNs(10_000)
                      .addVia(rack + "11-spine-switch-1")
                      .addVia(rack + "12-spine-switch-2"));
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  LeaseServiceGrpc.newBlockingStub(api.channel())
                      .createLease(
                          CreateLeaseRequest.newBuilder()
                              .setParent("tenants/blue")
                              .setLease(lease)
                              .build()));
      assertEquals(Status.Code.FAILED_PRECONDITION, e.getStatus().getCode(), e.toString());
      assertTrue(
          ApiErrors.detail(StatusProto.fromThrowable(e), io.myelin.v1.PathExplanation.class)
                  .orElseThrow()
                  .getBindingCount()
              >= 4);
    }
  }

  /** Nothing is assumed of a map without coordinates: not 2 µs from London to Athens. */
  @Test
  void geantHasNoLatencyToPromise() throws Exception {
    Inventory map = Topologies.read(cases().resolve("topologies/zoo-Geant.graphml")).inventory();
    try (ServedApi api = new ServedApi(map)) {
      PathQuery query =
          PathQuery.newBuilder()
              .setParent(PARENT)
              .setSource("uk-gpu")
              .setDestination("gr-gpu")
              .build();
      PathServiceGrpc.PathServiceBlockingStub paths =
          PathServiceGrpc.newBlockingStub(api.channel());
      ComputedPath found =
          paths.computePaths(ComputePathsRequest.newBuilder().setQuery(query).build()).getPaths(0);
      assertFalse(found.getProvenOptimal());
      assertEquals(0, found.getPath().getLatencyNs());
      assertEquals(found.getPath().getHopsCount() - 1, found.getPath().getUnknownLatencyLinks());
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  paths.computePaths(
                      ComputePathsRequest.newBuilder()
                          .setQuery(
                              query.toBuilder()
                                  .setConstraints(
                                      Constraints.newBuilder().setMaxLatencyNs(1_000_000_000L)))
                          .build()));
      assertTrue(
          String.valueOf(e.getStatus().getDescription())
              .contains("max_latency: latency unknown on link uk/"),
          e.toString());
      io.myelin.v1.Link link =
          FabricServiceGrpc.newBlockingStub(api.channel())
              .getFabric(GetFabricRequest.getDefaultInstance())
              .getFabric()
              .getLinks(0);
      assertNotNull(link);
      assertFalse(link.hasLatencyNs() || link.hasJitterNs() || link.hasLossPpb());
    }
  }
}
