package io.myelin.core.state;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Path;
import io.myelin.core.path.Topology;
import io.myelin.core.state.Lease.LeaseState;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code apply(state, command) → (state, outcome, changes)}: a pure function. Bandwidth is admitted
 * here and nowhere else, so that no leader, pause or retry can book a link twice (invariant 1), and
 * the same commands give the same state on every replica (invariant 7).
 */
public final class StateMachine {

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
    Draft d = new Draft(s);
    d.topology = new Topology(c.inventory());
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease lease = e.getValue();
      if (!lease.state().reserves()) {
        continue;
      }
      for (LinkId link : lease.path().links()) {
        if (c.inventory().reservableBps(link) == null) {
          return unchanged(s, new Outcome.InventoryInUse(lease.name(), "link " + link));
        }
      }
    }
    for (Map.Entry<LinkId, Long> e : s.reserved()) {
      Long reservable = c.inventory().reservableBps(e.getKey());
      if (reservable == null || reservable < e.getValue()) {
        LeaseName by = holderOf(s, e.getKey());
        return unchanged(
            s,
            new Outcome.InventoryInUse(
                by, "capacity of " + e.getKey() + ", of which " + e.getValue() + " is reserved"));
      }
    }
    for (Map.Entry<?, ?> e : c.inventory().tenants()) {
      d.numberTenant((io.myelin.core.model.TenantId) e.getKey());
    }
    d.changes.add(new Applied.Change.InventoryChanged());
    return d.applied(new Outcome.Done());
  }

  private static LeaseName holderOf(FabricState s, LinkId link) {
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      if (e.getValue().state().reserves() && e.getValue().path().links().contains(link)) {
        return e.getKey();
      }
    }
    throw new AssertionError("reserved bandwidth on " + link + " without a lease");
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
    FabricState.LinkObservation seen =
        new FabricState.LinkObservation(c.up(), c.measuredLatencyNs());
    if (seen.equals(s.observed().get(c.link())) || s.inventory().reservableBps(c.link()) == null) {
      return unchanged(s, new Outcome.Done());
    }
    Draft d = new Draft(s);
    d.observed = d.observed.with(c.link(), seen);
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
    Outcome.Refused refusal = trafficTaken(s, c.spec());
    refusal = refusal != null ? refusal : pathUnusable(s, c.spec(), c.path());
    if (refusal != null) {
      return unchanged(s, refusal);
    }
    Draft d = new Draft(s);
    Lease lease =
        new Lease(
            c.name(),
            c.spec(),
            LeaseState.PROVISIONING,
            LeaseState.RELEASED,
            c.path(),
            "",
            1,
            d.revision,
            c.timeMs(),
            c.timeMs());
    d.put(null, lease);
    d.remember(c.request(), c.name(), c.timeMs());
    Outcome.Refused full = d.overbooked(c.path());
    return full != null ? unchanged(s, full) : d.applied(new Outcome.LeaseDone(lease));
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
    refusal = pathUnusable(s, c.spec(), c.path());
    if (refusal != null && !c.path().equals(old.path())) {
      return unchanged(s, refusal);
    }
    Draft d = new Draft(s);
    boolean sameTables =
        c.path().equals(old.path()) && c.spec().bandwidthBps() == old.spec().bandwidthBps();
    Lease lease =
        sameTables
            ? new Lease(
                old.name(),
                c.spec(),
                old.state(),
                old.endsAs(),
                old.path(),
                old.reason(),
                old.generation(),
                d.revision,
                old.createTimeMs(),
                c.timeMs())
            : old.on(c.spec(), c.path(), LeaseState.PROVISIONING, "", d.revision, c.timeMs());
    d.put(old, lease);
    d.remember(c.request(), c.name(), c.timeMs());
    Outcome.Refused full = d.overbooked(c.path());
    return full != null ? unchanged(s, full) : d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied move(FabricState s, Command.MoveLeases c) {
    Draft d = new Draft(s);
    for (Command.Move m : c.moves()) {
      Lease old = s.leases().get(m.lease());
      if (old == null || !old.state().holds() || old.generation() != m.generation()) {
        return unchanged(s, new Outcome.Superseded(m.lease()));
      }
      Outcome.Refused refusal = pathUnusable(s, old.spec(), m.path());
      if (refusal != null) {
        return unchanged(s, refusal);
      }
      d.put(
          old,
          old.on(
              old.spec(), m.path(), LeaseState.PROVISIONING, c.reason(), d.revision, c.timeMs()));
    }
    for (Command.Move m : c.moves()) {
      Outcome.Refused full = d.overbooked(m.path());
      if (full != null) {
        return unchanged(s, full);
      }
    }
    return d.applied(new Outcome.Done());
  }

  private static Applied degrade(FabricState s, Command.DegradeLease c) {
    Lease old = s.leases().get(c.name());
    if (old == null || !old.state().holds() || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    if (old.state() == LeaseState.DEGRADED && old.reason().equals(c.reason())) {
      return unchanged(s, new Outcome.Done());
    }
    Draft d = new Draft(s);
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
    Draft d = new Draft(s);
    Lease lease = old.in(LeaseState.ACTIVE, "", d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied failed(FabricState s, Command.ProvisioningFailed c) {
    Lease old = s.leases().get(c.name());
    if (old == null || !old.state().holds() || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    Draft d = new Draft(s);
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
    Draft d = new Draft(s);
    Lease lease = old.releasing(LeaseState.RELEASED, "", d.revision, c.timeMs());
    d.put(old, lease);
    d.remember(c.request(), c.name(), c.timeMs());
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied released(FabricState s, Command.Released c) {
    Lease old = s.leases().get(c.name());
    if (old == null || old.state() != LeaseState.RELEASING || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    Draft d = new Draft(s);
    Lease lease = old.in(old.endsAs(), old.reason(), d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied tick(FabricState s, Command.Tick c) {
    Draft d = new Draft(s);
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease old = e.getValue();
      if (old.state().holds() && old.spec().expireTimeMs() <= c.timeMs()) {
        d.put(old, old.releasing(LeaseState.EXPIRED, "expired", d.revision, c.timeMs()));
      } else if (!old.state().reserves()
          && old.updateTimeMs() + RequestRecord.KEPT_MS <= c.timeMs()) {
        d.leases = d.leases.without(old.name());
        d.changes.add(new Applied.Change.LeaseChanged(old.name()));
      }
    }
    for (Map.Entry<RequestKey, RequestRecord> e : s.requests()) {
      if (e.getValue().timeMs() + RequestRecord.KEPT_MS <= c.timeMs()) {
        d.requests = d.requests.without(e.getKey());
      }
    }
    boolean nothing = d.changes.isEmpty() && d.requests.size() == s.requests().size();
    return nothing ? unchanged(s, new Outcome.Done()) : d.applied(new Outcome.Done());
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
    if (!lease.state().holds()) {
      return new Outcome.LeaseEnded(lease);
    }
    return etag != 0 && etag != lease.revision() ? new Outcome.EtagMismatch(lease) : null;
  }

  private static Outcome.@Nullable Refused trafficTaken(FabricState s, LeaseSpec spec) {
    FabricState.Pair pair = new FabricState.Pair(spec.source(), spec.destination());
    for (Map.Entry<LeaseName, Boolean> e :
        s.leasesByPair().getOrDefault(pair, io.myelin.core.collect.PersistentMap.empty())) {
      Lease other = s.leases().get(e.getKey());
      if (other != null && other.spec().traffic().overlaps(spec.traffic())) {
        return new Outcome.TrafficTaken(other.name());
      }
    }
    return null;
  }

  /** The path must lead from source to destination over links that are known and up. */
  private static Outcome.@Nullable Refused pathUnusable(FabricState s, LeaseSpec spec, Path path) {
    Endpoint source = s.inventory().endpoints().get(spec.source());
    Endpoint destination = s.inventory().endpoints().get(spec.destination());
    List<LinkId> links = path.links();
    if (source == null
        || destination == null
        || !links.get(0).equals(source.uplink())
        || !links.get(links.size() - 1).equals(destination.downlink())) {
      return new Outcome.LinkUnusable(links.get(0));
    }
    for (LinkId link : links) {
      if (s.inventory().reservableBps(link) == null || !s.isUp(link)) {
        return new Outcome.LinkUnusable(link);
      }
    }
    return null;
  }

  private static Applied unchanged(FabricState s, Outcome outcome) {
    return new Applied(s, s, outcome, List.of());
  }
}
