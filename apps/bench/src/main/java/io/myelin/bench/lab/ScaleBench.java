package io.myelin.bench.lab;

import io.myelin.bench.figure.Figure;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.path.PathSearch;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.FatTree;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * The decisions of a node on a fabric of 10,125 switches (a fat tree with k = 90, 8 hosts a leaf)
 * with 100,000 active leases: memory, a request's time, and what a dead cable and a dead switch
 * cost. No switches, no sockets.
 */
public final class ScaleBench {
  private static final int K = 90;
  private static final int HOSTS = 8;
  private static final int LEASES = 100_000;
  private static final int REQUESTS = 5_000;
  private static final long SEED = 1;
  private static final long GBPS = 1_000_000_000L;

  private final Consumer<String> progress;
  private final Random random = new Random(SEED);

  public ScaleBench(Consumer<String> progress) {
    this.progress = progress;
  }

  public List<Figure> run() {
    List<Figure> figures = new ArrayList<>();
    long empty = usedBytes();
    long began = System.nanoTime();
    Inventory inventory = new FatTree(K, HOSTS).inventory(FabricOptions.DEFAULT);
    FabricState s =
        StateMachine.apply(FabricState.EMPTY, new Command.SetInventory(inventory, 0)).after();
    figures.add(new Figure("switches", inventory.devices().size(), "switches"));
    figures.add(new Figure("links", inventory.links().size(), "directed links"));
    figures.add(new Figure("inventory_s", (System.nanoTime() - began) / 1e9, "s"));
    figures.add(new Figure("inventory_mb", (usedBytes() - empty) / 1e6, "MB"));

    List<Endpoint> endpoints = new ArrayList<>();
    inventory.endpoints().forEach((id, e) -> endpoints.add(e));
    progress.accept("admitting " + LEASES + " leases");
    began = System.nanoTime();
    int n = 0;
    int refused = 0;
    while (n < LEASES) {
      LeaseSpec spec = spec(endpoints, n);
      if (Placement.of(s, spec, Now.calm(n)).find() instanceof PathSearch.Found found) {
        s = admit(s, n++, spec, found);
      } else {
        refused++;
      }
      if (n % 20_000 == 0) {
        progress.accept(n + " leases after " + (System.nanoTime() - began) / 1_000_000 + " ms");
      }
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    figures.add(new Figure("leases", s.leases().size(), "leases"));
    figures.add(new Figure("refused", refused, "leases"));
    figures.add(new Figure("admitted_per_s", LEASES / seconds, "leases/s"));
    figures.add(new Figure("snapshot_mb", (usedBytes() - empty) / 1e6, "MB"));

    progress.accept("asking " + REQUESTS + " times");
    requests(s, endpoints, figures);
    failures(s, figures);
    return figures;
  }

  private LeaseSpec spec(List<Endpoint> endpoints, int n) {
    Endpoint from = endpoints.get(random.nextInt(endpoints.size()));
    Endpoint to = endpoints.get(random.nextInt(endpoints.size()));
    while (to.equals(from)) {
      to = endpoints.get(random.nextInt(endpoints.size()));
    }
    return new LeaseSpec(
            from.id(),
            to.id(),
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(1 + n)),
            (1 + random.nextInt(50)) * GBPS,
            Terms.of(Objective.LATENCY),
            LeaseSpec.NEVER)
        .withTimes(LeaseSpec.AT_ONCE, n % 2 == 0 ? LeaseSpec.NEVER : 1_000_000_000L + n);
  }

  private static FabricState admit(FabricState s, int n, LeaseSpec spec, PathSearch.Found found) {
    LeaseName name = new LeaseName(new TenantId("planning"), "l" + n);
    Applied a =
        StateMachine.apply(s, new Command.CreateLease(name, spec, Route.of(found.path()), null, n));
    if (!(a.outcome() instanceof Outcome.LeaseDone)) {
      throw new AssertionError(name + ": " + a.outcome());
    }
    return StateMachine.apply(a.after(), new Command.Provisioned(name, 1, n)).after();
  }

