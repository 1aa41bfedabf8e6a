package io.myelin.node.northbound;

import static io.myelin.node.northbound.LeaseResource.LEASES;

import io.grpc.stub.StreamObserver;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.node.northbound.ResourceCalls.Asked;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.CreateLeaseResponse;
import io.myelin.v1.ExtendLeaseRequest;
import io.myelin.v1.ExtendLeaseResponse;
import io.myelin.v1.FindSlotsRequest;
import io.myelin.v1.FindSlotsResponse;
import io.myelin.v1.ForceReleaseLeaseRequest;
import io.myelin.v1.ForceReleaseLeaseResponse;
import io.myelin.v1.GetLeaseRequest;
import io.myelin.v1.GetLeaseResponse;
import io.myelin.v1.LeaseServiceGrpc;
import io.myelin.v1.ListLeasesRequest;
import io.myelin.v1.ListLeasesResponse;
import io.myelin.v1.ReleaseLeaseRequest;
import io.myelin.v1.ReleaseLeaseResponse;
import io.myelin.v1.UpdateLeaseRequest;
import io.myelin.v1.UpdateLeaseResponse;
import io.myelin.v1.WatchLeasesRequest;
import io.myelin.v1.WatchLeasesResponse;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** {@code myelin.v1.LeaseService}: checks, proposes, waits for the switches, answers. */
final class LeaseApi extends LeaseServiceGrpc.LeaseServiceImplBase {
  private final StateLog stateLog;
  private final LiveConditions present;
  private final LeaseAdmission admission;
  private final LeaseFeed feed;
  private final ResourceCalls<LeaseName, Lease, io.myelin.v1.Lease> calls;

  /**
   * @param names makes up ids for leases that come without one
   */
  LeaseApi(
      StateLog stateLog,
      LiveConditions present,
      BurstRoom bursts,
      Awaiter<LeaseName, Lease> awaiter,
      LeaseFeed feed,
      Supplier<String> names) {
    this.stateLog = stateLog;
    this.present = present;
    this.feed = feed;
    admission = new LeaseAdmission(present);
    calls = new ResourceCalls<>(LEASES, stateLog, present, bursts, awaiter, names);
  }

  @Override
  public void createLease(CreateLeaseRequest m, StreamObserver<CreateLeaseResponse> out) {
    calls.create(
        out,
        l -> CreateLeaseResponse.newBuilder().setLease(l).build(),
        new ResourceCalls.Creation(
            m.getParent(),
            m.getLeaseId(),
            m.getEndIfCancelled(),
            new Asked(m.getRequestId(), m.getValidateOnly(), m)),
        (tenant, now) -> spec(tenant, m.getLease(), now),
        (proposals, d) ->
            admission.create(
                proposals,
                new LeaseAdmission.Creation(d.name(), d.spec(), d.request(), d.nowMs())));
  }

  private LeaseSpec spec(TenantId tenant, io.myelin.v1.Lease lease, long nowMs) {
    LeaseSpec spec = Protos.spec(lease, nowMs);
    References.check(stateLog.state(), "lease", tenant, spec);
    return spec;
  }

  @Override
  public void getLease(GetLeaseRequest m, StreamObserver<GetLeaseResponse> out) {
    calls.get(out, l -> GetLeaseResponse.newBuilder().setLease(l).build(), m.getName());
  }

  @Override
  public void listLeases(ListLeasesRequest m, StreamObserver<ListLeasesResponse> out) {
    calls.list(
        out,
        new ResourceCalls.Listing(
            m.getParent(), m.getPageSize(), m.getPageToken(), m.getShowEnded()),
        (page, next) ->
            ListLeasesResponse.newBuilder().addAllLeases(page).setNextPageToken(next).build());
  }

  @Override
  public void watchLeases(WatchLeasesRequest m, StreamObserver<WatchLeasesResponse> out) {
    feed.watch(m.getParent(), m.getResumeToken(), out);
  }

  @Override
  public void updateLease(UpdateLeaseRequest m, StreamObserver<UpdateLeaseResponse> out) {
    calls.update(
        out,
        l -> UpdateLeaseResponse.newBuilder().setLease(l).build(),
        m.getLease().getName(),
        m.getLease().getEtag(),
        new Asked(m.getRequestId(), m.getValidateOnly(), m),
        (proposals, t) -> {
          Lease before = LEASES.living(proposals, t.name());
          LeaseSpec spec = LeaseUpdate.apply(before, m, t.nowMs());
          References.check(proposals.state(), "lease", t.name().tenant(), spec);
          return admission.update(proposals, change(t, spec));
        });
  }

  private static LeaseAdmission.Change change(ResourceCalls.Target<LeaseName> t, LeaseSpec spec) {
    return new LeaseAdmission.Change(t.name(), spec, t.etag(), t.request(), t.nowMs());
  }

  @Override
  public void extendLease(ExtendLeaseRequest m, StreamObserver<ExtendLeaseResponse> out) {
    calls.change(
        out,
        l -> ExtendLeaseResponse.newBuilder().setLease(l).build(),
        m.getName(),
        Asked.really(m.getRequestId(), m),
        (proposals, t) -> {
          Lease before = LEASES.living(proposals, t.name());
          LeaseSpec spec = LeaseUpdate.extended(before, m, t.nowMs());
          return spec.equals(before.spec())
              ? CompletableFuture.completedFuture(before)
              : admission.update(proposals, change(t, spec));
        });
  }

  @Override
  public void releaseLease(ReleaseLeaseRequest m, StreamObserver<ReleaseLeaseResponse> out) {
    calls.release(
        out,
        l -> ReleaseLeaseResponse.newBuilder().setLease(l).build(),
        m.getName(),
        m.getEtag(),
        Asked.really(m.getRequestId(), m));
  }

  // ---- of leases alone -------------------------------------------------------------------------

  @Override
  public void findSlots(FindSlotsRequest m, StreamObserver<FindSlotsResponse> out) {
    Calls.respond(
        out,
        () -> {
          TenantId tenant = RequestFields.tenant("parent", m.getParent());
          LeaseSpec spec = spec(tenant, m.getLease(), present.timeMs());
          return Slots.find(admission.placement(stateLog, spec), m, present.timeMs());
        });
  }

  @Override
  public void forceReleaseLease(
      ForceReleaseLeaseRequest m, StreamObserver<ForceReleaseLeaseResponse> out) {
    Calls.respond(
        out,
        l -> ForceReleaseLeaseResponse.newBuilder().setLease(l).build(),
        () -> {
          LeaseName name = LeaseName.parse("name", m.getName());
          Command command =
              new Command.ForceRelease(
                  name,
                  RequestFields.request(name.tenant(), m.getRequestId(), m),
                  present.timeMs());
          return stateLog
              .submit(command)
              .thenApply(
                  a -> {
                    Lease lease =
                        a.outcome() instanceof Outcome.LeaseEnded e
                            ? e.lease()
                            : LEASES.granted(a.outcome());
                    return Protos.lease(stateLog.state(), lease);
                  });
        });
  }
}
