package io.myelin.sim.cluster;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Switches, cables between them, and what their counters say. */
final class SimFabric {
  static final Inventory INVENTORY = new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT);

  private static final long TRAFFIC_NS = 500 * World.MS;

  private final World world;
  private final Map<DeviceId, SimSwitch> switches = new TreeMap<>();
  private final Map<PortRef, Long> sentBytes = new TreeMap<>();
  private final Set<LinkId> down = new TreeSet<>();

  SimFabric(World world, Invariants invariants) {
    this.world = world;
    for (Map.Entry<DeviceId, Device> e : INVENTORY.devices()) {
      switches.put(e.getKey(), new SimSwitch(e.getValue(), world, invariants));
    }
    world.after(TRAFFIC_NS, this::traffic);
  }

  SimSwitch at(DeviceId id) {
    return Objects.requireNonNull(switches.get(id), id::value);
  }

  List<SimSwitch> switches() {
    return new ArrayList<>(switches.values());
  }

  @Nullable LinkId cable(DeviceId device, int port) {
    return INVENTORY.linkFrom(new PortRef(device, port));
  }

  boolean isUp(LinkId link) {
    Link l = link(link);
    return !down.contains(link) && at(l.from().device()).isUp() && at(l.to().device()).isUp();
  }

  static Link link(LinkId id) {
    return Objects.requireNonNull(INVENTORY.links().get(id), id::value);
  }

  void cutCable(LinkId link) {
    down.add(link);
    down.add(link(link).reverseId());
  }

  void mendCable(LinkId link) {
    down.remove(link);
    down.remove(link(link).reverseId());
  }

  void mendAll() {
    down.clear();
    switches.values().forEach(SimSwitch::start);
  }

  /** A frame reaches the other end of a cable; the switch there hands it to its controller. */
  void arrive(Member member, LinkId link, byte[] frame) {
    PortRef to = link(link).to();
    SimSouthbound southbound = member.southbound();
    if (southbound != null) {
      southbound.packetIn(to.device(), to.port(), frame);
    }
  }

  Count sent(DeviceId device, int port) {
    if (port == 0) {
      return new Count(0, 0);
    }
    long bytes = sentBytes.getOrDefault(new PortRef(device, port), 0L);
    return new Count(bytes / 1000, bytes);
  }

  /** Something is sent everywhere; how much, changes. */
  private void traffic() {
    for (Map.Entry<LinkId, Link> e : INVENTORY.links()) {
      long most = e.getValue().capacityBps() / 16;
      sentBytes.merge(e.getValue().from(), (long) (world.random.nextDouble() * most), Long::sum);
    }
    for (SimSwitch s : switches.values()) {
      s.tables()
          .keySet()
          .forEach(
              key -> {
                if (SimSouthbound.PIPELINE.steers(key)) {
                  s.count(key, world.random.nextInt(1 << 20));
                }
              });
    }
    world.after(TRAFFIC_NS, this::traffic);
  }
}
