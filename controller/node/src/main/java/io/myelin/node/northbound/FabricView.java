package io.myelin.node.northbound;

import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Loops;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.DropReason;
import io.myelin.core.pipeline.PortCounter;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.port.SwitchCounters;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LinkState;
import io.myelin.v1.DropCount;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A snapshot of the fabric as API messages. */
final class FabricView {
  private final FabricState state;
  private final DeviceStatus status;
  private final Loops loops;
  private final Conditions.Seen conditions;
  private final Map<DeviceId, SwitchCounters> counters;

  FabricView(
      FabricState state,
      DeviceStatus status,
      Loops loops,
      Conditions.Seen conditions,
      Map<DeviceId, SwitchCounters> counters) {
    this.conditions = conditions;
    this.loops = loops;
    this.state = state;
    this.status = status;
    this.counters = counters;
  }

  io.myelin.v1.@Nullable Device device(DeviceId id) {
    Device d = state.inventory().devices().get(id);
    if (d == null) {
      return null;
    }
    DeviceStatus.Status s = status.of(id);
    io.myelin.v1.Device.Builder b =
        io.myelin.v1.Device.newBuilder()
            .setName(id.value())
            .setRole(d.role().name().toLowerCase(Locale.ROOT))
            .setAddress(d.address())
            .setDeviceId(d.p4DeviceId())
            .setRegion(d.region())
            .setSite(d.site())
            .setReason(s.reason())
            .setTableEntries(s.entries())
            .setDrained(drained(id))
            .addAllConditions(conditions.of(id.value()))
            .setState(
                switch (s.phase()) {
                  case DISCONNECTED -> io.myelin.v1.Device.State.STATE_DISCONNECTED;
                  case SYNCING -> io.myelin.v1.Device.State.STATE_SYNCING;
                  case READY -> io.myelin.v1.Device.State.STATE_READY;
                  case FAILED -> io.myelin.v1.Device.State.STATE_FAILED;
                });
    SwitchCounters c = counters.get(id);
    if (c != null) {
      status
          .rejected(id)
          .forEach(
              (why, n) ->
                  b.addRejected(DropCount.newBuilder().setReason(why.name()).setPackets(n)));
      for (DropReason reason : DropReason.values()) {
        Count n = c.dropped(reason);
        if (n.packets() > 0) {
          b.addDrops(
              DropCount.newBuilder()
                  .setReason(reason.name())
                  .setPackets(n.packets())
                  .setBytes(n.bytes()));
        }
      }
    }
    return b.build();
  }

  private boolean drained(DeviceId id) {
    List<Link> links = state.inventory().linksFrom(id);
    return !links.isEmpty() && links.stream().allMatch(l -> state.isDrained(l.id()));
  }

  io.myelin.v1.@Nullable Link link(LinkId id) {
    Link link = state.inventory().links().get(id);
    if (link == null) {
      return null;
    }
    LinkState seen = state.link(id);
    LinkFacts facts = link.facts();
    io.myelin.v1.Link.Builder b =
        reserved(id)
            .setFrom(link.from().toString())
            .setTo(link.to().toString())
            .setCapacityBps(link.capacityBps())
            .setCostMicrosPerGb(link.costMicrosPerGb())
            .setDiscovered(seen.observed() && seen.up())
            .setMeasuredLatencyNs(Math.max(0, seen.measuredLatencyNs()))
            .addAllRegions(facts.regions())
            .setEncryption(PathProtos.encryption(facts.encryption()))
            .setMedium(PathProtos.medium(facts.medium()))
            .addAllSrlgs(facts.srlgs())
            .addAllConditions(conditions.of(id.value()));
    Integer number = state.topology().number(id);
    if (number != null && state.knowsLatency(number)) {
      b.setLatencyNs(state.latencyNs(number));
    }
    facts.jitterNs().optional().ifPresent(b::setJitterNs);
    facts.lossPpb().optional().ifPresent(b::setLossPpb);
    return sent(b, link.from()).build();
  }

  io.myelin.v1.Link uplink(Endpoint e) {
    return reserved(e.uplink())
        .setFrom(e.id().value())
        .setTo(e.attachment().toString())
        .setCapacityBps(e.capacityBps())
        .build();
  }

