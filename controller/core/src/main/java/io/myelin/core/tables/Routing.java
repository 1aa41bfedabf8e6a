package io.myelin.core.tables;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.PortRef;
import io.myelin.core.state.FabricState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * {@code routing}: every endpoint over all shortest ways, members weighted by link capacity. The
 * fallback for traffic without a lease.
 */
final class Routing {
  private Routing() {}

  /** Fills one device's table: local endpoints directly, the rest over links that are up. */
  static void fill(FabricState state, DeviceId device, Consumer<Entry> out) {
    Inventory inv = state.inventory();
    Map<DeviceId, EntryAction> byLeaf = new HashMap<>();
    inv.endpoints()
        .forEach(
            (id, e) -> {
              DeviceId leaf = e.attachment().device();
              if (leaf.equals(device)) {
                out.accept(
                    entry(e, new EntryAction.Weighted(List.of(member(e.attachment(), 1, false)))));
                return;
              }
              EntryAction action = byLeaf.computeIfAbsent(leaf, to -> nextHops(state, device, to));
              if (!((EntryAction.Weighted) action).members().isEmpty()) {
                out.accept(entry(e, action));
              }
            });
  }

  private static EntryAction nextHops(FabricState state, DeviceId from, DeviceId to) {
    Map<DeviceId, Integer> distance = distancesTo(state, to);
    List<Link> best = new ArrayList<>();
    long narrowest = Long.MAX_VALUE;
    int here = distance.getOrDefault(from, Integer.MAX_VALUE);
    for (Link link : state.inventory().linksFrom(from)) {
      Integer there = distance.get(link.to().device());
      if (there != null && there == here - 1 && state.isUp(link.id())) {
        best.add(link);
        narrowest = Math.min(narrowest, link.capacityBps());
      }
    }
    List<EntryAction.Member> members = new ArrayList<>();
    for (int i = 0; i < best.size(); i++) {
      Link link = best.get(i);
      members.add(member(link.from(), Spreading.weight(link.capacityBps(), narrowest), i > 0));
    }
    return new EntryAction.Weighted(members);
  }

  /**
   * Members leave the group while their port is down, but for the first: {@code port_status}
   * catches what still goes there. A group must never be without members, since BMv2 divides by
   * their number.
   */
  private static EntryAction.Member member(PortRef port, int weight, boolean watched) {
    return new EntryAction.Member(
        EntryAction.call("forward", "port", port.port()), weight, watched ? port.port() : 0);
  }

  /** Hops to a device over links that are up, breadth first. */
  private static Map<DeviceId, Integer> distancesTo(FabricState state, DeviceId to) {
    Map<DeviceId, Integer> distance = new HashMap<>();
    Deque<DeviceId> open = new ArrayDeque<>();
    distance.put(to, 0);
    open.add(to);
    while (!open.isEmpty()) {
      DeviceId at = open.remove();
      int next = distance.getOrDefault(at, 0) + 1;
      for (Link link : state.inventory().linksFrom(at)) {
        // Against the direction of travel: the link that leads here is the opposite one.
        if (state.isUp(link.reverseId())
            && distance.putIfAbsent(link.to().device(), next) == null) {
          open.add(link.to().device());
        }
      }
    }
    return distance;
  }

  private static Entry entry(Endpoint e, EntryAction action) {
    return new Entry(
        new EntryKey(P4Table.ROUTING, List.of(FieldMatch.lpm("dst_addr", e.ip().value(), 128)), 0),
        action);
  }
}
