package io.myelin.core.path;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Amount;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Medium;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Tenant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A small random fabric, what is so of its links now, and a request over all kinds. */
final class RandomCase {
  private static final List<String> REGIONS = List.of("eu", "us", "ap");
  private static final long CAPACITY = 100;

  final Inventory inventory;
  final Topology topology;
  final Map<LinkId, LinkConditions.Status> status = new HashMap<>();
  final Map<LinkId, Long> freeBps = new HashMap<>();
  final Map<LinkId, Long> queueingNs = new HashMap<>();
  final PathRequest request;
  final boolean unknowns;
  private final Random random;

  RandomCase(long seed) {
    random = new Random(seed);
    unknowns = random.nextInt(3) == 0;
    int n = 2 + random.nextInt(5);
    List<Device> devices = new ArrayList<>();
    int labels = random.nextInt(4) == 0 ? 1 + random.nextInt(n) : 6;
    for (int i = 0; i < n; i++) {
      String region = random.nextInt(8) == 0 ? "" : REGIONS.get(random.nextInt(3));
      devices.add(
          new Device(id(i), Device.Role.LEAF, "127.0.0.1:" + (1 + i), 1 + i, region, "", labels));
    }
    List<Link> links = new ArrayList<>();
    int[] ports = new int[n];
    for (int i = 0; i < n; i++) {
      for (int j = i + 1; j < n; j++) {
        for (int c = random.nextInt(5) == 0 ? 2 : random.nextInt(4) > 0 ? 1 : 0; c > 0; c--) {
          cable(new PortRef(id(i), ++ports[i]), new PortRef(id(j), ++ports[j]), links);
        }
      }
    }
    int last = random.nextInt(12) == 0 ? 0 : n - 1;
    Endpoint from = endpoint(0, 200, 1);
    Endpoint to = endpoint(last, 201, 2);
    inventory =
        new Inventory(
            "random",
            1.0,
            devices,
            links,
            List.of(from, to),
            List.of(new Tenant(Fabrics.BLUE, List.of())));
    topology = new Topology(inventory);
    for (int l = 0; l < topology.links(); l++) {
      LinkConditions.Status s =
          switch (random.nextInt(30)) {
            case 0 -> LinkConditions.Status.DOWN;
            case 1 -> LinkConditions.Status.SWITCH_UNAVAILABLE;
            case 2 -> LinkConditions.Status.CLOSED;
            case 3 -> LinkConditions.Status.DRAINED;
            default -> LinkConditions.Status.USABLE;
          };
      status.put(topology.id(l), s);
      freeBps.put(topology.id(l), (long) random.nextInt(101));
      queueingNs.put(topology.id(l), (long) (random.nextInt(4) == 0 ? random.nextInt(9) : 0));
    }
    request = request(from, to, n);
  }

  private static DeviceId id(int i) {
    return new DeviceId("d" + i);
  }

  private static Endpoint endpoint(int device, int port, int host) {
    Endpoint e = Fabrics.endpoint(id(device), device + 1, host, port, Fabrics.BLUE);
    return new Endpoint(
        e.id(),
        e.attachment(),
        e.ip(),
        e.mac(),
        e.tenant(),
        CAPACITY,
        "",
        "",
        0,
        Encryption.MACSEC);
  }

  private void cable(PortRef a, PortRef b, List<Link> links) {
    LinkFacts facts =
        new LinkFacts(
            amount(random.nextInt(10)),
            amount(random.nextInt(10)),
            random.nextInt(3) == 0 ? List.of() : List.of(REGIONS.get(random.nextInt(3))),
            List.of(Encryption.values()).get(random.nextInt(5)),
            List.of(Medium.values()).get(random.nextInt(6)),
            random.nextInt(3) == 0 ? List.of("s" + random.nextInt(3)) : List.of(),
            io.myelin.core.model.Availability.ALWAYS,
            "");
    // Small numbers: ties are common.
    links.add(new Link(a, b, CAPACITY, amount(1 + random.nextInt(9)), random.nextInt(9), facts));
    links.add(new Link(b, a, CAPACITY, amount(1 + random.nextInt(9)), random.nextInt(9), facts));
  }

