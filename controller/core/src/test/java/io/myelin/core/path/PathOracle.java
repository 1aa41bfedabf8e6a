package io.myelin.core.path;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every simple path of a small fabric, judged from the definitions of the constraints: no search,
 * no bounds, nothing of what it is there to test.
 */
final class PathOracle {
  private final RandomCase c;
  final List<Judged> paths = new ArrayList<>();

  /**
   * A path, judged.
   *
   * @param brokenBy kinds that it breaks, each with the number of its links that do (1 for kinds of
   *     the whole path)
   * @param narrowestBps least free bandwidth, access links included
   * @param load of the busiest link between switches after placement, permille
   */
  record Judged(
      List<LinkId> links,
      long value,
      long latencyNs,
      long jitterNs,
      long lossPpb,
      long cost,
      long narrowestBps,
      long load,
      Map<Kind, Integer> brokenBy) {
    Set<Kind> broken() {
      return brokenBy.isEmpty() ? EnumSet.noneOf(Kind.class) : EnumSet.copyOf(brokenBy.keySet());
    }

    boolean good() {
      return brokenBy.isEmpty();
    }
  }

  PathOracle(RandomCase c) {
    this.c = c;
    DeviceId from = c.request.source().attachment().device();
    walk(from, new ArrayList<>(), new HashSet<>(Set.of(from)));
  }

  private void walk(DeviceId at, List<Link> so, Set<DeviceId> seen) {
    if (at.equals(c.request.destination().attachment().device())) {
      paths.add(judge(so));
      return; // going on would come back here
    }
    for (Link l : c.inventory.linksFrom(at)) {
      if (seen.add(l.to().device())) {
        so.add(l);
        walk(l.to().device(), so, seen);
        so.remove(so.size() - 1);
        seen.remove(l.to().device());
      }
    }
  }

  private Judged judge(List<Link> links) {
    PathRequest r = c.request;
    Map<Kind, Integer> broken = new EnumMap<>(Kind.class);
    List<LinkId> ids = new ArrayList<>();
    ids.add(r.source().uplink());
    links.forEach(l -> ids.add(l.id()));
    ids.add(r.destination().downlink());
    long narrowest = Long.MAX_VALUE;
    for (LinkId id : ids) {
      long free = c.freeBps.getOrDefault(id, 0L);
      narrowest = Math.min(narrowest, free);
      count(free < r.bandwidthBps(), Kind.BANDWIDTH, broken);
      LinkConditions.Status s = c.status.getOrDefault(id, LinkConditions.Status.USABLE);
      count(s == LinkConditions.Status.DOWN, Kind.LINK_DOWN, broken);
      count(s == LinkConditions.Status.SWITCH_UNAVAILABLE, Kind.SWITCH_UNAVAILABLE, broken);
      count(s == LinkConditions.Status.DRAINED, Kind.DRAINED, broken);
      count(s == LinkConditions.Status.CLOSED, Kind.AVAILABILITY, broken);
    }
    long latency = 0;
    long jitter = 0;
    long loss = 0;
    long cost = 0;
    long value = 0;
    long load = 0;
    for (Link l : links) {
      facts(l, broken);
      long queueing = c.queueingNs.getOrDefault(l.id(), 0L);
      long ns = l.latencyNs().orElse(Link.DEFAULT_LATENCY_NS) + queueing;
      latency += l.latencyNs().value() + queueing;
      jitter += l.facts().jitterNs().value();
      loss += l.facts().lossPpb().value();
      cost += l.costMicrosPerGb();
      long left = Math.max(0, c.freeBps.getOrDefault(l.id(), 0L) - r.bandwidthBps());
      long leftPermille = left * 1000 / l.capacityBps();
      load = Math.max(load, 1000 - leftPermille);
      long free = Math.max(10, leftPermille);
      Weights w = r.weights();
      value +=
          switch (r.objective()) {
            case LATENCY -> ns;
            case COST -> l.costMicrosPerGb();
            case BALANCED ->
                w.latency() * ns
                    + w.cost() * 1000L * l.costMicrosPerGb()
                    + w.load() * ((ns + 1) * (1000 - free) / free);
          };
    }
    access(r.source(), broken);
    access(r.destination(), broken);
    Constraints.Limits max = r.constraints().limits();
    count(latency > max.latencyNs(), Kind.LATENCY, broken);
    count(jitter > max.jitterNs(), Kind.JITTER, broken);
    count(loss > max.lossPpb(), Kind.LOSS, broken);
    count(cost > max.costMicrosPerGb(), Kind.COST, broken);
    count(links.size() + 1 > hops(), Kind.HOPS, broken);
    count(!passes(links), Kind.VIA, broken);
    return new Judged(ids, value, latency, jitter, loss, cost, narrowest, load, broken);
  }

