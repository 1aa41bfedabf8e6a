package io.myelin.core.path;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Shortest path with bandwidth admission: Dijkstra's algorithm over (device, hops), so that the
 * bound on labels is exact.
 *
 * <p>Ties, in this order: the objective's metric, the load of the busiest link after placement, the
 * other metric (latency or cost), hops, then the ids of the links. The same input gives the same
 * path on every machine.
 */
public final class PathSearch {

  /**
   * What is asked.
   *
   * @param bandwidthBps that every link on the way must still have, bits per second
   * @param usable links that may be used: up, and between devices that answer
   * @param freeBps unreserved bandwidth of a link or access link, bits per second
   * @param latencyNs of a link: measured where known
   */
  public record Query(
      Inventory inventory,
      Endpoint source,
      Endpoint destination,
      long bandwidthBps,
      Objective objective,
      Predicate<LinkId> usable,
      ToLongFunction<LinkId> freeBps,
      ToLongFunction<Link> latencyNs) {}

  /** The best path, or why there is none. */
  public sealed interface Result {
    record Found(Path path) implements Result {}

    /** Even without any bandwidth there is no way. */
    record Unreachable(String reason) implements Result {}

    /**
     * Ways exist, but none has room.
     *
     * @param freeBps the most that any way could carry now
     * @param binding the link that limits that way
     */
    record NoBandwidth(long freeBps, LinkId binding) implements Result {}
  }

  private record State(DeviceId device, int hops) {}

  private record Label(
      long metric,
      long loadPermille,
      long other,
      long latencyNs,
      long cost,
      State at,
      @Nullable Label previous,
      @Nullable Link via)
      implements Comparable<Label> {

    @Override
    public int compareTo(Label o) {
      int c = Long.compare(metric, o.metric);
      c = c != 0 ? c : Long.compare(loadPermille, o.loadPermille);
      c = c != 0 ? c : Long.compare(other, o.other);
      c = c != 0 ? c : Integer.compare(at.hops, o.at.hops);
      if (c != 0) {
        return c;
      }
      return via == null || o.via == null ? 0 : via.id().compareTo(o.via.id());
    }
  }

  private final Query q;

  private PathSearch(Query query) {
    this.q = query;
  }

  public static Result find(Query query) {
    return new PathSearch(query).run();
  }

  private Result run() {
    LinkId up = q.source.uplink();
    LinkId down = q.destination.downlink();
    if (!q.usable.test(up)) {
      return new Result.Unreachable("access link " + up + " is down");
    }
    if (!q.usable.test(down)) {
      return new Result.Unreachable("access link " + down + " is down");
    }
    Label best = shortest(q.bandwidthBps);
    if (best != null
        && q.freeBps.applyAsLong(up) >= q.bandwidthBps
        && q.freeBps.applyAsLong(down) >= q.bandwidthBps) {
      return new Result.Found(path(best));
    }
    return explain();
  }

  private @Nullable Label shortest(long bandwidthBps) {
    DeviceId goal = q.destination.attachment().device();
    Map<State, Label> settled = new HashMap<>();
    PriorityQueue<Label> open = new PriorityQueue<>();
    State start = new State(q.source.attachment().device(), 1);
    open.add(new Label(0, 0, 0, 0, 0, start, null, null));
    while (!open.isEmpty()) {
      Label label = open.poll();
      if (settled.putIfAbsent(label.at, label) != null) {
        continue;
      }
      if (label.at.device.equals(goal)) {
        return label;
      }
      if (label.at.hops == Path.MAX_LABELS) {
        continue;
      }
      for (Link link : q.inventory.linksFrom(label.at.device)) {
        State next = new State(link.to().device(), label.at.hops + 1);
        if (!settled.containsKey(next)
            && q.usable.test(link.id())
            && q.freeBps.applyAsLong(link.id()) >= bandwidthBps) {
          open.add(extend(label, link, next));
        }
      }
    }
    return null;
  }

  private Label extend(Label from, Link link, State to) {
    long latency = q.latencyNs.applyAsLong(link);
    long cost = link.costMicrosPerGb();
    long left = Math.max(0, q.freeBps.applyAsLong(link.id()) - q.bandwidthBps);
    long leftPermille = permille(left, link.capacityBps());
    long metric =
        switch (q.objective) {
          case LATENCY -> latency;
          case COST -> cost;
          // Waiting time of a queue grows as 1/(1 - load) (M/M/1); load is capped at 99%.
          case BALANCED -> (latency + 1) * 1000 / Math.max(10, leftPermille);
        };
    long other = q.objective == Objective.COST ? latency : cost;
    return new Label(
        from.metric + metric,
        Math.max(from.loadPermille, 1000 - leftPermille),
        from.other + other,
        from.latencyNs + latency,
        from.cost + cost,
        to,
        from,
        link);
  }

  private static long permille(long part, long whole) {
    return (long) (1000.0 * part / whole);
  }

  private Path path(Label goal) {
    List<LinkId> links = new ArrayList<>();
    List<PortRef> egress = new ArrayList<>();
    links.add(q.destination.downlink());
    egress.add(q.destination.attachment());
    for (Label l = goal; l != null && l.via != null; l = l.previous) {
      links.add(l.via.id());
      egress.add(l.via.from());
    }
    links.add(q.source.uplink());
    Collections.reverse(links);
    Collections.reverse(egress);
    return new Path(links, egress, goal.latencyNs, goal.cost);
  }

  /** The widest path says how much there would be: the answer to "how much could I have?". */
  private Result explain() {
    Label any = shortest(Long.MIN_VALUE);
    if (any == null) {
      return new Result.Unreachable(
          "no way of at most "
              + Path.MAX_LABELS
              + " hops over links that are up leads from "
              + q.source.attachment().device()
              + " to "
              + q.destination.attachment().device());
    }
    Path widest = path(any);
    // Each round asks for more than the last way could carry, so its bottleneck is excluded: at
    // most one round per link.
    for (Label l = any; l != null; ) {
      widest = path(l);
      l = shortest(bottleneck(widest.links().subList(1, widest.links().size() - 1)).freeBps + 1);
    }
    Bottleneck b = bottleneck(widest.links());
    return new Result.NoBandwidth(b.freeBps, b.link);
  }

  private record Bottleneck(long freeBps, LinkId link) {}

  private Bottleneck bottleneck(List<LinkId> links) {
    Bottleneck least = new Bottleneck(Long.MAX_VALUE - 1, q.source.uplink());
    for (LinkId link : links) {
      long free = q.freeBps.applyAsLong(link);
      if (free < least.freeBps) {
        least = new Bottleneck(free, link);
      }
    }
    return least;
  }
}