  /** In a third of the fabrics, not everything is known. */
  private Amount amount(long value) {
    return unknowns && random.nextInt(6) == 0 ? Amount.UNKNOWN : Amount.of(value);
  }

  private PathRequest request(Endpoint from, Endpoint to, int n) {
    Constraints c = Constraints.FREE;
    Constraints.Limits l = c.limits();
    l = random.nextInt(4) == 0 ? l.withLatencyNs(random.nextInt(30)) : l;
    l = random.nextInt(5) == 0 ? l.withJitterNs(random.nextInt(20)) : l;
    l = random.nextInt(5) == 0 ? l.withLossPpb(random.nextInt(20)) : l;
    l = random.nextInt(5) == 0 ? l.withCostMicrosPerGb(random.nextInt(20)) : l;
    l = random.nextInt(6) == 0 ? l.withHops(1 + random.nextInt(n)) : l;
    c = c.with(l);
    if (random.nextInt(5) == 0) {
      c =
          random.nextBoolean()
              ? c.with(new Constraints.Regions(Set.of("eu", "us"), Set.of()))
              : c.with(new Constraints.Regions(Set.of(), Set.of("ap")));
    }
    if (random.nextInt(6) == 0) {
      c =
          c.withEncryption(
              random.nextBoolean()
                  ? Set.of(Encryption.MACSEC)
                  : Set.of(Encryption.MACSEC, Encryption.IPSEC, Encryption.WIREGUARD));
    }
    if (random.nextInt(6) == 0) {
      c = c.withExcludedMedia(Set.of(List.of(Medium.values()).get(1 + random.nextInt(5))));
    }
    if (random.nextInt(6) == 0) {
      c = c.with(avoid(n));
    }
    if (random.nextInt(5) == 0) {
      List<DeviceId> via = new ArrayList<>();
      for (int i = 1 + random.nextInt(2); i > 0; i--) {
        DeviceId d = id(random.nextInt(n));
        if (!via.contains(d)) {
          via.add(d);
        }
      }
      c = c.withVia(via);
    }
    long bps = random.nextInt(3) == 0 ? 0 : random.nextInt(60);
    Objective objective = List.of(Objective.values()).get(random.nextInt(3));
    return PathRequest.of(from, to, bps, objective)
        .with(
            random.nextBoolean()
                ? Weights.DEFAULT
                : new Weights(random.nextInt(3), random.nextInt(3), 1 + random.nextInt(3)))
        .with(c)
        .withApart(random.nextInt(6) == 0 ? avoid(n) : Constraints.Avoid.NOTHING);
  }

  private Constraints.Avoid avoid(int n) {
    Set<DeviceId> devices = new HashSet<>();
    Set<LinkId> links = new HashSet<>();
    Set<String> srlgs = new HashSet<>();
    if (random.nextInt(3) == 0) {
      devices.add(id(random.nextInt(n)));
    }
    if (random.nextInt(3) == 0 && topology.fabricLinks() > 0) {
      links.add(topology.id(random.nextInt(topology.fabricLinks())));
    }
    if (random.nextInt(2) == 0) {
      srlgs.add("s" + random.nextInt(3));
    }
    return new Constraints.Avoid(devices, links, srlgs);
  }

  /** What the search gets to see. */
  LinkConditions conditions() {
    return new LinkConditions() {
      @Override
      public Status status(int link) {
        return status.getOrDefault(topology.id(link), Status.USABLE);
      }

      @Override
      public long freeBps(int link) {
        return freeBps.getOrDefault(topology.id(link), 0L);
      }

      @Override
      public boolean knowsLatency(int link) {
        return topology.link(link).latencyNs().known();
      }

      @Override
      public long latencyNs(int link) {
        return topology.link(link).latencyNs().orElse(Link.DEFAULT_LATENCY_NS);
      }

      @Override
      public long queueingNs(int link) {
        return queueingNs.getOrDefault(topology.id(link), 0L);
      }
    };
  }
}
