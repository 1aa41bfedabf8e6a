package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Path;
import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The next state while a command is being applied; keeps the indices true. */
final class Draft {
  private final FabricState before;
  final long revision;
  Topology topology;
  PersistentMap<LinkId, FabricState.LinkObservation> observed;
  private PersistentMap<LinkId, Long> reserved;
  PersistentMap<LeaseName, Lease> leases;
  private PersistentMap<FabricState.Pair, PersistentMap<LeaseName, Boolean>> leasesByPair;
  PersistentMap<RequestKey, RequestRecord> requests;
  private PersistentMap<TenantId, Integer> tenantNumbers;
  final List<Applied.Change> changes = new ArrayList<>();

  Draft(FabricState s) {
    before = s;
    revision = s.revision() + 1;
    topology = s.topology();
    observed = s.observed();
    reserved = s.reserved();
    leases = s.leases();
    leasesByPair = s.leasesByPair();
    requests = s.requests();
    tenantNumbers = s.tenantNumbers();
  }

  /** Replaces {@code old} by {@code lease}: reservation and index follow. */
  void put(@Nullable Lease old, Lease lease) {
    if (old != null && old.state().reserves()) {
      reserve(old, -1);
    }
    if (lease.state().reserves()) {
      reserve(lease, +1);
    }
    FabricState.Pair pair = new FabricState.Pair(lease.spec().source(), lease.spec().destination());
    PersistentMap<LeaseName, Boolean> names =
        leasesByPair.getOrDefault(pair, PersistentMap.empty());
    names = lease.state().reserves() ? names.with(lease.name(), true) : names.without(lease.name());
    leasesByPair = names.isEmpty() ? leasesByPair.without(pair) : leasesByPair.with(pair, names);
    leases = leases.with(lease.name(), lease);
    changes.add(new Applied.Change.LeaseChanged(lease.name()));
  }

  private void reserve(Lease lease, int sign) {
    for (LinkId link : lease.path().links()) {
      long now = reserved.getOrDefault(link, 0L) + sign * lease.spec().bandwidthBps();
      reserved = now == 0 ? reserved.without(link) : reserved.with(link, now);
    }
  }

  /** The first link of the path on which more is reserved than may be. */
  Outcome.@Nullable Refused overbooked(Path path) {
    for (LinkId link : path.links()) {
      Long reservable = topology.inventory().reservableBps(link);
      long taken = reserved.getOrDefault(link, 0L);
      // A link that was overbooked by a shrunken inventory must not block changes that free it.
      if (reservable == null
          || (taken > reservable && taken > before.reserved().getOrDefault(link, 0L))) {
        return new Outcome.LinkFull(link, before.freeBps(link));
      }
    }
    return null;
  }

  void remember(Command.@Nullable Request request, LeaseName lease, long timeMs) {
    if (request != null) {
      requests =
          requests.with(request.key(), new RequestRecord(request.fingerprint(), lease, timeMs));
    }
  }

  void numberTenant(TenantId tenant) {
    if (!tenantNumbers.containsKey(tenant)) {
      int highest = 0;
      for (Map.Entry<TenantId, Integer> e : tenantNumbers) {
        highest = Math.max(highest, e.getValue());
      }
      tenantNumbers = tenantNumbers.with(tenant, highest + 1);
    }
  }

  Applied applied(Outcome outcome) {
    FabricState after =
        new FabricState(
            revision, topology, observed, reserved, leases, leasesByPair, requests, tenantNumbers);
    return new Applied(before, after, outcome, changes);
  }
}
