package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Link;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PortCounter;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.SteeredFlow;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** p4/myelin.p4: what every table of every switch should hold (invariant 3). */
public final class MyelinPipeline implements Pipeline {
  public static final MyelinPipeline INSTANCE = new MyelinPipeline();

  private static final List<MyelinTable> TABLES = List.of(MyelinTable.values());

  private MyelinPipeline() {}

  @Override
  public String name() {
    return "myelin";
  }

  @Override
  public List<MyelinTable> tables() {
    return TABLES;
  }

  @Override
  public SortedMap<EntryKey, Entry> entries(FabricState state, Routes routes, DeviceId id) {
    SortedMap<EntryKey, Entry> all = base(state, routes, id);
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease lease = e.getValue();
      if (lease.state().steers() && lease.path().ingress().equals(id)) {
        PathSteering.fill(state, lease, entry -> all.put(entry.key(), entry));
      }
    }
    for (Map.Entry<SteeredFlow.Key, SteeredFlow> e : state.loops().steered()) {
      if (e.getValue().path().ingress().equals(id)) {
        PathSteering.fill(state, e.getValue(), entry -> all.put(entry.key(), entry));
      }
    }
    return all;
  }

  @Override
  public List<Entry> ofLease(FabricState state, Lease lease) {
    List<Entry> entries = new ArrayList<>();
    if (lease.state().steers()) {
      PathSteering.fill(state, lease, entries::add);
    }
    return entries;
  }

  @Override
  public List<Entry> ofFlow(FabricState state, SteeredFlow flow) {
    List<Entry> entries = new ArrayList<>();
    PathSteering.fill(state, flow, entries::add);
    return entries;
  }

  /** See p4/myelin.p4, {@code boundary}. */
  @Override
  public List<Entry> gates(List<Entry> entries) {
    return entries.stream().map(PathSteering::gated).toList();
  }

  /** All but {@link MyelinTable#PATH_STEERING}. */
  @Override
  public SortedMap<EntryKey, Entry> base(FabricState state, Routes routes, DeviceId id) {
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
    Integer n = state.tenants().numbers().get(tenant);
    if (n == null) {
      throw new AssertionError("tenant " + tenant + " has no number");
    }
    return n;
  }

  @Override
  public boolean steers(EntryKey key) {
    return key.table() == MyelinTable.PATH_STEERING;
  }

  @Override
  public boolean routes(EntryKey key) {
    return key.table() == MyelinTable.ROUTING;
  }

  @Override
  public PuntReason reason(int code) {
    return Punt.reason(code);
  }

  @Override
  public String counter(PortCounter counter) {
    return switch (counter) {
      case SENT -> "egress_port_counter";
      case QUEUED -> "queued_counter";
      case MARKED -> "ecn_marked_counter";
      case CNP -> "cnp_counter";
    };
  }

  @Override
  public String drops() {
    return "drop_counter";
  }

  @Override
  public MyelinTable steering() {
    return MyelinTable.PATH_STEERING;
  }

  @Override
  public MyelinTable demand() {
    return MyelinTable.ENDPOINT_TENANT;
  }

  @Override
  public @Nullable U128 destination(EntryKey key) {
    FieldMatch destination = key.table() == MyelinTable.ENDPOINT_TENANT ? key.on("dst_addr") : null;
    return destination == null ? null : destination.value();
  }
}
