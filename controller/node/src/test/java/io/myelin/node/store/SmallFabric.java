package io.myelin.node.store;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Path;
import io.myelin.core.path.Scope;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Collective;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.PastDecision;
import io.myelin.core.state.RequestKey;
import io.myelin.core.state.Route;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.RouteWeights;
import io.myelin.core.state.SteeredFlow;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.state.Usage;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Commands of every kind on a small fabric, as a node would make them; by seed. */
public final class SmallFabric {
  static final Inventory INVENTORY = new LeafSpine(3, 2, 3).inventory(FabricOptions.DEFAULT);

  private static final TenantId TENANT = INVENTORY.tenants().iterator().next().getKey();
  private static final long BPS = 1_000_000_000L;
  private static final long START_MS = 1_750_000_000_000L;

  private static final List<Objective> OBJECTIVES = List.of(Objective.values());

  private final Random random;
  private long timeMs = START_MS;
  private int serial;
  private long decisions;

  SmallFabric(long seed) {
    random = new Random(seed);
  }

  static Command inventory() {
    return new Command.SetInventory(INVENTORY, START_MS);
  }

  static LeaseName name(int n) {
    return new LeaseName(TENANT, "l" + n);
  }

  /** A lease that always fits into an empty fabric. */
  static Command.CreateLease create(FabricState s, int n, String requestId) {
    LeaseSpec spec =
        new LeaseSpec(
            new EndpointId("leaf1-host1"),
            new EndpointId("leaf2-host1"),
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(n + 1)),
            BPS / 1_000,
            Terms.of(Objective.LATENCY).withBurstBps(BPS / 500),
            LeaseSpec.NEVER);
    Route route = Placement.of(s, spec, Now.calm(START_MS)).route(Set.of());
    if (route == null) {
      throw new AssertionError("no route");
    }
    return new Command.CreateLease(
        name(n),
        spec,
        route,
        new Command.Request(new RequestKey(TENANT, requestId), "fp" + n),
        START_MS + n);
  }

  /** Something that may happen next. */
  Command next(FabricState s) {
    timeMs += random.nextInt(5_000);
    Command c = null;
    while (c == null) {
      c = attempt(s);
    }
    return c;
  }

  /** Kinds that came after format 1 was recorded, about some lease; empty while there is none. */
  List<Command> newer(FabricState s) {
    Lease lease = pick(s);
    return lease == null
        ? List.of()
        : List.of(
            new Command.ReleaseRefused(lease.name(), lease.generation(), "not this one", timeMs),
            new Command.ForceRelease(lease.name(), request(), timeMs),
            new Command.ObserveDevice(
                lease.path().egress().get(0).device(),
                random.nextBoolean() ? "another controller is primary" : "",
                timeMs),
            new Command.SeedInventory(INVENTORY, timeMs),
            new Command.ApplyInventory(
                new InventoryDraft(s.inventory())
                    .reservableShare(1 - random.nextInt(100) * 1e-9)
                    .build(),
                s.inventoryVersion(),
                timeMs),
            new Command.RecordDecisions(List.of(decision(lease)), timeMs),
            share(lease),
            new Command.SetBursts(
                List.of(
                    new Command.Burst(
                        lease.name(), lease.generation(), random.nextLong(BPS / 1_000))),
                timeMs));
  }

  private Command share(Lease lease) {
    long bps = 1 + lease.spec().bandwidthBps() / 100 * random.nextInt(101);
    return new Command.ShareOut(
        List.of(
            new Command.Share(
                lease.name(), lease.generation(), lease.route(), bps, "has less than it asks for")),
        timeMs);
  }

  private PastDecision decision(Lease lease) {
    return new PastDecision(
        ++decisions,
        timeMs,
        "MOVE",
        lease.path().links().get(0),
        List.of(lease.name().toString()),
        List.of(),
        random.nextDouble(),
        random.nextDouble(),
        true,
        "for the test",
        random.nextInt(1_000));
  }

  private @Nullable Command attempt(FabricState s) {
    Lease lease = pick(s);
    int kind = random.nextInt(21);
    if (kind < 5) {
      LeaseSpec spec = spec(s);
      Route route = spec == null ? null : route(s, spec);
      return route == null || spec == null
          ? null
          : new Command.CreateLease(name(serial++), spec, route, request(), timeMs);
    }
    LinkId link = link(s);
    return switch (kind) {
      case 5 -> new Command.ObserveLink(link, random.nextInt(4) > 0, random.nextInt(9000), timeMs);
      case 6 -> new Command.SetDrained(List.of(link), random.nextBoolean(), timeMs);
      case 7 -> new Command.SlowLink(link, random.nextBoolean(), timeMs);
      case 8 -> weights(s);
      case 9 -> guide(s);
      case 10 -> job(s);
      case 11 -> new Command.Tick(timeMs);
      case 12 -> endJob(s);
      default -> about(s, lease, kind);
    };
  }

  private @Nullable Command about(FabricState s, @Nullable Lease lease, int kind) {
    if (lease == null) {
      return null;
    }
    LeaseName name = lease.name();
    return switch (kind) {
      case 13 -> new Command.DegradeLease(name, lease.generation(), "no way", timeMs);
      case 14 -> new Command.ProvisioningFailed(name, lease.generation(), "switch full", timeMs);
      case 15 -> new Command.ReleaseLease(name, 0, request(), timeMs);
      case 16 -> new Command.Released(name, lease.generation(), timeMs);
      case 17 -> {
        LeaseSpec spec = lease.spec().withBandwidthBps(BPS * (1 + random.nextInt(20)));
        yield new Command.UpdateLease(name, spec, lease.route(), 0, request(), timeMs);
      }
      case 18 -> move(s, lease);
      case 19 -> usage(s, lease);
      default -> new Command.Provisioned(name, lease.generation(), timeMs);
    };
  }

  private Command usage(FabricState s, Lease lease) {
    List<Command.Reading> all = new ArrayList<>();
    for (Entry e : MyelinPipeline.INSTANCE.ofLease(s, lease.asHeld())) {
      Usage.Counter c = new Usage.Counter(lease.path().ingress(), e.key().text());
      Long made = random.nextBoolean() ? null : (Long) (long) random.nextInt(3);
      all.add(
          new Command.Reading(
              lease.name(), c, made, random.nextInt(1000), random.nextInt(1_000_000)));
    }
    return new Command.RecordUsage(all, timeMs);
  }

  private @Nullable Command move(FabricState s, Lease lease) {
    Route route = route(s, lease.spec());
    if (route == null) {
      return null;
    }
    Command.Move move = new Command.Move(lease.name(), lease.generation(), route);
    return new Command.MoveLeases(List.of(move), "moved", timeMs);
  }

  private @Nullable Lease pick(FabricState s) {
    List<Lease> all = new ArrayList<>();
    s.leases()
        .forEach(
            (n, l) -> {
              if (!l.state().ended()) {
                all.add(l);
              }
            });
    return all.isEmpty() ? null : all.get(random.nextInt(all.size()));
  }

  private LinkId link(FabricState s) {
    return s.topology().id(random.nextInt(s.topology().fabricLinks()));
  }

  private Command.@Nullable Request request() {
    return random.nextInt(3) == 0
        ? null
        : new Command.Request(new RequestKey(TENANT, "r" + random.nextInt(1_000_000)), "fp");
  }

  private EndpointId endpoint() {
    return new EndpointId("leaf" + (1 + random.nextInt(3)) + "-host" + (1 + random.nextInt(3)));
  }

  private @Nullable LeaseSpec spec(FabricState s) {
    EndpointId from = endpoint();
    EndpointId to = endpoint();
    if (from.equals(to) || s.inventory().endpoints().size() == 0) {
      return null;
    }
    Terms terms = Terms.of(OBJECTIVES.get(random.nextInt(OBJECTIVES.size())));
    if (random.nextInt(3) == 0) {
      terms = terms.withProtection(Set.of(Scope.LINK, Scope.NODE));
    }
    if (random.nextInt(3) == 0) {
      terms =
          terms.with(
              Constraints.FREE.with(
                  new Constraints.Avoid(Set.of(), Set.of(link(s)), Set.of("conduit"))));
    }
    long start = random.nextInt(3) == 0 ? timeMs + 60_000 : LeaseSpec.AT_ONCE;
    long end = random.nextInt(3) == 0 ? LeaseSpec.NEVER : timeMs + 70_000 + random.nextInt(100_000);
    return new LeaseSpec(
        from,
        to,
        new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(1 + random.nextInt(1000))),
        BPS * (1 + random.nextInt(20)),
        terms,
        start,
        end);
  }

  private @Nullable Route route(FabricState s, LeaseSpec spec) {
    return Placement.of(s, spec, Now.calm(timeMs)).route(spec.terms().protection());
  }

  private @Nullable Command weights(FabricState s) {
    Path path = anyPath(s);
    if (path == null || path.egress().size() < 2) {
      return null;
    }
    var first = path.egress().get(0);
    LinkId uplink = s.inventory().linkFrom(first);
    if (uplink == null) {
      return null;
    }
    Map<LinkId, Integer> members = new TreeMap<>(Map.of(uplink, 1 + random.nextInt(5)));
    return new Command.SetWeights(
        List.of(
            new RouteWeights(
                new RoutePair(first.device(), path.egress().get(path.egress().size() - 1).device()),
                new TreeMap<>(members))),
        timeMs);
  }

  private @Nullable Path anyPath(FabricState s) {
    LeaseSpec spec = spec(s);
    Route route = spec == null ? null : route(s, spec);
    return route == null ? null : route.path();
  }

  private @Nullable Command guide(FabricState s) {
    EndpointId from = endpoint();
    EndpointId to = endpoint();
    Path path = anyPath(s);
    return from.equals(to)
        ? null
        : new Command.SteerFlow(
            new SteeredFlow.Key(from, to, 7), random.nextInt(4) == 0 ? null : path, timeMs);
  }

  private @Nullable Command job(FabricState s) {
    EndpointId a = new EndpointId("leaf1-host" + (1 + random.nextInt(3)));
    EndpointId b = new EndpointId("leaf2-host" + (1 + random.nextInt(3)));
    JobSpec spec =
        JobSpec.of(
            Collective.of(List.of(new FabricState.Pair(a, b), new FabricState.Pair(b, a))),
            1,
            BPS,
            Terms.of(Objective.LATENCY));
    List<Route> routes = new ArrayList<>();
    for (FabricState.Pair p : spec.collective().pairs()) {
      Route r =
          route(
              s,
              new LeaseSpec(
                  p.source(),
                  p.destination(),
                  TrafficSelector.ROCE,
                  BPS,
                  spec.terms(),
                  LeaseSpec.NEVER));
      if (r == null) {
        return null;
      }
      routes.add(r);
    }
    return new Command.CreateJob(
        new JobName(TENANT, "j" + serial++),
        spec,
        routes,
        List.of(),
        new Job.Fit(0.5, 0.25, 0),
        request(),
        timeMs);
  }

  private @Nullable Command endJob(FabricState s) {
    for (Map.Entry<JobName, Job> e : s.jobs()) {
      if (e.getValue().lives()) {
        JobSpec spec = e.getValue().spec();
        if (random.nextBoolean()) {
          return new Command.ReleaseJob(e.getKey(), 0, request(), timeMs);
        }
        List<Route> routes = new ArrayList<>();
        e.getValue().leases().forEach((n, yes) -> routes.add(route(s, n)));
        return new Command.UpdateJob(
            e.getKey(), spec, routes, List.of(), new Job.Fit(0.25, 0.25, 1), 0, request(), timeMs);
      }
    }
    return null;
  }

  private static Route route(FabricState s, LeaseName name) {
    Lease lease = s.leases().get(name);
    if (lease == null || lease.state() == LeaseState.FAILED) {
      throw new AssertionError(name + " is gone");
    }
    return lease.route();
  }
}