  int hops() {
    Device first = c.inventory.devices().get(c.request.source().attachment().device());
    int labels = first == null ? 0 : first.maxLabels();
    int asked = c.request.constraints().limits().hops();
    return asked == 0 ? labels : Math.min(asked, labels);
  }

  private static void count(boolean breaks, Kind kind, Map<Kind, Integer> broken) {
    if (breaks) {
      broken.merge(kind, 1, Integer::sum);
    }
  }

  private void facts(Link l, Map<Kind, Integer> broken) {
    Constraints q = c.request.constraints();
    String a = region(l.from().device());
    String b = region(l.to().device());
    Set<String> touched = new HashSet<>(l.facts().regions());
    boolean known = !a.isEmpty() && !b.isEmpty() && (!l.facts().regions().isEmpty() || a.equals(b));
    touched.add(a);
    touched.add(b);
    count(!allowed(known, touched), Kind.REGION, broken);
    boolean wanted = !q.encryption().isEmpty();
    count(wanted && !q.encryption().contains(l.facts().encryption()), Kind.ENCRYPTION, broken);
    Medium m = l.facts().medium();
    boolean medium =
        !q.excludedMedia().isEmpty() && (m == Medium.UNKNOWN || q.excludedMedia().contains(m));
    count(medium, Kind.MEDIUM, broken);
    Constraints.Limits max = q.limits();
    unknown(l.latencyNs(), max.latencyNs(), Kind.LATENCY, broken);
    unknown(l.facts().jitterNs(), max.jitterNs(), Kind.JITTER, broken);
    unknown(l.facts().lossPpb(), max.lossPpb(), Kind.LOSS, broken);
    count(touches(l, q.avoid()), Kind.AVOID, broken);
    count(touches(l, c.request.apart()), Kind.DISJOINT, broken);
  }

  private static void unknown(Amount of, long limit, Kind kind, Map<Kind, Integer> broken) {
    count(!of.known() && limit != Constraints.Limits.UNLIMITED, kind, broken);
  }

  private boolean allowed(boolean known, Set<String> touched) {
    Constraints.Regions r = c.request.constraints().regions();
    if (r.allowed().isEmpty() && r.denied().isEmpty()) {
      return true;
    }
    for (String t : touched) {
      boolean ok = (r.allowed().isEmpty() || r.allowed().contains(t)) && !r.denied().contains(t);
      if (!ok) {
        return false;
      }
    }
    return known;
  }

  private static boolean touches(Link l, Constraints.Avoid what) {
    return what.links().contains(l.id())
        || what.links().contains(l.reverseId())
        || what.devices().contains(l.from().device())
        || what.devices().contains(l.to().device())
        || l.facts().srlgs().stream().anyMatch(what.srlgs()::contains);
  }

  private void access(Endpoint e, Map<Kind, Integer> broken) {
    String region = region(e.attachment().device());
    count(!allowed(!region.isEmpty(), Set.of(region)), Kind.REGION, broken);
    Set<io.myelin.core.model.Encryption> kinds = c.request.constraints().encryption();
    count(!kinds.isEmpty() && !kinds.contains(e.encryption()), Kind.ENCRYPTION, broken);
  }

  private String region(DeviceId id) {
    Device d = c.inventory.devices().get(id);
    return d == null ? "" : d.region();
  }

  private boolean passes(List<Link> links) {
    List<DeviceId> order = new ArrayList<>();
    order.add(c.request.source().attachment().device());
    links.forEach(l -> order.add(l.to().device()));
    int from = 0;
    for (DeviceId v : c.request.constraints().via()) {
      int at = order.subList(from, order.size()).indexOf(v);
      if (at < 0) {
        return false;
      }
      from += at + 1;
    }
    return true;
  }

  /** A path that the search returned. */
  Judged of(Path path) {
    for (Judged p : paths) {
      if (p.links().equals(path.links())) {
        return p;
      }
    }
    throw new AssertionError("no simple path: " + path.links());
  }
}
