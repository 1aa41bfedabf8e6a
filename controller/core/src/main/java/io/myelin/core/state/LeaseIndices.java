package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import java.util.Map;

/**
 * What follows from the leases and is looked up all the time.
 *
 * @param byTraffic leases that have not ended, by what they take out of the traffic between their
 *     endpoints
 * @param keptApart by lease: who asked to stay disjoint from it, of those that have not ended
 * @param agenda when something becomes of leases, in order of time
 * @param ended leases that have ended, the longest ended of each tenant first
 */
public record LeaseIndices(
    PersistentMap<FabricState.Traffic, PersistentMap<LeaseName, Boolean>> byTraffic,
    PersistentMap<LeaseName, PersistentMap<LeaseName, Boolean>> keptApart,
    PersistentMap<AgendaItem, Boolean> agenda,
    PersistentMap<Ended, Boolean> ended) {
  static final LeaseIndices EMPTY =
      new LeaseIndices(
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty());

  /** Those of all these. */
  public static LeaseIndices of(PersistentMap<LeaseName, Lease> leases) {
    LeaseIndices all = EMPTY;
    for (Map.Entry<LeaseName, Lease> e : leases) {
      all = all.with(e.getValue());
    }
    return all;
  }

  LeaseIndices with(Lease lease) {
    return change(lease, true);
  }

  LeaseIndices without(Lease lease) {
    return change(lease, false);
  }

  private LeaseIndices change(Lease lease, boolean there) {
    PersistentMap<AgendaItem, Boolean> items = agenda;
    for (AgendaItem item : AgendaItem.of(lease)) {
      items = there ? items.with(item, true) : items.without(item);
    }
    if (lease.state().ended()) {
      Ended end = Ended.of(lease);
      return new LeaseIndices(
          byTraffic, keptApart, items, there ? ended.with(end, true) : ended.without(end));
    }
    var traffics = byTraffic;
    for (FabricState.Traffic traffic : FabricState.Traffic.of(lease.spec())) {
      traffics = member(traffics, traffic, lease.name(), there);
    }
    var apart = keptApart;
    for (LeaseName other : lease.spec().terms().apart().from()) {
      apart = member(apart, other, lease.name(), there);
    }
    return new LeaseIndices(traffics, apart, items, ended);
  }

  private static <K extends Comparable<K>>
      PersistentMap<K, PersistentMap<LeaseName, Boolean>> member(
          PersistentMap<K, PersistentMap<LeaseName, Boolean>> index,
          K key,
          LeaseName name,
          boolean there) {
    PersistentMap<LeaseName, Boolean> names = index.getOrDefault(key, PersistentMap.empty());
    names = there ? names.with(name, true) : names.without(name);
    return names.isEmpty() ? index.without(key) : index.with(key, names);
  }
}
