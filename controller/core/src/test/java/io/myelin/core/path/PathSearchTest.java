package io.myelin.core.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class PathSearchTest {
  private final Inventory fabric = Fabrics.leafSpine(2, 3, 1);

  @Test
  void spreadsOverTheLeastLoadedOfEqualPaths() {
    Map<LinkId, Long> free = new HashMap<>();
    fabric
        .links()
        .forEach((id, l) -> free.put(id, (id.value().contains("spine2") ? 90 : 50) * Fabrics.GBPS));
    PathSearch.Result r = PathSearch.find(query(fabric, 10, Objective.LATENCY, free, Set.of()));
    Path path = assertInstanceOf(PathSearch.Result.Found.class, r).path();
    assertEquals(new PortRef(new DeviceId("leaf1"), 2), path.egress().get(0));
    assertEquals(List.of(18, 18, 20), path.labels());
  }

  @Test
  void saysHowMuchIsFreeAndWhichLinkBinds() {
    Map<LinkId, Long> free = new HashMap<>();
    fabric.links().forEach((id, l) -> free.put(id, id.value().contains("spine3") ? 30L : 20L));
    free.put(new LinkId("spine3/2>leaf2/3"), 25L);
    PathSearch.Result r = PathSearch.find(query(fabric, 40, Objective.LATENCY, free, Set.of()));
    assertEquals(new PathSearch.Result.NoBandwidth(25, new LinkId("spine3/2>leaf2/3")), r);
  }

  @Test
  void saysThatNothingLeadsThere() {
    Set<LinkId> down = new HashSet<>();
    fabric.linksFrom(new DeviceId("leaf1")).forEach(l -> down.add(l.id()));
    PathSearch.Result r = PathSearch.find(query(fabric, 1, Objective.LATENCY, Map.of(), down));
    PathSearch.Result.Unreachable u = assertInstanceOf(PathSearch.Result.Unreachable.class, r);
    assertTrue(u.reason().contains("from leaf1 to leaf2"), u.reason());
  }

  /** The search against every simple path of a small random graph. */
  @Property(tries = 400)
  void findsTheOptimumOrProvesThatThereIsNone(@ForAll long seed) {
    Random random = new Random(seed);
    Inventory inv = randomFabric(random);
    Map<LinkId, Long> free = new HashMap<>();
    inv.links().forEach((id, l) -> free.put(id, (long) random.nextInt(100)));
    Set<LinkId> down = new HashSet<>();
    inv.links()
        .forEach(
            (id, l) -> {
              if (random.nextInt(6) == 0) {
                down.add(id);
              }
            });
    Objective objective = random.nextBoolean() ? Objective.LATENCY : Objective.COST;
    long bandwidth = random.nextInt(100);
    PathSearch.Query q = query(inv, bandwidth, objective, free, down);
    long[] best = {Long.MAX_VALUE, -1};
    everyPath(
        q,
        new DeviceId("d0"),
        new HashSet<>(Set.of(new DeviceId("d0"))),
        1,
        0,
        Long.MAX_VALUE,
        best);
    PathSearch.Result r = PathSearch.find(q);
    String where = "seed " + seed + ": " + r;
    if (best[0] != Long.MAX_VALUE) {
      Path p = assertInstanceOf(PathSearch.Result.Found.class, r, where).path();
      assertEquals(
          best[0], objective == Objective.LATENCY ? p.latencyNs() : p.costMicrosPerGb(), where);
    } else if (best[1] >= 0) {
      assertEquals(
          best[1],
          assertInstanceOf(PathSearch.Result.NoBandwidth.class, r, where).freeBps(),
          where);
    } else {
      assertInstanceOf(PathSearch.Result.Unreachable.class, r, where);
    }
  }

  /** best[0]: least metric with enough bandwidth; best[1]: widest bottleneck of any path. */
  private static void everyPath(
      PathSearch.Query q,
      DeviceId at,
      Set<DeviceId> seen,
      int hops,
      long metric,
      long width,
      long[] best) {
    if (at.equals(q.destination().attachment().device())) {
      best[1] = Math.max(best[1], width);
      if (width >= q.bandwidthBps()) {
        best[0] = Math.min(best[0], metric);
      }
      return;
    }
    if (hops == Path.MAX_LABELS) {
      return;
    }
    for (Link l : q.inventory().linksFrom(at)) {
      if (q.usable().test(l.id()) && seen.add(l.to().device())) {
        long cost = q.objective() == Objective.LATENCY ? l.latencyNs() : l.costMicrosPerGb();
        everyPath(
            q,
            l.to().device(),
            seen,
            hops + 1,
            metric + cost,
            Math.min(width, q.freeBps().applyAsLong(l.id())),
            best);
        seen.remove(l.to().device());
      }
    }
  }

  private static Inventory randomFabric(Random random) {
    int n = 3 + random.nextInt(5);
    List<Device> devices = new ArrayList<>();
    List<Link> links = new ArrayList<>();
    int[] nextPort = new int[n];
    for (int i = 0; i < n; i++) {
      devices.add(
          new Device(
              new DeviceId("d" + i), Device.Role.LEAF, "127.0.0.1:" + (1 + i), 1 + i, "", ""));
    }
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        if (random.nextInt(3) > 0) {
          PortRef a = new PortRef(new DeviceId("d" + i), ++nextPort[i]);
          PortRef b = new PortRef(new DeviceId("d" + j), ++nextPort[j]);
          links.add(new Link(a, b, 100, random.nextInt(50), random.nextInt(50)));
          links.add(new Link(b, a, 100, random.nextInt(50), random.nextInt(50)));
        }
      }
    }
    List<Endpoint> endpoints =
        List.of(
            Fabrics.endpoint(new DeviceId("d0"), 1, 1, 100, Fabrics.BLUE),
            Fabrics.endpoint(new DeviceId("d" + (n - 1)), 2, 1, 100, Fabrics.BLUE));
    return new Inventory(
        "r", 1.0, devices, links, endpoints, List.of(new Tenant(Fabrics.BLUE, List.of())));
  }

  private static PathSearch.Query query(
      Inventory inv,
      long bandwidth,
      Objective objective,
      Map<LinkId, Long> free,
      Set<LinkId> down) {
    List<Endpoint> ends = new ArrayList<>();
    inv.endpoints().forEach((id, e) -> ends.add(e));
    return new PathSearch.Query(
        inv,
        ends.get(0),
        ends.get(1),
        bandwidth,
        objective,
        l -> !down.contains(l),
        l -> free.getOrDefault(l, 1_000L),
        Link::latencyNs);
  }
}
