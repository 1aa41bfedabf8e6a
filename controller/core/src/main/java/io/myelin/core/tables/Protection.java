package io.myelin.core.tables;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Link;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.path.Path;
import io.myelin.core.state.FabricState;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code port_status} and {@code bypass}: a dead port costs what was on the wire, not what the
 * controller needs to notice.
 *
 * <p>Link protection by a detour to the very neighbour that the port led to (facility backup, RFC
 * 4090 §3.2): it serves labelled paths and routed packets alike and needs to know neither.
 */
final class Protection {
  /** A port of this device and up to three labels: what a parser of 8 labels leaves room for. */
  private static final int MAX_HOPS = 4;

  private Protection() {}

  /** Watches a port. Member order matters: the selector takes the first that is there. */
  static void watch(PortRef port, Consumer<Entry> out) {
    out.accept(
        new Entry(
            key(P4Table.PORT_STATUS, port),
            new EntryAction.Weighted(
                List.of(
                    new EntryAction.Member(EntryAction.call("port_is_up"), 1, port.port()),
                    new EntryAction.Member(EntryAction.call("port_is_down"), 1, 0)))));
  }

  /** The way around a link, if one is short enough. */
  static void bypass(FabricState state, Link link, Consumer<Entry> out) {
    List<PortRef> detour = detour(state, link);
    if (detour.isEmpty()) {
      return;
    }
    List<EntryAction.Arg> args = new ArrayList<>();
    args.add(new EntryAction.Arg("port", U128.of(detour.get(0).port())));
    for (int i = 1; i < detour.size(); i++) {
      args.add(new EntryAction.Arg("label" + i, U128.of(Path.label(detour.get(i)))));
    }
    out.accept(
        new Entry(
            key(P4Table.BYPASS, link.from()),
            new EntryAction.Call("bypass_" + detour.size(), args)));
  }

  /** Ports of the shortest detour; empty if none has at most {@link #MAX_HOPS} hops. */
  static List<PortRef> detour(FabricState state, Link link) {
    DeviceId start = link.from().device();
    DeviceId goal = link.to().device();
    Map<DeviceId, Link> reachedBy = new HashMap<>();
    Map<DeviceId, Integer> hops = new HashMap<>();
    Deque<DeviceId> open = new ArrayDeque<>();
    hops.put(start, 0);
    open.add(start);
    while (!open.isEmpty()) {
      DeviceId at = open.remove();
      int next = hops.getOrDefault(at, 0) + 1;
      if (next > MAX_HOPS) {
        break;
      }
      for (Link l : startingBehind(state, at, link)) {
        DeviceId to = l.to().device();
        if (isThisCable(l, link) || !state.isUp(l.id()) || hops.putIfAbsent(to, next) != null) {
          continue;
        }
        reachedBy.put(to, l);
        if (to.equals(goal)) {
          return back(reachedBy, start, goal);
        }
        open.add(to);
      }
    }
    return List.of();
  }

  /**
   * The links of a device in order, but from the protected one on: detours of neighbouring ports
   * begin at different ones, so that two dead cables do not meet on one.
   */
  private static List<Link> startingBehind(FabricState state, DeviceId at, Link link) {
    List<Link> links = state.inventory().linksFrom(at);
    int self = links.indexOf(link);
    if (self < 0) {
      return links;
    }
    List<Link> turned = new ArrayList<>(links.subList(self + 1, links.size()));
    turned.addAll(links.subList(0, self));
    return turned;
  }

  private static boolean isThisCable(Link l, Link link) {
    return l.id().equals(link.id()) || l.id().equals(link.reverseId());
  }

  private static List<PortRef> back(Map<DeviceId, Link> reachedBy, DeviceId start, DeviceId goal) {
    ArrayDeque<PortRef> ports = new ArrayDeque<>();
    for (DeviceId at = goal; !at.equals(start); ) {
      @Nullable Link l = reachedBy.get(at);
      if (l == null) {
        throw new AssertionError("no way back from " + at);
      }
      ports.addFirst(l.from());
      at = l.from().device();
    }
    return List.copyOf(ports);
  }

  private static EntryKey key(P4Table table, PortRef port) {
    return new EntryKey(table, List.of(FieldMatch.exact("egress_port", port.port())), 0);
  }
}
