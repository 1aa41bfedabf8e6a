package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.collect.PersistentVector;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Topology;
import java.util.List;

/**
 * Everything the cluster agrees on. Immutable; changes share structure.
 *
 * @param revision of the last change
 * @param topology the inventory, numbered
 * @param inventoryVersion rises with each inventory that is applied to the running fabric; 0: none
 *     was since this cluster began, or it is older than there are versions
 * @param links what is so of each link now, by its number in the topology
 * @param lost devices of which the leader cannot say what they hold, and why
 * @param leases all that are remembered
 * @param leaseIndices what follows from them
 * @param usage what leases have carried
 * @param jobs all that are remembered
 * @param requestLog what became of requests
 * @param tenants what is remembered of tenants
 * @param loops what the loops decided
 */
public record FabricState(
    long revision,
    Topology topology,
    long inventoryVersion,
    PersistentVector<LinkState> links,
    PersistentMap<DeviceId, String> lost,
    PersistentMap<LeaseName, Lease> leases,
    LeaseIndices leaseIndices,
    PersistentMap<LeaseName, Usage> usage,
    PersistentMap<JobName, Job> jobs,
    RequestLog requestLog,
    TenantRecords tenants,
    LoopRecords loops) {

  public static final FabricState EMPTY =
      new FabricState(
          0,
          new Topology(Inventory.EMPTY),
          0,
          PersistentVector.filled(0, LinkState.INITIAL),
          PersistentMap.empty(),
          PersistentMap.empty(),
          LeaseIndices.EMPTY,
          PersistentMap.empty(),
          PersistentMap.empty(),
          RequestLog.EMPTY,
          TenantRecords.EMPTY,
          LoopRecords.EMPTY);

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
