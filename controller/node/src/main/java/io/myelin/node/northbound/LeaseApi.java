package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.port.DryRun;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Proposals;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.node.northbound.error.ApiErrors;
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
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code myelin.v1.LeaseService}: checks, proposes, waits for the switches, answers. */
final class LeaseApi extends LeaseServiceGrpc.LeaseServiceImplBase {
  private static final Logger log = LoggerFactory.getLogger(LeaseApi.class);

  /** How long an answer waits for the switches before it reports PROVISIONING or RELEASING. */
  static final long PROVISIONING_WAIT_MS = 10_000;

  private final StateLog stateLog;
  private final LiveConditions present;
  private final BurstRoom bursts;
  private final LeaseAdmission admission;
  private final Awaiter<LeaseName, Lease> awaiter;
  private final LeaseFeed feed;
  private final Supplier<String> names;

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
    this.bursts = bursts;
    admission = new LeaseAdmission(present);
    this.awaiter = awaiter;
    this.feed = feed;
    this.names = names;
  }

  // ---- create --------------------------------------------------------------------------------

  @Override
  public void createLease(CreateLeaseRequest m, StreamObserver<CreateLeaseResponse> out) {
    Calls.respond(
        out,
        l -> CreateLeaseResponse.newBuilder().setLease(l).build(),
        () -> {
          TenantId tenant = RequestFields.tenant("parent", m.getParent());
          long now = present.timeMs();
          LeaseSpec spec = Protos.spec(m.getLease(), now);
          References.check(stateLog.state(), "lease", tenant, spec);
          String id = m.getLeaseId().isEmpty() ? names.get() : m.getLeaseId();
          Command.Request request =
              RequestFields.request(
                  tenant,
                  m.getRequestId(),
                  m.toBuilder().clearRequestId().clearValidateOnly().build());
          LeaseAdmission.Creation creation =
              new LeaseAdmission.Creation(LeaseName.chosen(tenant, id), spec, request, now);
          CompletableFuture<Void> cancelled =
              m.getEndIfCancelled() ? Calls.cancelled(out) : new CompletableFuture<>();
          return answer(
              request,
              m.getValidateOnly(),
              cancelled,
              proposals -> admission.create(proposals, creation));
        });
  }

  private CompletableFuture<io.myelin.v1.Lease> answer(
      Command.@Nullable Request request,
      boolean validateOnly,
      Function<Proposals, CompletableFuture<Lease>> call) {
    return answer(request, validateOnly, new CompletableFuture<>(), call);
  }

  /**
   * What was done before under the same request id; else does it, or says what it would do.
   *
   * @param cancelled when the lease is to end again
   */
  private CompletableFuture<io.myelin.v1.Lease> answer(
      Command.@Nullable Request request,
      boolean validateOnly,
      CompletableFuture<Void> cancelled,
      Function<Proposals, CompletableFuture<Lease>> call) {
    Lease replay =
        Calls.replay(stateLog, request) instanceof LeaseName done
            ? stateLog.state().leases().get(done)
            : null;
    if (validateOnly) {
      if (replay != null) {
        return CompletableFuture.completedFuture(Protos.lease(stateLog.state(), replay));
      }
      DryRun dry = new DryRun(stateLog.state());
      return bursts.yielding(dry, call).thenApply(l -> Protos.preview(dry.state(), l));
    }
    return (replay != null
            ? CompletableFuture.completedFuture(replay)
            : bursts.yielding(stateLog, call))
        .thenCompose(
            lease -> {
              var unused = cancelled.thenRun(() -> end(lease));
              return settled(lease);
            });
  }

  /** Ends a lease whose creation was cancelled, unless another has its name by now. */
  private void end(Lease created) {
    Lease now = stateLog.state().leases().get(created.name());
    if (now == null || now.createTimeMs() != created.createTimeMs() || !now.state().lives()) {
      return;
    }
    stateLog
        .submit(new Command.ReleaseLease(created.name(), 0, null, present.timeMs()))
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                log.warn(
                    "{} was to end with its call, which was cancelled, and stays: {}",
                    created.name(),
                    t.getMessage());
              }
            });
  }

  // ---- read ----------------------------------------------------------------------------------

  @Override
  public void getLease(GetLeaseRequest m, StreamObserver<GetLeaseResponse> out) {
    Calls.respond(
        out,
        l -> GetLeaseResponse.newBuilder().setLease(l).build(),
        () -> {
          LeaseName name = LeaseName.parse("name", m.getName());
          Lease lease = stateLog.state().leases().get(name);
          if (lease == null) {
            throw Refusals.of(new Outcome.LeaseNotFound(name));
          }
          return CompletableFuture.completedFuture(Protos.lease(stateLog.state(), lease));
        });
  }

  @Override
  public void listLeases(ListLeasesRequest m, StreamObserver<ListLeasesResponse> out) {
    Calls.respond(
        out,
        () -> {
          ListPage page = ListPage.of(m.getParent(), m.getPageSize());
          LeaseName from =
              m.getPageToken().isEmpty()
                  ? page.tenant() == null ? null : new LeaseName(page.tenant(), "0")
                  : LeaseName.parse("page_token", m.getPageToken());
          FabricState s = stateLog.state();
          ListLeasesResponse.Builder b = ListLeasesResponse.newBuilder();
          b.setNextPageToken(
              page.fill(
                  s.leases(),
                  from,
                  LeaseName::tenant,
                  l -> m.getShowEnded() || !l.state().ended(),
                  l -> b.addLeases(Protos.lease(s, l))));
          return b.build();
        });
  }

  @Override
  public void watchLeases(WatchLeasesRequest m, StreamObserver<WatchLeasesResponse> out) {
    try {
      feed.watch(ListPage.tenant(m.getParent()), m.getResumeToken(), out);
    } catch (Invalid e) {
      out.onError(ApiErrors.invalid(e));
    }
  }

  // ---- change --------------------------------------------------------------------------------

  @Override
  public void updateLease(UpdateLeaseRequest m, StreamObserver<UpdateLeaseResponse> out) {
    Calls.respond(
        out,
        l -> UpdateLeaseResponse.newBuilder().setLease(l).build(),
        () -> {
          LeaseName name = LeaseName.parse("lease.name", m.getLease().getName());
          long now = present.timeMs();
          long etag = RequestFields.etag("lease.etag", m.getLease().getEtag());
          Command.Request request =
              RequestFields.request(
                  name.tenant(),
                  m.getRequestId(),
                  m.toBuilder().clearRequestId().clearValidateOnly().build());
          return answer(
              request,
              m.getValidateOnly(),
              proposals -> {
                Lease before = LeaseAdmission.living(proposals, name);
                LeaseSpec spec = LeaseUpdate.apply(before, m, now);
                References.check(proposals.state(), "lease", name.tenant(), spec);
                return admission.update(
                    proposals, new LeaseAdmission.Change(name, spec, etag, request, now));
              });
        });
  }

  @Override
  public void extendLease(ExtendLeaseRequest m, StreamObserver<ExtendLeaseResponse> out) {
    Calls.respond(
        out,
        l -> ExtendLeaseResponse.newBuilder().setLease(l).build(),
        () -> {
          LeaseName name = LeaseName.parse("name", m.getName());
          long now = present.timeMs();
          Command.Request request =
              RequestFields.request(
                  name.tenant(), m.getRequestId(), m.toBuilder().clearRequestId().build());
          return answer(
              request,
              false,
              proposals -> {
                Lease before = LeaseAdmission.living(proposals, name);
                LeaseSpec spec = LeaseUpdate.extended(before, m, now);
                return spec.equals(before.spec())
                    ? CompletableFuture.completedFuture(before)
                    : admission.update(
                        proposals, new LeaseAdmission.Change(name, spec, 0, request, now));
              });
        });
  }

  @Override
  public void findSlots(FindSlotsRequest m, StreamObserver<FindSlotsResponse> out) {
    Calls.respond(
        out,
        () -> {
          TenantId tenant = RequestFields.tenant("parent", m.getParent());
          LeaseSpec spec = Protos.spec(m.getLease(), present.timeMs());
          References.check(stateLog.state(), "lease", tenant, spec);
          return Slots.find(admission.placement(stateLog, spec), m, present.timeMs());
        });
  }

  @Override
  public void releaseLease(ReleaseLeaseRequest m, StreamObserver<ReleaseLeaseResponse> out) {
    Calls.respond(
        out,
        l -> ReleaseLeaseResponse.newBuilder().setLease(l).build(),
        () -> {
          LeaseName name = LeaseName.parse("name", m.getName());
          Command command =
              new Command.ReleaseLease(
                  name,
                  RequestFields.etag("etag", m.getEtag()),
                  RequestFields.request(
                      name.tenant(), m.getRequestId(), m.toBuilder().clearRequestId().build()),
                  present.timeMs());
          return stateLog
              .submit(command)
              .thenCompose(
                  a -> {
                    // Releasing twice is no error: the second call waits for the same end.
                    if (a.outcome() instanceof Outcome.LeaseEnded e) {
                      return settled(e.lease());
                    }
                    return settled(LeaseAdmission.granted(a.outcome()));
                  });
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
                  RequestFields.request(
                      name.tenant(), m.getRequestId(), m.toBuilder().clearRequestId().build()),
                  present.timeMs());
          return stateLog
              .submit(command)
              .thenApply(
                  a -> {
                    Lease lease =
                        a.outcome() instanceof Outcome.LeaseEnded e
                            ? e.lease()
                            : LeaseAdmission.granted(a.outcome());
                    return Protos.lease(stateLog.state(), lease);
                  });
        });
  }

  // ---- common --------------------------------------------------------------------------------

  /** The lease once nothing is under way for it, or as it is when that takes too long. */
  private CompletableFuture<io.myelin.v1.Lease> settled(Lease lease) {
    Predicate<Lease> quiet =
        l ->
            l.generation() >= lease.generation()
                && l.state() != LeaseState.PROVISIONING
                && l.state() != LeaseState.RELEASING;
    boolean creating = lease.state() == LeaseState.PROVISIONING;
    return awaiter
        .await(lease.name(), quiet, stateLog)
        .completeOnTimeout(lease, PROVISIONING_WAIT_MS, TimeUnit.MILLISECONDS)
        .thenApply(
            l -> {
              if (creating && l.state() == LeaseState.FAILED) {
                throw ApiErrors.of(
                    Code.INTERNAL,
                    "SWITCH_REFUSED",
                    l.name() + ": " + l.reason(),
                    Map.of("lease", l.name().toString()));
              }
              return Protos.lease(stateLog.state(), l);
            });
  }
}
