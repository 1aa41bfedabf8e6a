package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Kind;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.Topology;
import io.myelin.core.state.Lease.LeaseState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code apply(state, command) → (state, outcome, changes)}: a pure function. Bandwidth is admitted
 * here and nowhere else, so that no leader, pause or retry can book a link twice (invariant 1), and
 * the same commands give the same state on every replica (invariant 7).
 */
public final class StateMachine {

  /** Bandwidth is judged by what is booked. */
  private static final Set<Kind> ALL_BUT_BANDWIDTH =
      EnumSet.complementOf(EnumSet.of(Kind.BANDWIDTH));

  private StateMachine() {}

  public static Applied apply(FabricState state, Command command) {
    if (command instanceof Command.SetInventory c) {
      return setInventory(state, c);
    } else if (command instanceof Command.ObserveLink c) {
      return observe(state, c);
    } else if (command instanceof Command.CreateLease c) {
      return create(state, c);
    } else if (command instanceof Command.UpdateLease c) {
      return update(state, c);
    } else if (command instanceof Command.MoveLeases c) {
      return move(state, c);
    } else if (command instanceof Command.DegradeLease c) {
      return degrade(state, c);
    } else if (command instanceof Command.Provisioned c) {
      return provisioned(state, c);
    } else if (command instanceof Command.ProvisioningFailed c) {
      return failed(state, c);
    } else if (command instanceof Command.ReleaseLease c) {
      return release(state, c);
    } else if (command instanceof Command.Released c) {
      return released(state, c);
    } else if (command instanceof Command.Tick c) {
      return tick(state, c);
    }
    throw new AssertionError("a new command needs a case here: " + command);
  }

  // ---- fabric --------------------------------------------------------------------------------

  private static Applied setInventory(FabricState s, Command.SetInventory c) {
    if (sameInventory(s.inventory(), c.inventory())) {
      return unchanged(s, new Outcome.Done());
    }
    Topology topology = new Topology(c.inventory());
    Draft d = new Draft(s, c.timeMs());
    for (int l = 0; l < s.topology().links(); l++) {
      Outcome.Refused refusal = stillFits(s, l, topology);
      if (refusal != null) {
        return unchanged(s, refusal);
      }
    }
    d.put(topology);
    for (Map.Entry<?, ?> e : c.inventory().tenants()) {
      d.numberTenant((io.myelin.core.model.TenantId) e.getKey());
    }
    d.changes.add(new Applied.Change.InventoryChanged());
    return d.applied(new Outcome.Done());
  }

  /** Whether what is booked on a link of the old inventory fits into the new one. */
  private static Outcome.@Nullable Refused stillFits(FabricState s, int link, Topology next) {
    LinkState l = s.links().get(link);
    if (l.leases().isEmpty()) {
      return null;
    }
    LinkId id = s.topology().id(link);
    LeaseName by = l.leases().iterator().next().getKey();
    Integer n = next.number(id);
    if (n == null) {
      return new Outcome.InventoryInUse(by, "link " + id);
    }
    long taken = Math.max(l.heldBps(), l.booked().peakBps());
    return taken <= next.reservableBps(n)
        ? null
        : new Outcome.InventoryInUse(
            by, "capacity of " + id + ", of which " + taken + " is reserved");
  }

  private static boolean sameInventory(Inventory a, Inventory b) {
    return a.name().equals(b.name())
        && a.reservableShare() == b.reservableShare()
        && a.devices().equals(b.devices())
        && a.links().equals(b.links())
        && a.endpoints().equals(b.endpoints())
        && a.tenants().equals(b.tenants());
  }

  private static Applied observe(FabricState s, Command.ObserveLink c) {
    Integer link = s.topology().number(c.link());
    LinkState old = s.link(c.link());
    boolean same =
        old.observed() && old.up() == c.up() && old.measuredLatencyNs() == c.measuredLatencyNs();
    if (link == null || same) {
      return unchanged(s, new Outcome.Done());
    }
    Draft d = new Draft(s, c.timeMs());
    d.observe(link, c.up(), c.measuredLatencyNs());
    d.changes.add(new Applied.Change.LinkChanged(c.link()));
    return d.applied(new Outcome.Done());
  }

