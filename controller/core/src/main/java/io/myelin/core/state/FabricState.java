package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Topology;

/**
 * Everything the cluster agrees on. Immutable; changes share structure.
 *
 * @param revision of the last change
 * @param topology the inventory, numbered
 * @param observed what discovery said of links; a link nobody spoke of counts as up
 * @param reserved bits per second that leases hold on each link and access link
 * @param leasesByPair leases (of all states that hold entries) by their endpoints
 * @param tenantNumbers 16-bit numbers in the data plane, never reused; 0 is nobody
 */
public record FabricState(
    long revision,
    Topology topology,
    PersistentMap<LinkId, LinkObservation> observed,
    PersistentMap<LinkId, Long> reserved,
    PersistentMap<LeaseName, Lease> leases,
    PersistentMap<Pair, PersistentMap<LeaseName, Boolean>> leasesByPair,
    PersistentMap<RequestKey, RequestRecord> requests,
    PersistentMap<TenantId, Integer> tenantNumbers) {

  public static final FabricState EMPTY =
      new FabricState(
          0,
          new Topology(Inventory.EMPTY),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty());

  /** Endpoints of a lease, in its direction. */
  public record Pair(EndpointId source, EndpointId destination) implements Comparable<Pair> {
    @Override
    public int compareTo(Pair o) {
      int c = source.compareTo(o.source);
      return c != 0 ? c : destination.compareTo(o.destination);
    }
  }

  /**
   * What was seen of a link.
   *
   * @param measuredLatencyNs or {@link Command.ObserveLink#UNKNOWN}
   */
  public record LinkObservation(boolean up, long measuredLatencyNs) {}

  public Inventory inventory() {
    return topology.inventory();
  }

  public boolean isUp(LinkId link) {
    LinkObservation o = observed.get(link);
    return o == null || o.up();
  }

  /** Bits per second that are still to be had on a link or access link; 0 for unknown links. */
  public long freeBps(LinkId link) {
    Long reservable = inventory().reservableBps(link);
    return reservable == null ? 0 : reservable - reserved.getOrDefault(link, 0L);
  }

  /** What the inventory says; else what was measured; else the default of 100 m of fibre. */
  public long latencyNs(Link link) {
    if (link.latencyNs() > 0) {
      return link.latencyNs();
    }
    LinkObservation o = observed.get(link.id());
    return o != null && o.measuredLatencyNs() > 0 ? o.measuredLatencyNs() : Link.DEFAULT_LATENCY_NS;
  }
}
