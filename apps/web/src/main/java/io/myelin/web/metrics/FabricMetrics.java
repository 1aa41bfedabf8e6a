package io.myelin.web.metrics;

import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Estimator;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Link;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Topology;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Rejection;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LinkState;
import io.myelin.node.northbound.ControlledFabric;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** Of switches and links: as the state has them, and as they were measured last. */
final class FabricMetrics {
  private final ControlledFabric switches;
  private volatile @Nullable LinkLabels linkLabels;

  FabricMetrics(ControlledFabric switches) {
    this.switches = switches;
  }

  void add(Families f, FabricState state) {
    devices(f, state);
    links(f, state);
  }

  // ---- switches --------------------------------------------------------------------------------

  private void devices(Families f, FabricState state) {
    Map<DeviceId, Labels> labels = new TreeMap<>();
    for (Map.Entry<DeviceId, Device> e : state.inventory().devices()) {
      labels.put(e.getKey(), Labels.of("device", e.getKey().value()));
    }
    f.gauges(
        "myelin_switch_state",
        "1 in the row of the state that a switch is in.",
        g ->
            labels.forEach(
                (id, l) -> {
                  DeviceStatus.Phase is = switches.of(id).phase();
                  for (DeviceStatus.Phase p : DeviceStatus.Phase.values()) {
                    g.add(l.add("state", Families.text(p)), p == is ? 1 : 0);
                  }
                }));
    f.gauges(
        "myelin_switch_table_entries",
        "Entries that a switch has acknowledged.",
        g -> labels.forEach((id, l) -> g.add(l, switches.of(id).entries())));
    f.counters(
        "myelin_switch_rejected_frames",
        "Frames to the controller that were rejected, by why, since this member leads.",
        c ->
            labels.forEach(
                (id, l) -> {
                  for (Map.Entry<Rejection, Long> e : switches.rejected(id).entrySet()) {
                    c.add(l.add("reason", Families.text(e.getKey())), e.getValue());
                  }
                }));
    f.counters(
        "myelin_switch_repaired_entries",
        "Entries that a switch was found to lack, or to have too many of, since this member leads.",
        c -> labels.forEach((id, l) -> c.add(l, switches.repaired(id))));
    f.counters(
        "myelin_discovery_missed_frames",
        "Discovery frames that did not come although both ends were there.",
        c -> c.add(Labels.EMPTY, switches.missedFrames()));
    f.gauge(
        "myelin_fabric_miscabled_links",
        "Links whose cable goes elsewhere than the inventory says.",
        switches.miscabled().size());
  }

  // ---- links -----------------------------------------------------------------------------------

  /** A link of the fabric with what a scrape says of it, looked up once. */
  private record Seen(Labels labels, long capacityBps, LinkState state, PortRef port) {}

  private void links(Families f, FabricState state) {
    List<Seen> all = seen(state);
    gauges(f, all, "capacity_bits_per_second", "Bits per second.", s -> s.capacityBps);
    gauges(
        f,
        all,
        "reserved_bits_per_second",
        "Bits per second that leases hold.",
        s -> s.state.heldBps());
    gauges(f, all, "up", "1: packets pass.", s -> s.state.up() ? 1 : 0);
    gauges(f, all, "drained", "1: an operator wants it empty.", s -> s.state.drained() ? 1 : 0);
    List<Estimate> estimates = new ArrayList<>(all.size());
    List<Estimator.Counters> counters = new ArrayList<>(all.size());
    for (Seen s : all) {
      estimates.add(switches.estimate(s.port, s.capacityBps));
      counters.add(switches.counters(s.port));
    }
    estimates(
        f,
        all,
        estimates,
        "used_bits_per_second",
        "Bits per second, as measured.",
        (s, e) -> e.utilisation() * s.capacityBps);
    estimates(
        f,
        all,
        estimates,
        "queue_wait_seconds",
        "What a packet of RoCE without a lease waits.",
        (s, e) -> e.queueingNs() / 1e9);
    counters(f, all, counters, "sent_bytes", "Sent.", Estimator.Counters::bytes);
    counters(f, all, counters, "sent_packets", "Sent.", Estimator.Counters::packets);
    counters(f, all, counters, "marked_packets", "Marked CE here.", Estimator.Counters::marked);
    counters(
        f, all, counters, "cnp_packets", "Congestion notifications.", Estimator.Counters::cnps);
    counters(
        f,
        all,
        counters,
        "dropped_packets",
        "Handed to the port's queues and not sent; some of them may still wait there.",
        c -> Math.max(0, c.queued() - c.packets()));
  }

  /** A link by its number, with its labels. */
  private record Labelled(int link, Labels labels) {}

  /** The links of a topology in the order of their labels, which the library would bring about. */
  private record LinkLabels(Topology topology, List<Labelled> links) {
    static LinkLabels of(Topology topology) {
      List<Labelled> links = new ArrayList<>(topology.fabricLinks());
      for (int l = 0; l < topology.fabricLinks(); l++) {
        Link link = topology.link(l);
        String device = link.from().device().value();
        links.add(new Labelled(l, Labels.of("device", device, "link", topology.id(l).value())));
      }
      links.sort(Comparator.comparing(Labelled::labels));
      return new LinkLabels(topology, links);
    }
  }

  @SuppressWarnings("ReferenceEquality") // another topology is another object
  private List<Seen> seen(FabricState state) {
    Topology t = state.topology();
    LinkLabels labels = linkLabels;
    if (labels == null || labels.topology != t) {
      labels = LinkLabels.of(t);
      linkLabels = labels;
    }
    List<Seen> all = new ArrayList<>(t.fabricLinks());
    for (Labelled l : labels.links) {
      all.add(
          new Seen(
              l.labels, t.capacityBps(l.link), state.links().get(l.link), t.link(l.link).from()));
    }
    return all;
  }

  private static void gauges(
      Families f, List<Seen> all, String name, String help, ToDoubleFunction<Seen> value) {
    f.gauges(
        "myelin_link_" + name,
        help,
        g -> all.forEach(s -> g.add(s.labels, value.applyAsDouble(s))));
  }

  private static void estimates(
      Families f,
      List<Seen> all,
      List<Estimate> estimates,
      String name,
      String help,
      ToDoubleBiFunction<Seen, Estimate> value) {
    f.gauges(
        "myelin_link_" + name,
        help,
        g -> {
          for (int i = 0; i < all.size(); i++) {
            Estimate e = estimates.get(i);
            if (!e.isUnknown()) {
              g.add(all.get(i).labels, value.applyAsDouble(all.get(i), e));
            }
          }
        });
  }

  private static void counters(
      Families f,
      List<Seen> all,
      List<Estimator.Counters> counters,
      String name,
      String help,
      ToDoubleFunction<Estimator.Counters> value) {
    f.counters(
        "myelin_link_" + name,
        help,
        c -> {
          for (int i = 0; i < all.size(); i++) {
            Estimator.Counters n = counters.get(i);
            if (n != null) {
              c.add(all.get(i).labels, value.applyAsDouble(n));
            }
          }
        });
  }
}
