package io.myelin.core.path;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Constraints.Limits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** What a given path breaks of a request: for what-if questions and for admission. */
public final class PathCheck {

  /**
   * One broken constraint.
   *
   * @param link that breaks it; null: the path as a whole does
   * @param have what there is: free bandwidth, or what the path adds up; 0 where there is no number
   * @param need what is asked for, or the limit; 0 where there is no number: of a limit that names
   *     a link, that what the link adds is not known
   */
  public record Violation(Kind kind, @Nullable LinkId link, long have, long need) {
    /** How much is missing, or too much; 0 where there is no number. */
    public long missing() {
      return Math.abs(need - have);
    }
  }

  private PathCheck() {}

  /**
   * All violations, links first, in order of the path.
   *
   * @throws IllegalArgumentException when it is no path: see {@link #problem}
   */
  public static List<Violation> violations(
      Topology topology, LinkConditions conditions, PathRequest request, Path path) {
    List<Integer> links = numbers(topology, request, path);
    LinkFilter filter = new LinkFilter(topology, conditions, request);
    List<Violation> all = new ArrayList<>();
    link(topology.uplink(request.source()), topology, conditions, request, filter, all);
    for (int l : links) {
      link(l, topology, conditions, request, filter, all);
    }
    link(topology.uplink(request.destination()) + 1, topology, conditions, request, filter, all);
    Path now = PathSearch.path(topology, conditions, request, links);
    Limits max = request.constraints().limits();
    limit(Kind.LATENCY, now.latencyNs(), max.latencyNs(), all);
    limit(Kind.JITTER, now.jitterNs(), max.jitterNs(), all);
    limit(Kind.LOSS, now.lossPpb(), max.lossPpb(), all);
    limit(Kind.COST, now.costMicrosPerGb(), max.costMicrosPerGb(), all);
    limit(Kind.HOPS, links.size() + 1L, LabelSearch.maxLinks(topology, request) + 1, all);
    if (!passes(now, request.constraints().via())) {
      all.add(new Violation(Kind.VIA, null, 0, 0));
    }
    return all;
  }

  private static void link(
      int link,
      Topology topology,
      LinkConditions conditions,
      PathRequest request,
      LinkFilter filter,
      List<Violation> to) {
    int broken = filter.violations(link);
    if (broken == 0) {
      return;
    }
    for (Kind k : Kind.values()) {
      if ((broken & k.bit()) != 0) {
        boolean amount = k == Kind.BANDWIDTH;
        to.add(
            new Violation(
                k,
                topology.id(link),
                amount ? Math.max(0, conditions.freeBps(link)) : 0,
                amount ? request.bandwidthBps() : 0));
      }
    }
  }

  private static void limit(Kind kind, long have, long most, List<Violation> to) {
    if (have > most) {
      to.add(new Violation(kind, null, have, most));
    }
  }

  private static boolean passes(Path path, List<DeviceId> via) {
    int next = 0;
    for (var port : path.egress()) {
      if (next < via.size() && via.get(next).equals(port.device())) {
        next++;
      }
    }
    return next == via.size();
  }

  /** Why a path is none between the endpoints of a request in this topology; null: it is one. */
  public static @Nullable String problem(Topology topology, PathRequest request, Path path) {
    List<LinkId> ids = path.links();
    if (ids.size() < 2 || !ids.get(0).equals(request.source().uplink())) {
      return "the path does not begin at " + request.source().id();
    }
    if (!ids.get(ids.size() - 1).equals(request.destination().downlink())) {
      return "the path does not end at " + request.destination().id();
    }
    int at = topology.number(request.source().attachment().device());
    for (LinkId id : ids.subList(1, ids.size() - 1)) {
      Integer n = topology.number(id);
      if (n == null || n >= topology.fabricLinks()) {
        return "there is no link " + id;
      }
      if (topology.from(n) != at) {
        return "link " + id + " does not continue the path";
      }
      at = topology.to(n);
    }
    return at == topology.number(request.destination().attachment().device())
        ? null
        : "the path does not lead to the switch of " + request.destination().id();
  }

  /**
   * Whether a link breaks nothing that a request asks of every link, bandwidth aside.
   *
   * @return a test of links by number
   */
  public static IntPredicate usable(
      Topology topology, LinkConditions conditions, PathRequest request) {
    LinkFilter filter = new LinkFilter(topology, conditions, request.withBandwidthBps(0));
    return link -> (filter.violations(link) & ~Kind.BANDWIDTH.bit()) == 0;
  }

  /** The path over these links between switches, in order, with what it adds up to now. */
  public static Path path(
      Topology topology, LinkConditions conditions, PathRequest request, int[] links) {
    return PathSearch.path(topology, conditions, request, Arrays.stream(links).boxed().toList());
  }

  /** The same path with what it adds up to now. */
  public static Path measured(
      Topology topology, LinkConditions conditions, PathRequest request, Path path) {
    return PathSearch.path(topology, conditions, request, numbers(topology, request, path));
  }

  private static List<Integer> numbers(Topology topology, PathRequest request, Path path) {
    String problem = problem(topology, request, path);
    if (problem != null) {
      throw new IllegalArgumentException(problem);
    }
    List<Integer> links = new ArrayList<>();
    for (LinkId id : path.links().subList(1, path.links().size() - 1)) {
      Integer n = topology.number(id);
      if (n != null) {
        links.add(n);
      }
    }
    return links;
  }
}
