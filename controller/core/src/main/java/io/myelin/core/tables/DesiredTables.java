package io.myelin.core.tables;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Link;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.GuidedFlow;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** What every table of every switch should hold: a pure function of the state (invariant 3). */
public final class DesiredTables {
  private DesiredTables() {}

  /** The whole content of a device, in the order in which tables are filled. */
  public static SortedMap<EntryKey, Entry> of(FabricState state, DeviceId id) {
    return of(state, Routes.of(state), id);
  }

  /**
   * The same, where several devices of one state are asked for.
   *
   * @param routes of that state
   */
  public static SortedMap<EntryKey, Entry> of(FabricState state, Routes routes, DeviceId id) {
    SortedMap<EntryKey, Entry> all = base(state, routes, id);
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease lease = e.getValue();
      if (lease.state().steers() && ingress(state, lease).equals(id)) {
        PathSteering.fill(state, lease, entry -> all.put(entry.key(), entry));
      }
    }
    for (Map.Entry<GuidedFlow.Key, GuidedFlow> e : state.guided()) {
      if (ingress(e.getValue()).equals(id)) {
        PathSteering.fill(state, e.getValue(), entry -> all.put(entry.key(), entry));
      }
    }
    return all;
  }

  /** Entries of one lease; all of them at {@link #ingress}. Empty once it holds none. */
  public static List<Entry> ofLease(FabricState state, Lease lease) {
    List<Entry> entries = new ArrayList<>();
    if (lease.state().steers()) {
      PathSteering.fill(state, lease, entries::add);
    }
    return entries;
  }

  /** The entries of a flow that is led, all of them at its {@link #ingress}. */
  public static List<Entry> ofFlow(FabricState state, GuidedFlow flow) {
    List<Entry> entries = new ArrayList<>();
    PathSteering.fill(state, flow, entries::add);
    return entries;
  }

  /**
   * What takes a lease's flows over to other entries between two messages, while those that it has
   * stay: see p4/myelin.p4, {@code boundary}.
   */
  public static List<Entry> gates(List<Entry> entries) {
    return entries.stream().map(PathSteering::gated).toList();
  }

  /** The device that pushes a flow's label stack. */
  public static DeviceId ingress(GuidedFlow flow) {
    return flow.path().egress().get(0).device();
  }

  /** The device that pushes a lease's label stack. */
  public static DeviceId ingress(FabricState state, Lease lease) {
    return lease.path().egress().get(0).device();
  }

  /** Everything but leases and flows that are led: all but {@link P4Table#PATH_STEERING}. */
  public static SortedMap<EntryKey, Entry> base(FabricState state, Routes routes, DeviceId id) {
    SortedMap<EntryKey, Entry> all = new TreeMap<>();
    Consumer<Entry> out = e -> all.put(e.key(), e);
    Device device = state.inventory().devices().get(id);
    if (device == null) {
      return all;
    }
    List<Endpoint> local = state.inventory().endpointsAt(id);
    QosProfile qos = state.inventory().qos();
    PuntLimits limits = state.inventory().puntLimits();
    CongestionSession.fill(out);
    SwitchConfig.fill(device, out);
    TrafficClass.fill(qos, out);
    Punt.fill(out);
    Adjacency.fillController(out);
    for (Link link : state.inventory().linksFrom(id)) {
      Adjacency.fill(link.from(), out);
      Protection.watch(link.from(), out);
      Protection.bypass(state, link, out);
      Protection.nodeBypass(state, link, out);
      QueueProfile.fill(qos, state.link(link.id()), link.from(), link.capacityBps(), out);
      Punt.fillFabricPort(limits, link.from(), out);
      TenantClassifier.fillFabricPort(link.from(), out);
    }
    for (Endpoint e : local) {
      Adjacency.fill(e.attachment(), out);
      Protection.watch(e.attachment(), out);
      QueueProfile.fill(qos, state.link(e.downlink()), e.attachment(), e.capacityBps(), out);
      Neighbor.fill(device, e, out);
      Punt.fillEndpoint(limits, e, out);
      TenantClassifier.fillEndpoint(e, number(state, e.tenant()), out);
    }
    if (!local.isEmpty()) {
      fillPolicy(state, out);
    }
    Routing.fill(state, routes, id, out);
    return all;
  }

  private static void fillPolicy(FabricState state, Consumer<Entry> out) {
    state
        .inventory()
        .endpoints()
        .forEach((n, e) -> EndpointTenant.fill(e, number(state, e.tenant()), out));
    for (Map.Entry<TenantId, Tenant> t : state.inventory().tenants()) {
      int number = number(state, t.getKey());
      IsolationAcl.fill(number, number, out);
      for (TenantId other : t.getValue().mayReach()) {
        IsolationAcl.fill(number, number(state, other), out);
      }
    }
  }

  private static int number(FabricState state, TenantId tenant) {
    Integer n = state.tenantNumbers().get(tenant);
    if (n == null) {
      throw new AssertionError("tenant " + tenant + " has no number");
    }
    return n;
  }
}
