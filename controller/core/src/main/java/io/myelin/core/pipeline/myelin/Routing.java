package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.FabricState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * {@code routing}: every endpoint over all shortest ways, divided as {@link Routes} says. The
 * fallback for traffic without a lease.
 */
final class Routing {
  private Routing() {}

  /** Fills one device's table: local endpoints directly, the rest over links that are up. */
  static void fill(FabricState state, Routes routes, DeviceId device, Consumer<Entry> out) {
    Map<DeviceId, List<EntryAction.Member>> byLeaf = new HashMap<>();
    state
        .inventory()
        .endpoints()
        .forEach(
            (id, e) -> {
              DeviceId leaf = e.attachment().device();
              List<EntryAction.Member> members =
                  leaf.equals(device)
                      ? List.of(member(e.attachment(), 1, false))
                      : byLeaf.computeIfAbsent(leaf, to -> members(state, routes, device, to));
              if (!members.isEmpty()) {
                out.accept(entry(e, new EntryAction.Weighted(members)));
              }
            });
  }

  private static List<EntryAction.Member> members(
      FabricState state, Routes routes, DeviceId from, DeviceId to) {
    List<EntryAction.Member> members = new ArrayList<>();
    for (Routes.Hop hop : routes.toward(from, to)) {
      PortRef port = state.topology().link(hop.link()).from();
      members.add(member(port, hop.weight(), !members.isEmpty()));
    }
    return members;
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

  private static Entry entry(Endpoint e, EntryAction action) {
    return new Entry(
        new EntryKey(
            MyelinTable.ROUTING, List.of(FieldMatch.lpm("dst_addr", e.ip().value(), 128)), 0),
        action);
  }
}
