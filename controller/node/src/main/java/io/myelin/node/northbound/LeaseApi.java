package io.myelin.node.northbound;

import com.google.rpc.Code;
import io.grpc.stub.StreamObserver;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.PathSearch;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.Placement;
import io.myelin.core.port.Present;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.v1.CreateLeaseRequest;
import io.myelin.v1.CreateLeaseResponse;
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
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code myelin.v1.LeaseService}: checks, proposes, waits for the switches, answers. */
final class LeaseApi extends LeaseServiceGrpc.LeaseServiceImplBase {
  /** How long an answer waits for the switches before it reports PROVISIONING or RELEASING. */
  static final long PROVISIONING_WAIT_MS = 10_000;

  private final StateLog stateLog;
  private final Present present;
  private final Awaiter<LeaseName, Lease> awaiter;
  private final LeaseFeed feed;
  private final Supplier<String> names;

  /**
   * @param names makes up ids for leases that come without one
   */
  LeaseApi(
      StateLog stateLog,
      Present present,
      Awaiter<LeaseName, Lease> awaiter,
      LeaseFeed feed,
      Supplier<String> names) {
    this.stateLog = stateLog;
    this.present = present;
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
          LeaseName name = new LeaseName(tenant, id);
          if (m.getValidateOnly()) {
            Placement placement = placement(spec);
            return CompletableFuture.completedFuture(
                Protos.preview(placement.state().inventory(), spec, route(placement, spec)));
          }
          Command.Request request =
              RequestFields.request(
                  tenant, m.getRequestId(), m.toBuilder().clearRequestId().build());
          Lease replay =
              Calls.replay(stateLog, request) instanceof LeaseName done
                  ? stateLog.state().leases().get(done)
                  : null;
          if (replay != null) {
            return settled(replay);
          }
          return makeRoom(spec)
              .thenCompose(
                  first -> {
                    AtomicReference<@Nullable Route> proposed = new AtomicReference<>(first);
                    return admit(
                        () -> {
                          Route route = proposed.getAndSet(null);
                          return new Command.CreateLease(
                              name,
                              spec,
                              route != null ? route : route(placement(spec), spec),
                              request,
                              now);
                        });
                  })
              .thenCompose(this::settled);
        });
  }

  private Placement placement(LeaseSpec spec) {
    FabricState s = stateLog.state();
    return Placement.of(s, spec, present.now(s.inventory()));
  }

  private static Route route(Placement placement, LeaseSpec spec) {
    Route route = placement.route(spec.terms().protection());
    if (route != null) {
      return route;
    }
    throw spec.terms().protection().isEmpty()
        ? Refusals.noPath(placement)
        : Refusals.noPair(placement, spec.terms().protection());
  }

  /**
   * Where only the arrangement of others is in the way, rearranges them first.
   *
   * @return the route that was found meanwhile; null: it is to be searched for
   */
  private CompletableFuture<@Nullable Route> makeRoom(LeaseSpec spec) {
    if (spec.startTimeMs() != LeaseSpec.AT_ONCE) {
      return CompletableFuture.completedFuture(null);
    }
    Placement placement = placement(spec);
    PathSearch.Answer answer = placement.find();
    if (!placement.crowded(answer)) {
      boolean done = answer instanceof PathSearch.Found && spec.terms().protection().isEmpty();
      return CompletableFuture.completedFuture(
          done ? Route.of(((PathSearch.Found) answer).path()) : null);
    }
    FabricState s = placement.state();
    if (GroupPlacement.find(s, List.of(spec), present.now(s.inventory()))
            instanceof GroupPlacement.Placed placed
        && !placed.moves().isEmpty()) {
      return stateLog
          .submit(
              new Command.MoveLeases(
                  placed.moves(), "moved to make room for another lease", present.timeMs()))
          .<@Nullable Route>thenApply(applied -> null);
    }
    return CompletableFuture.completedFuture(null);
  }

  private CompletableFuture<Lease> admit(Supplier<Command> proposal) {
    return Calls.admit(stateLog, proposal).thenApply(a -> granted(a.outcome()));
  }

  private static Lease granted(Outcome outcome) {
    if (outcome instanceof Outcome.LeaseDone d) {
      return d.lease();
    } else if (outcome instanceof Outcome.Replayed r) {
      return r.lease();
    }
    throw Refusals.of(outcome);
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
          Page page = Page.of(m.getParent(), m.getPageSize());
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
      feed.watch(Page.tenant(m.getParent()), m.getResumeToken(), out);
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
                  name.tenant(), m.getRequestId(), m.toBuilder().clearRequestId().build());
          Lease replay =
              Calls.replay(stateLog, request) instanceof LeaseName done
                  ? stateLog.state().leases().get(done)
                  : null;
          if (replay != null) {
            return settled(replay);
          }
          Lease before = living(name);
          LeaseSpec spec = LeaseUpdate.apply(before, m, now);
          References.check(stateLog.state(), "lease", name.tenant(), spec);
          if (m.getValidateOnly()) {
            FabricState s = stateLog.state();
            return CompletableFuture.completedFuture(
                Protos.preview(s.inventory(), spec, routeFor(s, before, spec)));
          }
          return admit(
                  () -> {
                    Lease old = living(name);
                    Route route = routeFor(stateLog.state(), old, spec);
                    return new Command.UpdateLease(name, spec, route, etag, request, now);
                  })
              .thenCompose(this::settled);
        });
  }

  /** The route stays where it still fits; a change of objective looks anew. */
  private Route routeFor(FabricState s, Lease old, LeaseSpec spec) {
    Placement placement = Placement.instead(s, old, spec, present.now(s.inventory()));
    boolean stays =
        spec.terms().objective() == old.spec().terms().objective()
            && spec.terms().weights().equals(old.spec().terms().weights())
            && placement.admits(old.route(), spec.terms().protection());
    return stays ? old.route() : route(placement, spec);
  }

  @Override
  public void findSlots(FindSlotsRequest m, StreamObserver<FindSlotsResponse> out) {
    Calls.respond(
        out,
        () -> {
          TenantId tenant = RequestFields.tenant("parent", m.getParent());
          LeaseSpec spec = Protos.spec(m.getLease(), present.timeMs());
          References.check(stateLog.state(), "lease", tenant, spec);
          return Slots.find(placement(spec), m, present.timeMs());
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
                    return settled(granted(a.outcome()));
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
                            : granted(a.outcome());
                    return Protos.lease(stateLog.state(), lease);
                  });
        });
  }

  private Lease living(LeaseName name) {
    Lease lease = stateLog.state().leases().get(name);
    if (lease == null) {
      throw Refusals.of(new Outcome.LeaseNotFound(name));
    }
    if (!lease.state().lives()) {
      throw Refusals.of(new Outcome.LeaseEnded(lease));
    }
    return lease;
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
