package io.myelin.bench.lab;

import io.myelin.core.model.Device;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Tenant;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.Objective;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * What {@link PathsBench} asks, of one topology: every link reserved by 0 to 100 %, and requests
 * between random endpoints whose limits are drawn around what the best paths need, so that they
 * bind.
 *
 * <p>Where the inventory knows no cost, or no jitter, at all, each cable gets a random one: limits
 * on what is zero everywhere would limit nothing.
 */
final class PathRequests {
  /** Deep enough that hops do not bind: the peer knows no such limit. */
  private static final int LABELS = 255;

  final Topology topology;
  final LinkConditions conditions;
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final List<String> regions;
  private final Random random;
  private final long bps;

  PathRequests(Inventory inventory, long seed) {
    random = new Random(seed);
    topology = new Topology(withFacts(inventory));
    topology.inventory().endpoints().forEach((id, e) -> endpoints.add(e));
    Set<String> known = new TreeSet<>();
    topology.inventory().devices().forEach((id, d) -> known.add(d.region()));
    known.remove("");
    regions = List.copyOf(known);
    long[] free = new long[topology.links()];
    for (int l = 0; l < free.length; l++) {
      free[l] = (long) (topology.capacityBps(l) * random.nextDouble());
    }
    conditions = new Reserved(topology, free);
    long[] rates = new long[topology.fabricLinks()];
    for (int l = 0; l < rates.length; l++) {
      rates[l] = topology.capacityBps(l);
    }
    Arrays.sort(rates);
    bps = rates.length == 0 ? 0 : rates[rates.length / 2] / 10;
  }

  private Inventory withFacts(Inventory inv) {
    boolean costs = false;
    boolean jitters = false;
    for (Map.Entry<LinkId, Link> e : inv.links()) {
      costs |= e.getValue().costMicrosPerGb() > 0;
      jitters |= e.getValue().facts().jitterNs().value() > 0;
    }
    Map<LinkId, long[]> drawn = new HashMap<>();
    List<Link> links = new ArrayList<>();
    for (Map.Entry<LinkId, Link> e : inv.links()) {
      Link l = e.getValue();
      long[] d =
          drawn.getOrDefault(
              l.reverseId(), new long[] {1 + random.nextInt(100), 100 + random.nextInt(900)});
      drawn.put(l.id(), d);
      LinkFacts facts = jitters ? l.facts() : l.facts().withJitterNs(d[1]);
      long cost = costs ? l.costMicrosPerGb() : d[0];
      links.add(new Link(l.from(), l.to(), l.capacityBps(), l.latencyNs(), cost, facts));
    }
    List<Device> devices = new ArrayList<>();
    inv.devices()
        .forEach(
            (id, d) ->
                devices.add(
                    new Device(
                        id, d.role(), d.address(), d.p4DeviceId(), d.region(), d.site(), LABELS)));
    List<Endpoint> ends = new ArrayList<>();
    inv.endpoints().forEach((id, e) -> ends.add(e));
    List<Tenant> tenants = new ArrayList<>();
    inv.tenants().forEach((id, t) -> tenants.add(t));
    return new Inventory(
        inv.name(),
        inv.reservableShare(),
        inv.qos(),
        inv.puntLimits(),
        devices,
        links,
        ends,
        tenants);
  }

  /** A shortest path of least latency, nothing else. */
  PathRequest plain() {
    Endpoint from = endpoints.get(random.nextInt(endpoints.size()));
    Endpoint to = endpoints.get(random.nextInt(endpoints.size()));
    while (from.attachment().device().equals(to.attachment().device())) {
      to = endpoints.get(random.nextInt(endpoints.size()));
    }
    return PathRequest.of(from, to, 0, Objective.LATENCY);
  }

  /**
   * Least latency within a bandwidth, a cost and a jitter, half of the time around a region that
   * neither end is in: 10 % of the median link rate; up to 1.5 times the cost of the cheapest path
   * with that bandwidth around that region; 0.8 to 1.3 times the jitter of the fastest.
   */
  PathRequest constrained() {
    PathRequest r = plain().withBandwidthBps(bps);
    Constraints.Regions where = drawRegions(r);
    r = r.with(Constraints.FREE.with(where));
    PathRequest cheap =
        PathRequest.of(r.source(), r.destination(), bps, Objective.COST).with(r.constraints());
    if (!(PathSearch.find(topology, conditions, cheap) instanceof PathSearch.Found cheapest)
        || !(PathSearch.find(topology, conditions, r) instanceof PathSearch.Found fastest)) {
      return r;
    }
    long cost = (long) (cheapest.value() * (1 + random.nextDouble() / 2));
    long jitter = (long) (fastest.path().jitterNs() * (0.8 + random.nextDouble() / 2));
    return r.with(
        r.constraints()
            .with(Constraints.Limits.NONE.withCostMicrosPerGb(cost).withJitterNs(jitter)));
  }

  private Constraints.Regions drawRegions(PathRequest r) {
    List<String> others = new ArrayList<>(regions);
    others.remove(region(r.source()));
    others.remove(region(r.destination()));
    return others.isEmpty() || random.nextBoolean()
        ? Constraints.Regions.ANY
        : new Constraints.Regions(Set.of(), Set.of(others.get(random.nextInt(others.size()))));
  }

  private String region(Endpoint e) {
    Device device = topology.inventory().devices().get(e.attachment().device());
    return device == null ? "" : device.region();
  }

  private record Reserved(Topology topology, long[] free) implements LinkConditions {
    @Override
    public Status status(int link) {
      return Status.USABLE;
    }

    @Override
    public long freeBps(int link) {
      // Access links are not the question: let them have room.
      return link < topology.fabricLinks() ? free[link] : Long.MAX_VALUE;
    }

    @Override
    public boolean knowsLatency(int link) {
      return topology.declaredLatencyNs(link) > 0;
    }

    @Override
    public long latencyNs(int link) {
      return topology.declaredLatencyNs(link);
    }

    @Override
    public long queueingNs(int link) {
      return 0;
    }
  }
}
