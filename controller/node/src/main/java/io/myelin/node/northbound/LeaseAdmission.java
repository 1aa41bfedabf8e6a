package io.myelin.node.northbound;

import static io.myelin.node.northbound.LeaseResource.LEASES;

import io.grpc.StatusRuntimeException;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Scope;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.Placement;
import io.myelin.core.place.RateSearch;
import io.myelin.core.port.DryRun;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Proposals;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Searches a way for a lease, makes room where others only lie badly, and proposes it. A dry run
 * and the real one are the same calls; they differ in what they propose to.
 */
final class LeaseAdmission {
  private final LiveConditions present;

  LeaseAdmission(LiveConditions present) {
    this.present = present;
  }

  /** A lease that is to be. */
  record Creation(LeaseName name, LeaseSpec spec, Command.@Nullable Request request, long nowMs) {
    private Command by(Route route) {
      return new Command.CreateLease(name, spec, route, request, nowMs);
    }

    private Creation withBandwidthBps(long bps) {
      return new Creation(name, spec.withBandwidthBps(bps), request, nowMs);
    }
  }

  /** What a lease is to become. */
  record Change(
      LeaseName name, LeaseSpec spec, long etag, Command.@Nullable Request request, long nowMs) {
    private Command by(Route route) {
      return new Command.UpdateLease(name, spec, route, etag, request, nowMs);
    }

    private Change withBandwidthBps(long bps) {
      return new Change(name, spec.withBandwidthBps(bps), etag, request, nowMs);
    }
  }

  /** Completes with the lease that was created; exceptionally with the error for the client. */
  CompletableFuture<Lease> create(Proposals in, Creation c) {
    return makeRoom(in, c)
        .thenCompose(
            first -> {
              AtomicReference<@Nullable Route> proposed = new AtomicReference<>(first);
              return admit(
                  in,
                  () -> {
                    Route route = proposed.getAndSet(null);
                    return c.by(route != null ? route : route(in, c));
                  });
            });
  }

  /** Completes with the lease as it became; exceptionally with the error for the client. */
  CompletableFuture<Lease> update(Proposals in, Change c) {
    return admit(in, () -> c.by(route(in.state(), LEASES.living(in, c.name()), c)));
  }

  /** A search as things are now. */
  Placement placement(Proposals in, LeaseSpec spec) {
    FabricState s = in.state();
    return Placement.of(s, spec, present.now(s.inventory()));
  }

  private Route route(Proposals in, Creation c) {
    Placement placement = placement(in, c.spec());
    FabricState s = placement.state();
    Route route = placement.route(c.spec().terms().protection());
    if (route != null) {
      return route;
    }
    throw noRoute(placement, c.spec(), bps -> fits(s, c.withBandwidthBps(bps)));
  }

  private Route route(FabricState s, Lease old, Change c) {
    Route route = routeFor(s, old, c.spec());
    if (route != null) {
      return route;
    }
    throw noRoute(
        Placement.instead(s, old, c.spec(), present.now(s.inventory())),
        c.spec(),
        bps -> fits(s, old, c.withBandwidthBps(bps)));
  }

  /**
   * @param fits whether the same would be granted with so many bits per second
   */
  private static StatusRuntimeException noRoute(
      Placement placement, LeaseSpec spec, LongPredicate fits) {
    long least = Math.max(1, spec.terms().degradation().minBps());
    Refusals.Rates rates =
        (widestBps, mostBps) -> {
          RateSearch.Found<Boolean> found =
              RateSearch.highest(
                  least,
                  mostBps,
                  widestBps,
                  bps ->
                      fits.test(bps)
                          ? new RateSearch.Fits<>(true)
                          : new RateSearch.TooMuch<>(bps - 1));
          return found == null ? OptionalLong.empty() : OptionalLong.of(found.rate());
        };
    Set<Scope> protection = spec.terms().protection();
    return protection.isEmpty()
        ? Refusals.noPath(placement, rates)
        : Refusals.noPair(placement, protection, rates);
  }

  /** Whether a lease would be admitted, moves of others included. */
  private boolean fits(FabricState s, Creation c) {
    DryRun trial = new DryRun(s);
    Route route;
    try {
      makeRoom(trial, c).join();
      route = placement(trial, c.spec()).route(c.spec().terms().protection());
    } catch (StatusRuntimeException refusedForSomethingElse) {
      return false;
    }
    return route != null && hasRoom(trial.submit(c.by(route)).join().outcome());
  }

  private boolean fits(FabricState s, Lease old, Change c) {
    Route route = routeFor(s, old, c.spec());
    return route != null && hasRoom(new DryRun(s).submit(c.by(route)).join().outcome());
  }

  /** What less bandwidth cannot mend does not count: it is said when that is asked for. */
  private static boolean hasRoom(Outcome outcome) {
    return !(outcome instanceof Outcome.Overtaken) && !(outcome instanceof Outcome.QuotaExceeded);
  }

  /**
   * Where only the arrangement of others is in the way, rearranges them first; but nobody is moved
   * for a request that is refused afterwards for something else than room.
   *
   * @return the route that was found meanwhile; null: it is to be searched for
   */
  private CompletableFuture<@Nullable Route> makeRoom(Proposals in, Creation c) {
    LeaseSpec spec = c.spec();
    if (spec.startTimeMs() != LeaseSpec.AT_ONCE) {
      return CompletableFuture.completedFuture(null);
    }
    Placement placement = placement(in, spec);
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
      Command moves =
          new Command.MoveLeases(
              placed.moves(), "moved to make room for another lease", present.timeMs());
      if (worthMoving(s, moves, c)) {
        return in.submit(moves).<@Nullable Route>thenApply(applied -> null);
      }
    }
    return CompletableFuture.completedFuture(null);
  }

  /**
   * Whether the lease is admitted once others have moved.
   *
   * @throws io.grpc.StatusRuntimeException when it is refused whatever room there is
   */
  private boolean worthMoving(FabricState s, Command moves, Creation c) {
    DryRun trial = new DryRun(s);
    if (trial.submit(moves).join().outcome() instanceof Outcome.Refused) {
      return false;
    }
    Route route = placement(trial, c.spec()).route(c.spec().terms().protection());
    if (route == null) {
      return false;
    }
    Outcome outcome = trial.submit(c.by(route)).join().outcome();
    if (outcome instanceof Outcome.Refused && !(outcome instanceof Outcome.Overtaken)) {
      throw Refusals.of(outcome);
    }
    return outcome instanceof Outcome.LeaseDone;
  }

  /** The route stays where it still fits; a change of objective looks anew. Null: there is none. */
  private @Nullable Route routeFor(FabricState s, Lease old, LeaseSpec spec) {
    Placement placement = Placement.instead(s, old, spec, present.now(s.inventory()));
    boolean stays =
        spec.terms().objective() == old.spec().terms().objective()
            && spec.terms().weights().equals(old.spec().terms().weights())
            && placement.admits(old.route(), spec.terms().protection());
    return stays ? old.route() : placement.route(spec.terms().protection());
  }

  private static CompletableFuture<Lease> admit(Proposals in, Supplier<Command> proposal) {
    return Calls.admit(in, proposal).thenApply(a -> LEASES.granted(a.outcome()));
  }
}