  // ---- leases --------------------------------------------------------------------------------

  private static Applied create(FabricState s, Command.CreateLease c) {
    Outcome earlier = earlier(s, c.request());
    if (earlier != null) {
      return unchanged(s, earlier);
    }
    Lease existing = s.leases().get(c.name());
    if (existing != null) {
      return unchanged(s, new Outcome.LeaseExists(c.name()));
    }
    Draft d = new Draft(s, c.timeMs());
    Lease lease =
        new Lease(
            c.name(),
            c.spec(),
            c.spec().startTimeMs() > c.timeMs() ? LeaseState.SCHEDULED : LeaseState.PROVISIONING,
            LeaseState.RELEASED,
            c.route(),
            "",
            1,
            d.revision,
            c.timeMs(),
            c.timeMs());
    Outcome.Refused refusal = trafficTaken(s, lease);
    if (refusal != null) {
      return unchanged(s, refusal);
    }
    d.put(null, lease);
    d.remember(c.request(), c.name());
    refusal = misplaced(d, lease, Draft.Spare.KEPT);
    return refusal != null ? unchanged(s, refusal) : d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied update(FabricState s, Command.UpdateLease c) {
    Outcome earlier = earlier(s, c.request());
    if (earlier != null) {
      return unchanged(s, earlier);
    }
    Lease old = s.leases().get(c.name());
    Outcome.Refused refusal = notChangeable(old, c.name(), c.etag());
    if (refusal != null || old == null) {
      return unchanged(s, refusal == null ? new Outcome.LeaseNotFound(c.name()) : refusal);
    }
    Draft d = new Draft(s, c.timeMs());
    boolean stays = c.route().path().equals(old.path());
    Lease lease =
        stays && c.spec().bandwidthBps() == old.spec().bandwidthBps()
            ? old.staying(c.spec(), c.route(), d.revision, c.timeMs())
            : old.on(c.spec(), c.route(), "", d.revision, c.timeMs());
    d.put(old, lease);
    d.remember(c.request(), c.name());
    // Where it stays, it may stay, even while a link of its path is down.
    stays &= c.spec().terms().equals(old.spec().terms());
    refusal = stays ? overstaying(d, lease) : misplaced(d, lease, Draft.Spare.KEPT);
    return refusal != null ? unchanged(s, refusal) : d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied move(FabricState s, Command.MoveLeases c) {
    Draft d = new Draft(s, c.timeMs());
    List<Lease> moved = new ArrayList<>();
    for (Command.Move m : c.moves()) {
      Lease old = s.leases().get(m.lease());
      if (old == null || !old.state().lives() || old.generation() != m.generation()) {
        return unchanged(s, new Outcome.Superseded(m.lease()));
      }
      boolean stays = m.route().path().equals(old.path()) && old.state() != LeaseState.DEGRADED;
      Lease lease =
          stays
              ? old.staying(old.spec(), m.route(), d.revision, c.timeMs())
              : old.on(old.spec(), m.route(), c.reason(), d.revision, c.timeMs());
      d.put(old, lease);
      moved.add(lease);
    }
    for (Lease lease : moved) {
      Lease old = s.leases().get(lease.name());
      boolean failover = old != null && lease.path().equals(old.backup());
      Outcome.Refused refusal = misplaced(d, lease, failover ? Draft.Spare.USED : Draft.Spare.KEPT);
      if (refusal != null) {
        return unchanged(s, refusal);
      }
    }
    return d.applied(new Outcome.Done());
  }

  private static Applied degrade(FabricState s, Command.DegradeLease c) {
    Lease old = s.leases().get(c.name());
    if (old == null || !old.state().lives() || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    if (old.state() == LeaseState.DEGRADED && old.reason().equals(c.reason())) {
      return unchanged(s, new Outcome.Done());
    }
    Draft d = new Draft(s, c.timeMs());
    Lease lease = old.in(LeaseState.DEGRADED, c.reason(), d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied provisioned(FabricState s, Command.Provisioned c) {
    Lease old = s.leases().get(c.name());
    if (old == null
        || old.state() != LeaseState.PROVISIONING
        || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    Draft d = new Draft(s, c.timeMs());
    Lease lease = old.in(LeaseState.ACTIVE, "", d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied failed(FabricState s, Command.ProvisioningFailed c) {
    Lease old = s.leases().get(c.name());
    if (old == null || !old.state().lives() || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    Draft d = new Draft(s, c.timeMs());
    Lease lease = old.releasing(LeaseState.FAILED, c.reason(), d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied release(FabricState s, Command.ReleaseLease c) {
    Outcome earlier = earlier(s, c.request());
    if (earlier != null) {
      return unchanged(s, earlier);
    }
    Lease old = s.leases().get(c.name());
    Outcome.Refused refusal = notChangeable(old, c.name(), c.etag());
    if (refusal != null || old == null) {
      return unchanged(s, refusal == null ? new Outcome.LeaseNotFound(c.name()) : refusal);
    }
    Draft d = new Draft(s, c.timeMs());
    Lease lease = old.releasing(LeaseState.RELEASED, "", d.revision, c.timeMs());
    d.put(old, lease);
    d.remember(c.request(), c.name());
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied released(FabricState s, Command.Released c) {
    Lease old = s.leases().get(c.name());
    if (old == null || old.state() != LeaseState.RELEASING || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    Draft d = new Draft(s, c.timeMs());
    Lease lease = old.in(old.endsAs(), old.reason(), d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied tick(FabricState s, Command.Tick c) {
    Draft d = new Draft(s, c.timeMs());
    for (Map.Entry<Due, Boolean> e : s.agenda()) {
      if (e.getKey().timeMs() > c.timeMs()) {
        break;
      }
      Lease old = d.state().leases().get(e.getKey().lease());
      if (old == null) {
        continue; // forgotten a moment ago
      }
      boolean forgotten = old.updateTimeMs() + RequestRecord.KEPT_MS <= c.timeMs();
      if (old.state().ended() && forgotten) {
        d.forget(old);
      } else if (old.state().lives() && old.spec().expireTimeMs() <= c.timeMs()) {
        d.put(old, old.releasing(LeaseState.EXPIRED, "expired", d.revision, c.timeMs()));
      } else if (old.state() == LeaseState.SCHEDULED) {
        start(d, old, c.timeMs());
      }
    }
    boolean requests = d.forgetRequestsUntil(c.timeMs() - RequestRecord.KEPT_MS);
    return d.changes.isEmpty() && !requests
        ? unchanged(s, new Outcome.Done())
        : d.applied(new Outcome.Done());
  }

  /** Begins a scheduled lease, unless what ran before it still occupies its bandwidth. */
  private static void start(Draft d, Lease old, long timeMs) {
    FabricState s = d.state();
    String wait = null;
    for (LinkId link : old.path().links()) {
      if (wait == null && s.unheldBps(link) < old.spec().bandwidthBps()) {
        wait = "waits for others to release link " + link;
      }
    }
    for (Lease other : samePair(s, old.spec())) {
      if (other.state().occupies() && other.spec().traffic().overlaps(old.spec().traffic())) {
        wait = "waits for " + other.name() + " to release the same traffic";
      }
    }
    if (wait != null) {
      if (!wait.equals(old.reason())) {
        d.put(old, old.in(LeaseState.SCHEDULED, wait, d.revision, timeMs));
      }
      return;
    }
    Outcome.Refused refusal = misplaced(d, old, Draft.Spare.USED);
    Lease lease =
        new Lease(
            old.name(),
            old.spec(),
            refusal == null ? LeaseState.PROVISIONING : LeaseState.DEGRADED,
            old.endsAs(),
            old.route(),
            refusal == null ? "" : "its path broke before it started",
            old.generation() + 1,
            d.revision,
            old.createTimeMs(),
            timeMs);
    d.put(old, lease);
  }

  // ---- checks --------------------------------------------------------------------------------

  private static @Nullable Outcome earlier(FabricState s, Command.@Nullable Request request) {
    if (request == null) {
      return null;
    }
    RequestRecord record = s.requests().get(request.key());
    if (record == null) {
      return null;
    }
    if (!record.fingerprint().equals(request.fingerprint())) {
      return new Outcome.RequestIdReused(request.key().requestId());
    }
    Lease lease = s.leases().get(record.lease());
    return lease == null ? new Outcome.LeaseNotFound(record.lease()) : new Outcome.Replayed(lease);
  }

  private static Outcome.@Nullable Refused notChangeable(
      @Nullable Lease lease, LeaseName name, long etag) {
    if (lease == null) {
      return new Outcome.LeaseNotFound(name);
    }
    if (!lease.state().lives()) {
      return new Outcome.LeaseEnded(lease);
    }
    return etag != 0 && etag != lease.revision() ? new Outcome.EtagMismatch(lease) : null;
  }

  private static Outcome.@Nullable Refused trafficTaken(FabricState s, Lease lease) {
    for (Lease other : samePair(s, lease.spec())) {
      boolean atOnce = other.state().occupies() && lease.state().occupies();
      if (other.spec().traffic().overlaps(lease.spec().traffic())
          && (atOnce || other.window().overlaps(lease.window()))) {
        return new Outcome.TrafficTaken(other.name());
      }
    }
    return null;
  }

  private static List<Lease> samePair(FabricState s, LeaseSpec spec) {
    List<Lease> all = new ArrayList<>();
    FabricState.Pair pair = new FabricState.Pair(spec.source(), spec.destination());
    s.leasesByPair()
        .getOrDefault(pair, PersistentMap.empty())
        .forEach(
            (name, yes) -> {
              Lease lease = s.leases().get(name);
              if (lease != null) {
                all.add(lease);
              }
            });
    return all;
  }

  /** Why a lease may not be where the draft has it: bandwidth, or anything else it asks for. */
  private static Outcome.@Nullable Refused misplaced(Draft d, Lease lease, Draft.Spare spare) {
    FabricState s = d.state();
    // Bandwidth is judged by what is booked, below; the lease's own is in there already.
    PathRequest request = LeaseRequests.of(s, lease.name(), lease.spec()).withBandwidthBps(0);
    Outcome.Refused refusal = unfit(s, lease, request, lease.path(), ALL_BUT_BANDWIDTH);
    Path backup = lease.backup();
    if (refusal == null && backup != null) {
      refusal =
          unfit(
              s,
              lease,
              LeaseRequests.backup(s, request, lease.spec(), lease.path()),
              backup,
              ALL_BUT_BANDWIDTH);
    }
    return refusal != null ? refusal : d.overbooked(lease, spare);
  }

  /** Where a lease is it may stay, even while links are down; but not longer than these last. */
  private static Outcome.@Nullable Refused overstaying(Draft d, Lease lease) {
    FabricState s = d.state();
    PathRequest request = LeaseRequests.of(s, lease.name(), lease.spec()).withBandwidthBps(0);
    Outcome.Refused refusal = unfit(s, lease, request, lease.path(), EnumSet.of(Kind.AVAILABILITY));
    return refusal != null ? refusal : d.overbooked(lease, Draft.Spare.KEPT);
  }

  private static Outcome.@Nullable Refused unfit(
      FabricState s, Lease lease, PathRequest request, Path path, Set<Kind> judged) {
    String problem = PathCheck.problem(s.topology(), request, path);
    if (problem != null) {
      return new Outcome.NoPath(problem);
    }
    LeaseConditions calm =
        new LeaseConditions(
            s, lease.window(), LeaseConditions.Now.calm(lease.updateTimeMs()), lease);
    List<PathCheck.Violation> violations =
        PathCheck.violations(s.topology(), calm, request, path).stream()
            .filter(v -> judged.contains(v.kind()))
            .toList();
    return violations.isEmpty() ? null : new Outcome.PathUnfit(violations);
  }

  private static Applied unchanged(FabricState s, Outcome outcome) {
    return new Applied(s, s, outcome, List.of());
  }
}