  /** With three constraints: bandwidth, latency and region. */
  private void requests(FabricState s, List<Endpoint> endpoints, List<Figure> figures) {
    Constraints three =
        Constraints.FREE
            .with(Constraints.Limits.NONE.withLatencyNs(3_000))
            .with(new Constraints.Regions(Set.of("region1"), Set.of()));
    long[] ns = new long[REQUESTS];
    int found = 0;
    for (int i = 0; i < REQUESTS; i++) {
      LeaseSpec spec = spec(endpoints, i).with(Terms.of(Objective.LATENCY).with(three));
      long began = System.nanoTime();
      found += Placement.of(s, spec, Now.calm(LEASES)).find() instanceof PathSearch.Found ? 1 : 0;
      ns[i] = System.nanoTime() - began;
    }
    Arrays.sort(ns);
    figures.add(new Figure("request_p50_us", ns[REQUESTS / 2] / 1e3, "us"));
    figures.add(new Figure("request_p99_us", ns[REQUESTS * 99 / 100] / 1e3, "us"));
    figures.add(new Figure("request_max_us", ns[REQUESTS - 1] / 1e3, "us"));
    figures.add(new Figure("feasible_share", (double) found / REQUESTS, "share"));
  }

  /** The cable that most leases use goes down, then the aggregation switch. */
  private void failures(FabricState s, List<Figure> figures) {
    LinkId busiest = s.topology().id(0);
    Map<DeviceId, Integer> users = new HashMap<>();
    for (int l = 0; l < s.topology().fabricLinks(); l++) {
      LinkId id = s.topology().id(l);
      int leases = s.link(id).leases().size();
      if (leases > s.link(busiest).leases().size()) {
        busiest = id;
      }
      users.merge(s.topology().device(s.topology().from(l)), leases, Integer::sum);
    }
    down("link_down", s, List.of(busiest), figures);
    DeviceId most = null;
    for (Map.Entry<DeviceId, Device> e : s.inventory().devices()) {
      boolean transit = e.getValue().role() != Device.Role.LEAF;
      if (transit
          && (most == null || users.getOrDefault(e.getKey(), 0) > users.getOrDefault(most, 0))) {
        most = e.getKey();
      }
    }
    List<LinkId> all = new ArrayList<>();
    for (Link l : s.inventory().linksFrom(most == null ? s.topology().device(0) : most)) {
      all.add(l.id());
      all.add(l.reverseId());
    }
    down("switch_down", s, all, figures);
  }

  /** New paths for all leases on these links, admitted one by one. */
  private static void down(String what, FabricState s, List<LinkId> links, List<Figure> figures) {
    long began = System.nanoTime();
    FabricState now = s;
    Set<LeaseName> hit = new TreeSet<>();
    for (LinkId link : links) {
      now = StateMachine.apply(now, new Command.ObserveLink(link, false, 0, LEASES)).after();
      now.link(link).leases().forEach((name, yes) -> hit.add(name));
    }
    int moved = 0;
    for (LeaseName name : hit) {
      Lease lease = now.leases().get(name);
      if (lease == null) {
        continue;
      }
      Placement p = Placement.instead(now, lease, lease.spec(), Now.calm(LEASES));
      if (p.find() instanceof PathSearch.Found found) {
        Command.Move move =
            new Command.Move(lease.name(), lease.generation(), Route.of(found.path()));
        now = StateMachine.apply(now, new Command.MoveLeases(List.of(move), what, LEASES)).after();
        moved++;
      }
    }
    figures.add(new Figure(what + "_ms", (System.nanoTime() - began) / 1e6, "ms"));
    figures.add(new Figure(what + "_leases", hit.size(), "leases"));
    figures.add(new Figure(what + "_moved", moved, "leases"));
  }

  private static long usedBytes() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
