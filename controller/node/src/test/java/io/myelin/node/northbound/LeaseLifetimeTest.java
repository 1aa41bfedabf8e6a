package io.myelin.node.northbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.rpc.ErrorInfo;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.myelin.core.port.ForwardingLog;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job.JobState;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.northbound.error.ApiErrors;
import io.myelin.v1.AuditEvent;
import io.myelin.v1.AuditServiceGrpc;
import io.myelin.v1.CollectiveKind;
import io.myelin.v1.CreateJobRequest;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.ExtendLeaseRequest;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.Job;
import io.myelin.v1.JobServiceGrpc;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.ListAuditEventsRequest;
import io.myelin.v1.ReleaseJobRequest;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.WatchLeasesRequest;
import io.myelin.v1.WatchLeasesResponse;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** How leases end that nobody wants any more, and what becomes of their names. */
final class LeaseLifetimeTest {
  private static final String PARENT = "tenants/planning";
  private static final long NOW_S = ServedApi.NOW_MS / 1000;
  private static final LeaseName X = LeaseName.parse("name", PARENT + "/leases/x");

  private static ServedApi small() throws Exception {
    return new ServedApi(new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT));
  }

  private static LeaseServiceGrpc.LeaseServiceBlockingStub leases(Channel channel) {
    return LeaseServiceGrpc.newBlockingStub(channel);
  }

  private static CreateLeaseRequest.Builder request(String id) {
    return CreateLeaseRequest.newBuilder()
        .setParent(PARENT)
        .setLeaseId(id)
        .setLease(
            Lease.newBuilder()
                .setSource("leaf1-host1")
                .setDestination("leaf2-host1")
                .setBandwidthBps(1_000_000));
  }

  private static CreateJobRequest.Builder job(String id) {
    return CreateJobRequest.newBuilder()
        .setParent(PARENT)
        .setJobId(id)
        .setJob(
            Job.newBuilder()
                .setKind(CollectiveKind.COLLECTIVE_KIND_RING)
                .addMembers("leaf1-host2")
                .addMembers("leaf2-host2")
                .setBandwidthBps(1_000_000));
  }

  private static ErrorInfo info(StatusRuntimeException e) {
    return ApiErrors.detail(StatusProto.fromThrowable(e), ErrorInfo.class).orElseThrow();
  }

  private static Timestamp at(long seconds) {
    return Timestamp.newBuilder().setSeconds(seconds).build();
  }

  private static ExtendLeaseRequest.Builder extend(String lease, long ttlS) {
    return ExtendLeaseRequest.newBuilder()
        .setName(lease)
        .setTtl(Duration.newBuilder().setSeconds(ttlS));
  }

  // ---- renewal -------------------------------------------------------------------------------

  @Test
  void anExtensionPutsTheEndOffAndNeverBringsItNearer() throws Exception {
    try (ServedApi api = small()) {
      CreateLeaseRequest.Builder create = request("x");
      create.getLeaseBuilder().setTtl(Duration.newBuilder().setSeconds(60));
      String name = leases(api.channel()).createLease(create.build()).getLease().getName();
      Lease longer = leases(api.channel()).extendLease(extend(name, 90).build()).getLease();
      assertEquals(at(NOW_S + 90), longer.getExpireTime());
      assertEquals(io.myelin.v1.LeaseState.LEASE_STATE_ACTIVE, longer.getState());
      Lease same = leases(api.channel()).extendLease(extend(name, 30).build()).getLease();
      assertEquals(longer, same);
      ExtendLeaseRequest.Builder to =
          ExtendLeaseRequest.newBuilder().setName(name).setExpireTime(at(NOW_S + 500));
      assertEquals(
          at(NOW_S + 500),
          leases(api.channel()).extendLease(to.build()).getLease().getExpireTime());
      ExtendLeaseRequest.Builder once = extend(name, 1_000).setRequestId("r");
      Lease first = leases(api.channel()).extendLease(once.build()).getLease();
      Lease again = leases(api.channel()).extendLease(once.build()).getLease();
      assertEquals(first, again);
      StatusRuntimeException reused =
          assertThrows(
              StatusRuntimeException.class,
              () -> leases(api.channel()).extendLease(extend(name, 7).setRequestId("r").build()));
      assertEquals("REQUEST_ID_REUSED", info(reused).getReason());
    }
  }

  @Test
  void anExtensionSaysWhatIsWrong() throws Exception {
    try (ServedApi api = small()) {
      String name = leases(api.channel()).createLease(request("x").build()).getLease().getName();
      for (ExtendLeaseRequest bad :
          List.of(
              ExtendLeaseRequest.newBuilder().setName(name).build(),
              extend(name, -1).build(),
              ExtendLeaseRequest.newBuilder().setName(name).setExpireTime(at(NOW_S - 1)).build())) {
        StatusRuntimeException e =
            assertThrows(
                StatusRuntimeException.class, () -> leases(api.channel()).extendLease(bad));
        assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode(), e::toString);
      }
      leases(api.channel()).releaseLease(ReleaseLeaseRequest.newBuilder().setName(name).build());
      StatusRuntimeException ended =
          assertThrows(
              StatusRuntimeException.class,
              () -> leases(api.channel()).extendLease(extend(name, 60).build()));
      assertEquals("LEASE_ENDED", info(ended).getReason());
    }
  }

  // ---- names ---------------------------------------------------------------------------------

  @Test
  void aReleasedNameCanBeUsedAgainAndALivingOneSaysSinceWhen() throws Exception {
    try (ServedApi api = small()) {
      leases(api.channel()).createLease(request("x").build());
      CreateLeaseRequest.Builder other = request("x");
      other.getLeaseBuilder().setSource("leaf3-host1");
      StatusRuntimeException exists =
          assertThrows(
              StatusRuntimeException.class, () -> leases(api.channel()).createLease(other.build()));
      assertEquals(
          "tenants/planning/leases/x exists since 2025-06-15T15:06:40Z and is ACTIVE",
          exists.getStatus().getDescription());
      assertEquals("2025-06-15T15:06:40Z", info(exists).getMetadataOrThrow("create_time"));
      Lease ended =
          leases(api.channel())
              .releaseLease(ReleaseLeaseRequest.newBuilder().setName(X.toString()).build())
              .getLease();
      Lease again = leases(api.channel()).createLease(other.build()).getLease();
      assertEquals(X.toString(), again.getName());
      assertEquals(io.myelin.v1.LeaseState.LEASE_STATE_ACTIVE, again.getState());
      String aside = X + "~" + ended.getEtag();
      Lease readable =
          leases(api.channel())
              .getLease(GetLeaseRequest.newBuilder().setName(aside).build())
              .getLease();
      assertEquals(ended.toBuilder().setName(aside).build(), readable);
      StatusRuntimeException chosen =
          assertThrows(
              StatusRuntimeException.class,
              () -> leases(api.channel()).createLease(request("x~7").build()));
      assertEquals(Status.Code.INVALID_ARGUMENT, chosen.getStatus().getCode());
      assertTrue(String.valueOf(chosen.getMessage()).contains("lease_id"), chosen::toString);
    }
  }

  @Test
  void aWatchShowsWhatEndedUnderItsNewNameAndTheNewOneUnderTheOld() throws Exception {
    try (ServedApi api = small()) {
      leases(api.channel()).createLease(request("x").build());
      Lease ended =
          leases(api.channel())
              .releaseLease(ReleaseLeaseRequest.newBuilder().setName(X.toString()).build())
              .getLease();
      Iterator<WatchLeasesResponse> watch =
          leases(api.channel())
              .withDeadlineAfter(20, TimeUnit.SECONDS)
              .watchLeases(WatchLeasesRequest.newBuilder().setParent(PARENT).build());
      assertEquals(ended, watch.next().getLease());
      assertEquals(WatchLeasesResponse.Type.TYPE_SYNCED, watch.next().getType());
      Lease again = leases(api.channel()).createLease(request("x").build()).getLease();
      Map<String, Lease> seen = new TreeMap<>();
      String aside = X + "~" + ended.getEtag();
      while (!again.equals(seen.get(X.toString())) || !seen.containsKey(aside)) {
        Lease lease = watch.next().getLease(); // DEADLINE_EXCEEDED when it never comes
        seen.put(lease.getName(), lease);
      }
      assertEquals(ended.toBuilder().setName(aside).build(), seen.get(aside));
    }
  }

  @Test
  void aNameOnItsWayOutSaysSoAndAJobsNameIsUsedAgain() throws Exception {
    try (ServedApi api = small()) {
      JobServiceGrpc.JobServiceBlockingStub jobs = JobServiceGrpc.newBlockingStub(api.channel());
      Job first = jobs.createJob(job("j").build()).getJob();
      jobs.releaseJob(ReleaseJobRequest.newBuilder().setName(first.getName()).build());
      Job second = jobs.createJob(job("j").build()).getJob();
      assertEquals(first.getName(), second.getName());
      assertNotEquals(first.getEtag(), second.getEtag());
      api.silence();
      api.log
          .submit(
              new Command.ReleaseJob(
                  JobName.parse("name", first.getName()), 0, null, ServedApi.NOW_MS))
          .join();
      StatusRuntimeException e =
          assertThrows(StatusRuntimeException.class, () -> jobs.createJob(job("j").build()));
      assertEquals("JOB_EXISTS", info(e).getReason());
      assertTrue(
          String.valueOf(e.getMessage())
              .endsWith("is RELEASING; its name can be used again once it has ended"),
          e::toString);
    }
  }

  // ---- calls that are given up ---------------------------------------------------------------

  /** Completes when a state is so. */
  private static CompletableFuture<FabricState> when(
      ServedApi api, Predicate<FabricState> condition) {
    CompletableFuture<FabricState> reached = new CompletableFuture<>();
    Consumer<Applied> follower =
        a -> {
          if (condition.test(a.after())) {
            reached.complete(a.after());
          }
        };
    if (condition.test(api.log.follow(follower))) {
      reached.complete(api.log.state());
    }
    return reached.orTimeout(10, TimeUnit.SECONDS);
  }

  private static boolean is(FabricState s, LeaseState state) {
    var lease = s.leases().get(X);
    return lease != null && lease.state() == state;
  }

  private static void endsWhenCancelled(ServedApi leader, Channel channel) {
    leader.silence();
    CompletableFuture<FabricState> created = when(leader, s -> is(s, LeaseState.PROVISIONING));
    Future<?> call =
        LeaseServiceGrpc.newFutureStub(channel)
            .createLease(request("x").setEndIfCancelled(true).build());
    created.join();
    CompletableFuture<FabricState> ending = when(leader, s -> is(s, LeaseState.RELEASING));
    call.cancel(true);
    ending.join();
  }

  @Test
  void aLeaseEndsWhenTheCallThatCreatedItIsCancelled() throws Exception {
    try (ServedApi api = small()) {
      endsWhenCancelled(api, api.channel());
    }
  }

  @Test
  void aLeaseEndsWhenTheDeadlineOfTheCallThatCreatedItPasses() throws Exception {
    try (ServedApi api = small()) {
      api.silence();
      CompletableFuture<FabricState> ending = when(api, s -> is(s, LeaseState.RELEASING));
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  leases(api.channel())
                      .withDeadlineAfter(300, TimeUnit.MILLISECONDS)
                      .createLease(request("x").setEndIfCancelled(true).build()));
      assertEquals(Status.Code.DEADLINE_EXCEEDED, e.getStatus().getCode());
      ending.join();
    }
  }

  @Test
  void aLeaseEndsWhenACallThatAFollowerPassedOnIsCancelled() throws Exception {
    try (ServedApi leader = small();
        ServedApi follower =
            new ServedApi(
                new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT),
                l -> new Forwarding("b", new Following(l), id -> leader.channel()))) {
      endsWhenCancelled(leader, follower.channel());
      assertEquals(0, follower.log.state().leases().size());
    }
  }

  @Test
  void aLeaseStaysWhenTheCallWasAnsweredOrDidNotAskForIt() throws Exception {
    try (ServedApi api = small()) {
      CreateLeaseRequest.Builder other = request("y").setEndIfCancelled(true);
      other.getLeaseBuilder().setSource("leaf3-host1");
      leases(api.channel()).createLease(other.build());
      api.silence();
      CompletableFuture<FabricState> created = when(api, s -> is(s, LeaseState.PROVISIONING));
      Future<?> call =
          LeaseServiceGrpc.newFutureStub(api.channel()).createLease(request("x").build());
      created.join();
      call.cancel(true);
      // One more round trip on the same connection: the cancellation has arrived by then.
      leases(api.channel()).getLease(GetLeaseRequest.newBuilder().setName(X.toString()).build());
      api.log
          .state()
          .leases()
          .forEach((name, lease) -> assertTrue(lease.state().lives(), name::toString));
    }
  }

  @Test
  void aJobEndsWhenTheCallThatCreatedItIsCancelled() throws Exception {
    JobName name = JobName.parse("name", PARENT + "/jobs/j");
    try (ServedApi api = small()) {
      api.silence();
      CompletableFuture<FabricState> created = when(api, s -> s.jobs().containsKey(name));
      Future<?> call =
          JobServiceGrpc.newFutureStub(api.channel())
              .createJob(job("j").setEndIfCancelled(true).build());
      created.join();
      CompletableFuture<FabricState> ending =
          when(
              api,
              s -> {
                var job = s.jobs().get(name);
                return job != null && job.state() == JobState.RELEASING;
              });
      call.cancel(true);
      ending.join();
    }
  }

  // ---- the record ------------------------------------------------------------------------------

  @Test
  void auditEventsNameWhatWasCreated() throws Exception {
    try (ServedApi api = small()) {
      Lease generated =
          leases(api.channel()).createLease(request("x").clearLeaseId().build()).getLease();
      assertThrows(
          StatusRuntimeException.class,
          () -> leases(api.channel()).createLease(request("y").build())); // the same traffic
      Job job =
          JobServiceGrpc.newBlockingStub(api.channel())
              .createJob(job("j").clearJobId().build())
              .getJob();
      List<String> resources =
          AuditServiceGrpc.newBlockingStub(api.channel())
              .listAuditEvents(ListAuditEventsRequest.newBuilder().setParent(PARENT).build())
              .getEventsList()
              .stream()
              .map(AuditEvent::getResource)
              .sorted()
              .toList();
      assertTrue(generated.getName().startsWith(PARENT + "/leases/l-"), generated::toString);
      assertEquals(List.of(job.getName(), generated.getName(), PARENT + "/leases/y"), resources);
    }
  }

  /** A member that does not lead. */
  private static final class Following extends ForwardingLog {
    private final Leadership leadership = new Leadership(Leadership.Role.FOLLOWER, 1, 1, "a");

    Following(StateLog log) {
      super(log);
    }

    @Override
    public CompletableFuture<Applied> submit(Command command) {
      throw new AssertionError("it does not lead: " + command);
    }

    @Override
    public Leadership leadership() {
      return leadership;
    }

    @Override
    public void onLeadership(Consumer<Leadership> listener) {
      listener.accept(leadership);
    }
  }
}
