package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.collect.PersistentVector;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Topology;
import java.util.List;
import java.util.Map;

/**
 * Everything the cluster agrees on. Immutable; changes share structure.
 *
 * @param revision of the last change
 * @param topology the inventory, numbered
 * @param links what is so of each link now, by its number in the topology
 * @param leasesByTraffic leases that have not ended, by what they take out of the traffic between
 *     their endpoints
 * @param keptApart by lease: who asked to stay disjoint from it
 * @param agenda when something becomes of leases, in order of time
 * @param requestAges requests in order of time
 * @param tenantNumbers 16-bit numbers in the data plane, never reused; 0 is nobody
 * @param weights of routed traffic, where it is not divided by capacity
 * @param steered flows without a lease that are led around hot links
 * @param usage what leases have carried
 * @param accounts what tenants have of their quotas
 * @param ended leases that have ended, the longest ended of each tenant first
 * @param lost devices of which the leader cannot say what they hold, and why
 * @param inventoryVersion rises with each inventory that is applied to the running fabric; 0: none
 *     was since this cluster began, or it is older than there are versions
 * @param decisions the last ones of the loops, by number; at most {@link PastDecision#MOST}
 */
public record FabricState(
    long revision,
    Topology topology,
    PersistentVector<LinkState> links,
    PersistentMap<LeaseName, Lease> leases,
    PersistentMap<JobName, Job> jobs,
    PersistentMap<Traffic, PersistentMap<LeaseName, Boolean>> leasesByTraffic,
    PersistentMap<LeaseName, PersistentMap<LeaseName, Boolean>> keptApart,
    PersistentMap<AgendaItem, Boolean> agenda,
    PersistentMap<RequestKey, RequestRecord> requests,
    PersistentMap<RequestAge, Boolean> requestAges,
    PersistentMap<TenantId, Integer> tenantNumbers,
    PersistentMap<RoutePair, RouteWeights> weights,
    PersistentMap<SteeredFlow.Key, SteeredFlow> steered,
    PersistentMap<LeaseName, Usage> usage,
    PersistentMap<TenantId, QuotaUsage> accounts,
    PersistentMap<Ended, Boolean> ended,
    PersistentMap<DeviceId, String> lost,
    long inventoryVersion,
    PersistentMap<Long, PastDecision> decisions) {

  public static final FabricState EMPTY =
      new FabricState(
          0,
          new Topology(Inventory.EMPTY),
          PersistentVector.filled(0, LinkState.INITIAL),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          PersistentMap.empty(),
          0,
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
   * What leases can be at odds about: of two whose traffic overlaps, some {@code Traffic} is the
   * same.
   *
   * @param destQp a queue pair of the destination; 0: the lease names none
   */
  public record Traffic(EndpointId source, EndpointId destination, int destQp)
      implements Comparable<Traffic> {

    /** All of a lease's. */
    static List<Traffic> of(LeaseSpec spec) {
      List<Integer> qps = spec.traffic().destQps();
      return (qps.isEmpty() ? List.of(0) : qps)
          .stream().map(qp -> new Traffic(spec.source(), spec.destination(), qp)).toList();
    }

    @Override
    public int compareTo(Traffic o) {
      int c = Integer.compare(destQp, o.destQp);
      c = c != 0 ? c : source.compareTo(o.source);
      return c != 0 ? c : destination.compareTo(o.destination);
    }
  }

  /** When a request was made. */
  public record RequestAge(long timeMs, RequestKey key) implements Comparable<RequestAge> {
    @Override
    public int compareTo(RequestAge o) {
      int c = Long.compare(timeMs, o.timeMs);
      return c != 0 ? c : key.compareTo(o.key);
    }
  }

  /** {@link #leasesByTraffic} of these. */
  public static PersistentMap<Traffic, PersistentMap<LeaseName, Boolean>> byTraffic(
      PersistentMap<LeaseName, Lease> leases) {
    PersistentMap<Traffic, PersistentMap<LeaseName, Boolean>> all = PersistentMap.empty();
    for (Map.Entry<LeaseName, Lease> e : leases) {
      if (!e.getValue().state().ended()) {
        for (Traffic traffic : Traffic.of(e.getValue().spec())) {
          all = StateTransaction.member(all, traffic, e.getKey(), true);
        }
      }
    }
    return all;
  }

  /**
   * Why nobody can say whether the switches hold a lease: its ingress is out of the leader's hands.
   * Empty: they do, as far as its state says.
   */
  public String unconfirmed(Lease lease) {
    if (lost.isEmpty() || !lease.state().steers()) {
      return "";
    }
    DeviceId ingress = lease.path().egress().get(0).device();
    String why = lost.get(ingress);
    return why == null ? "" : ingress + ": " + why;
  }

  /** Whether the leader can say of no device what it holds. */
  public boolean allLost() {
    return !lost.isEmpty() && lost.size() == inventory().devices().size();
  }

  public Inventory inventory() {
    return topology.inventory();
  }

  /** What is so of a link; {@link LinkState} of nothing in particular for unknown links. */
  public LinkState link(LinkId link) {
    Integer n = topology.number(link);
    return n == null ? LinkState.INITIAL : links.get(n);
  }

  public boolean isUp(LinkId link) {
    return link(link).up();
  }

  public boolean isDrained(LinkId link) {
    return link(link).drained();
  }

  /** How many links between switches discovery has spoken of. */
  public int observedLinks() {
    int n = 0;
    for (int l = 0; l < topology.fabricLinks(); l++) {
      n += links.get(l).observed() ? 1 : 0;
    }
    return n;
  }

  /** Bits per second that leases occupy on a link or access link. */
  public long heldBps(LinkId link) {
    return link(link).heldBps();
  }

  /**
   * The least bandwidth that is still to be had on a link or access link during a window; what
   * leases occupy counts when it begins at once.
   */
  public long freeBps(int link, TimeWindow window, long nowMs) {
    LinkState l = links.get(link);
    long taken = l.takenBps(window);
    return topology.reservableBps(link)
        - (window.startMs() <= nowMs ? Math.max(taken, l.heldBps()) : taken);
  }

  /** As the other, by the link's name; 0 for unknown links. */
  public long freeBps(LinkId link, TimeWindow window, long nowMs) {
    Integer n = topology.number(link);
    return n == null ? 0 : freeBps(n, window, nowMs);
  }

  /** Bits per second that nobody occupies on a link or access link; 0 for unknown links. */
  public long unheldBps(LinkId link) {
    Integer n = topology.number(link);
    return n == null ? 0 : topology.reservableBps(n) - links.get(n).heldBps();
  }

  /** Whether the inventory says it, or it was measured. */
  public boolean knowsLatency(int link) {
    return topology.declaredLatencyNs(link) > 0 || links.get(link).measuredLatencyNs() > 0;
  }

  /** What the inventory says; else what was measured; else what unknown ones are compared by. */
  public long latencyNs(int link) {
    long declared = topology.declaredLatencyNs(link);
    if (declared > 0) {
      return declared;
    }
    long measured = links.get(link).measuredLatencyNs();
    return measured > 0 ? measured : Link.DEFAULT_LATENCY_NS;
  }

  /** As the other, by the link's name. */
  public long latencyNs(Link link) {
    Integer n = topology.number(link.id());
    return n == null ? Link.DEFAULT_LATENCY_NS : latencyNs(n);
  }
}
