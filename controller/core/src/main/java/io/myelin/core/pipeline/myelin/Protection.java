package io.myelin.core.pipeline.myelin;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Link;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.path.Path;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryAction;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.FieldMatch;
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
 * {@code port_status}, {@code node_bypass} and {@code bypass}: a dead port costs what was on the
 * wire, not what the controller needs to notice.
 *
 * <p>Link protection by a detour to the very neighbour that the port led to (facility backup, RFC
 * 4090 §3.2): it serves labelled paths and routed packets alike and needs to know neither. Labelled
 * packets name the switch behind the neighbour: where a short way leads there, it is taken first,
 * since the neighbour itself may be what died.
 */
final class Protection {
  /** A port of this device and up to three labels: what a parser of 8 labels leaves room for. */
  private static final int MAX_HOPS = 4;

  /** The same where the neighbour's label makes room for one of them. */
  private static final int MAX_NODE_HOPS = 3;

  private Protection() {}

  /** Watches a port. Member order matters: the selector takes the first that is there. */
  static void watch(PortRef port, Consumer<Entry> out) {
    out.accept(
        new Entry(
            key(MyelinTable.PORT_STATUS, port),
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
    out.accept(new Entry(key(MyelinTable.BYPASS, link.from()), call("bypass_", detour)));
  }

  /** The first hop is a port of this switch, the others are labels. */
  private static EntryAction.Call call(String action, List<PortRef> detour) {
    List<EntryAction.Arg> args = new ArrayList<>();
    args.add(new EntryAction.Arg("port", U128.of(detour.get(0).port())));
    for (int i = 1; i < detour.size(); i++) {
      args.add(new EntryAction.Arg("label" + i, U128.of(Path.label(detour.get(i)))));
    }
    return new EntryAction.Call(action + detour.size(), args);
  }

  /** The ways to whatever the neighbour behind a link leads to, without that neighbour. */
  static void nodeBypass(FabricState state, Link link, Consumer<Entry> out) {
    DeviceId start = link.from().device();
    DeviceId dead = link.to().device();
    Map<DeviceId, Link> reachedBy = reach(state, link, MAX_NODE_HOPS, dead, null);
    for (Link onward : state.inventory().linksFrom(dead)) {
      DeviceId goal = onward.to().device();
      if (goal.equals(start) || !reachedBy.containsKey(goal)) {
        continue;
      }
      List<PortRef> detour = back(reachedBy, start, goal);
      out.accept(
          new Entry(
              new EntryKey(
                  MyelinTable.NODE_BYPASS,
                  List.of(
                      FieldMatch.exact("egress_port", link.from().port()),
                      FieldMatch.exact("label", Path.label(onward.from()))),
                  0),
              call("node_bypass_", detour)));
    }
  }

  /** Ports of the shortest detour; empty if none has at most {@link #MAX_HOPS} hops. */
  static List<PortRef> detour(FabricState state, Link link) {
    DeviceId goal = link.to().device();
    Map<DeviceId, Link> reachedBy = reach(state, link, MAX_HOPS, null, goal);
    return reachedBy.containsKey(goal) ? back(reachedBy, link.from().device(), goal) : List.of();
  }

  /**
   * What can be reached without a link, by live links, breadth first; each switch by its last link.
   *
   * @param without a switch that is not passed either
   * @param goal where it may end
   */
  private static Map<DeviceId, Link> reach(
      FabricState state, Link link, int most, @Nullable DeviceId without, @Nullable DeviceId goal) {
    DeviceId start = link.from().device();
    Map<DeviceId, Link> reachedBy = new HashMap<>();
    Map<DeviceId, Integer> hops = new HashMap<>();
    Deque<DeviceId> open = new ArrayDeque<>();
    hops.put(start, 0);
    open.add(start);
    while (!open.isEmpty()) {
      DeviceId at = open.remove();
      int next = hops.getOrDefault(at, 0) + 1;
      if (next > most) {
        break;
      }
      for (Link l : startingBehind(state, at, link)) {
        DeviceId to = l.to().device();
        if (to.equals(without)
            || isThisCable(l, link)
            || !state.isUp(l.id())
            || hops.putIfAbsent(to, next) != null) {
          continue;
        }
        reachedBy.put(to, l);
        if (to.equals(goal)) {
          return reachedBy;
        }
        open.add(to);
      }
    }
    return reachedBy;
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

  private static EntryKey key(MyelinTable table, PortRef port) {
    return new EntryKey(table, List.of(FieldMatch.exact("egress_port", port.port())), 0);
  }
}