  io.myelin.v1.Link downlink(Endpoint e) {
    io.myelin.v1.Link.Builder b =
        reserved(e.downlink())
            .setFrom(e.attachment().toString())
            .setTo(e.id().value())
            .setCapacityBps(e.capacityBps());
    return sent(b, e.attachment()).build();
  }

  private io.myelin.v1.Link.Builder reserved(LinkId id) {
    LinkState link = state.link(id);
    return io.myelin.v1.Link.newBuilder()
        .setName(id.value())
        .setUp(link.up())
        .setReservedBps(link.heldBps())
        .setFreeBps(state.unheldBps(id))
        .setDrained(link.drained())
        .setSlowed(link.slowed())
        .setLeases(leases(id, link));
  }

  /** Leases whose path, not only whose backup, uses a link. */
  private int leases(LinkId id, LinkState link) {
    int n = 0;
    for (Map.Entry<LeaseName, Boolean> e : link.leases()) {
      Lease lease = state.leases().get(e.getKey());
      n += lease != null && lease.path().links().contains(id) ? 1 : 0;
    }
    return n;
  }

  private io.myelin.v1.Link.Builder sent(io.myelin.v1.Link.Builder b, PortRef port) {
    Estimate estimate = loops.estimate(port, b.getCapacityBps());
    if (!estimate.isUnknown()) {
      b.setEstimate(LoopProtos.estimate(estimate));
    }
    SwitchCounters c = counters.get(port.device());
    if (c == null) {
      return b;
    }
    Count n = c.of(PortCounter.SENT, port.port());
    // Read in this order, so that what is queued meanwhile does not count as unsent.
    long unsent = c.of(PortCounter.QUEUED, port.port()).packets() - n.packets();
    return b.setPackets(n.packets())
        .setBytes(n.bytes())
        .setMarkedPackets(c.of(PortCounter.MARKED, port.port()).packets())
        .setCnpPackets(c.of(PortCounter.CNP, port.port()).packets())
        .setUnsentPackets(Math.max(0, unsent));
  }

  io.myelin.v1.@Nullable Endpoint endpoint(EndpointId id) {
    Endpoint e = state.inventory().endpoints().get(id);
    if (e == null) {
      return null;
    }
    return io.myelin.v1.Endpoint.newBuilder()
        .setName(id.value())
        .setDevice(e.attachment().device().value())
        .setPort(e.attachment().port())
        .setIp(e.ip().toString())
        .setMac(e.mac().toString())
        .setTenant(e.tenant().value())
        .setCapacityBps(e.capacityBps())
        .setRack(e.rack())
        .setHost(e.host())
        .setRail(e.rail())
        .build();
  }

  /** Without how many leases of whoever use it. */
  static io.myelin.v1.Link confined(io.myelin.v1.Link link) {
    return link.toBuilder().clearLeases().build();
  }

  /** What of the fabric a caller may see. */
  io.myelin.v1.Fabric fabric(VisibilityFilter visible) {
    io.myelin.v1.Fabric.Builder b =
        io.myelin.v1.Fabric.newBuilder()
            .setName(state.inventory().name())
            .setRevision(state.revision())
            .setInventoryEtag(InventoryApi.etag(state));
    if (visible.everything()) {
      b.addAllConditions(conditions.general());
    }
    state.inventory().devices().forEach((id, d) -> add(device(id), b::addDevices));
    UnaryOperator<io.myelin.v1.Link> seen =
        visible.everything() ? UnaryOperator.identity() : FabricView::confined;
    state
        .inventory()
        .links()
        .forEach((id, l) -> add(link(id), link -> b.addLinks(seen.apply(link))));
    state
        .inventory()
        .endpoints()
        .forEach(
            (id, e) -> {
              if (visible.sees(e)) {
                b.addLinks(seen.apply(uplink(e))).addLinks(seen.apply(downlink(e)));
                add(endpoint(id), b::addEndpoints);
              }
            });
    return b.build();
  }

  private static <T> void add(@Nullable T value, java.util.function.Consumer<T> to) {
    if (value != null) {
      to.accept(value);
    }
  }
}
