package io.myelin.core.loop;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Queues;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.place.Placement;
import io.myelin.core.port.Telemetry.Flow;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Route;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.RouteWeights;
import io.myelin.core.state.SteeredFlow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The cheapest thing that takes the heat off a link: lead one flow around it, move one lease,
 * divide routed traffic differently, or slow the lowest classes. Whatever it is, its gain is
 * predicted to be worth it, it makes no other link hot, and nothing moves that moved a moment ago.
 *
 * <p>Not thread-safe; deterministic.
 */
public final class CongestionMitigation {
  /** Flows that are led at once: entries in leaves that nobody paid for. */
  public static final int MAX_STEERED = 4_096;

  /** Rates that a way for an elephant is looked for with, as shares of the hot link. */
  private static final double[] RATES = {0.95, 0.75, 0.6};

  /** Leases that are tried, the smallest that would do first. */
  private static final int MAX_LEASES = 8;

  private final Policy policy;
  private final Hysteresis calm;

  public CongestionMitigation(Hysteresis calm) {
    this.calm = calm;
    policy = calm.policy();
  }

  /** What to do now; null: nothing is to be decided yet, or nothing that was not said before. */
  public @Nullable Decision decide(LoopSnapshot snapshot, CongestedLink hot) {
    FabricState state = snapshot.state();
    Topology topology = state.topology();
    LinkId id = topology.id(hot.link());
    long now = snapshot.now().timeMs();
    if (!calm.settled(id, now) || !calm.mayDecide(now)) {
      return null;
    }
    boolean fabric = hot.link() < topology.fabricLinks();
    if (fabric && !snapshot.known().test(hot.link())) {
      return nothing(snapshot, hot, "what it carries was not measured lately");
    }
    Decision d = fabric ? steer(snapshot, hot) : null;
    d = d == null && fabric ? move(snapshot, hot) : d;
    d = d == null && fabric ? weigh(snapshot, hot) : d;
    d = d == null ? slow(snapshot, hot) : d;
    if (d == null) {
      return nothing(
          snapshot,
          hot,
          fabric ? "nothing else has room for what is here" : "only this link leads there");
    }
    calm.decided(id, now);
    d.subjects().forEach(s -> calm.moved(s, now));
    return d;
  }

  private @Nullable Decision nothing(LoopSnapshot snapshot, CongestedLink hot, String why) {
    LinkId id = snapshot.state().topology().id(hot.link());
    double as = utilisation(snapshot, hot);
    return calm.foundNothing(id, why, snapshot.now().timeMs())
        ? new Decision(Decision.Kind.NONE, id, hot.estimate(), List.of(), null, as, as, why)
        : null;
  }

  private static double utilisation(LoopSnapshot snapshot, CongestedLink hot) {
    double capacity = (double) snapshot.state().topology().capacityBps(hot.link());
    return Math.max(
        hot.estimate().utilisation(), snapshot.loadBps().applyAsDouble(hot.link()) / capacity);
  }

  // ---- a flow ----------------------------------------------------------------------------------

  private @Nullable Decision steer(LoopSnapshot snapshot, CongestedLink hot) {
    FabricState state = snapshot.state();
    Flow flow = hot.flow();
    if (flow == null || flow.destQp() < 0 || hot.queue() == Queues.LEASED) {
      return null;
    }
    Endpoint source = state.inventory().endpointByIp(flow.source());
    Endpoint destination = state.inventory().endpointByIp(flow.destination());
    if (source == null || destination == null || source.id().equals(destination.id())) {
      return null;
    }
    SteeredFlow.Key key = new SteeredFlow.Key(source.id(), destination.id(), flow.destQp());
    SteeredFlow led = state.loops().steered().get(key);
    long now = snapshot.now().timeMs();
    if (!calm.mayMove(key, now)
        || (led == null && state.loops().steered().size() >= MAX_STEERED)
        || leased(state, key)) {
      return null;
    }
    if (led != null && !led.path().links().contains(state.topology().id(hot.link()))) {
      return null; // it is led around this link already: its last packets there met the queue
    }
    // An elephant takes what it gets: of a link that is full it has a half at best, or else its own
    // NIC, not the link, is what limits it.
    double capacity = (double) state.topology().capacityBps(hot.link());
    double most = Math.min(capacity, (double) source.capacityBps());
    double has = Math.min(most, capacity / 2);
    PathRequest request = PathRequest.of(source, destination, 0, Objective.LATENCY);
    for (double rate : RATES) {
      double gets = rate * most;
      if (gets < has * (1 + policy.gain())) {
        break;
      }
      Path path = path(snapshot, hot.link(), request, null, gets, 1);
      if (path != null) {
        double before = utilisation(snapshot, hot);
        double after = Math.max(0, snapshot.loadBps().applyAsDouble(hot.link()) - has) / capacity;
        return new Decision(
            Decision.Kind.GUIDE,
            state.topology().id(hot.link()),
            hot.estimate(),
            List.of(key),
            new Command.SteerFlow(key, path, now),
            before,
            after,
            key + " goes where it gets " + Math.round(100 * rate) + "% of its rate");
      }
    }
    return null;
  }

  /** Whether a lease takes the flow: its entry goes before that of a led flow. */
  private static boolean leased(FabricState state, SteeredFlow.Key key) {
    // Leases that name no queue pairs are kept under 0.
    for (int qp : new int[] {key.destQp(), 0}) {
      var names =
          state
              .leaseIndices()
              .byTraffic()
              .get(new FabricState.Traffic(key.source(), key.destination(), qp));
      if (names == null) {
        continue;
      }
      for (Map.Entry<LeaseName, Boolean> e : names) {
        Lease lease = state.leases().get(e.getKey());
        if (lease != null
            && lease.state().steers()
            && lease.spec().traffic().takesRoce(key.destQp())) {
          return true;
        }
      }
    }
    return false;
  }

  // ---- a lease ---------------------------------------------------------------------------------

  private @Nullable Decision move(LoopSnapshot snapshot, CongestedLink hot) {
    FabricState state = snapshot.state();
    long now = snapshot.now().timeMs();
    double capacity = (double) state.topology().capacityBps(hot.link());
    double before = utilisation(snapshot, hot);
    double surplus = before * capacity - policy.target() * capacity;
    for (Lease lease : candidates(snapshot, hot.link(), surplus)) {
      double rate = snapshot.leaseBps().applyAsDouble(lease);
      double after = before - rate / capacity;
      if (before - after < policy.gain() * before && after > policy.target()) {
        continue; // too small to matter
      }
      Placement placement = Placement.instead(state, lease, lease.spec(), snapshot.now());
      Path path = path(snapshot, hot.link(), placement.request(), lease, rate, policy.target());
      Route route = path == null ? null : route(placement, lease, path);
      if (path != null && route != null) {
        return new Decision(
            Decision.Kind.MOVE,
            state.topology().id(hot.link()),
            hot.estimate(),
            List.of(lease.name()),
            new Command.MoveLeases(
                List.of(new Command.Move(lease.name(), lease.generation(), route)),
                "moved: " + state.topology().id(hot.link()) + " was congested",
                now),
            before,
            after,
            lease.name() + " goes by " + path.egress());
      }
    }
    return null;
  }

  private static @Nullable Route route(Placement placement, Lease lease, Path path) {
    if (lease.spec().terms().protection().isEmpty()) {
      return Route.of(path);
    }
    Path backup = placement.backup(path, lease.spec().terms().protection());
    return backup == null ? null : new Route(path, backup);
  }

  /**
   * The smallest that would do first, then the larger ones, then the largest of the smaller ones.
   */
  private List<Lease> candidates(LoopSnapshot snapshot, int link, double surplus) {
    long now = snapshot.now().timeMs();
    List<Lease> all = new ArrayList<>();
    for (Map.Entry<LeaseName, Boolean> e : snapshot.state().links().get(link).leases()) {
      Lease lease = snapshot.state().leases().get(e.getKey());
      if (lease != null
          && lease.state().steers()
          && lease.path().links().contains(snapshot.state().topology().id(link))
          && calm.mayMove(lease.name(), now)) {
        all.add(lease);
      }
    }
    all.sort(
        Comparator.<Lease>comparingDouble(
                l -> {
                  double rate = snapshot.leaseBps().applyAsDouble(l);
                  return rate >= surplus ? rate : Double.MAX_VALUE / 2 - rate;
                })
            .thenComparing(Lease::name));
    return all.subList(0, Math.min(MAX_LEASES, all.size()));
  }

  // ---- routed traffic --------------------------------------------------------------------------

  private @Nullable Decision weigh(LoopSnapshot snapshot, CongestedLink hot) {
    FabricState state = snapshot.state();
    Flow flow = hot.flow();
    Endpoint to = flow == null ? null : state.inventory().endpointByIp(flow.destination());
    long now = snapshot.now().timeMs();
    if (to == null || hot.queue() == Queues.LEASED) {
      return null;
    }
    Topology topology = state.topology();
    RoutePair toward =
        new RoutePair(topology.device(topology.from(hot.link())), to.attachment().device());
    // Many flows would be reordered: only where what was done last had time to show in full.
    if (!calm.mayMove(toward, now) || !calm.rested(topology.id(hot.link()), now)) {
      return null;
    }
    List<Routes.Hop> hops = Routes.of(state).toward(toward.at(), toward.leaf());
    int total = hops.stream().mapToInt(Routes.Hop::weight).sum();
    Routes.Hop self = hops.stream().filter(h -> h.link() == hot.link()).findFirst().orElse(null);
    if (self == null || hops.size() < 2) {
      return null;
    }
    double capacity = (double) topology.capacityBps(hot.link());
    double routed = routedBps(snapshot, hot.link());
    double leaves = routed / 2;
    double before = utilisation(snapshot, hot);
    SortedMap<LinkId, Integer> members = new TreeMap<>();
    double spread = (double) total - self.weight();
    for (Routes.Hop h : hops) {
      boolean stays = h.link() == hot.link();
      double more = stays ? -leaves : leaves * h.weight() / spread;
      if (!stays && !snapshot.known().test(h.link())) {
        return null; // nobody knows what it carries
      }
      double load = snapshot.highestBps().applyAsDouble(h.link()) + more;
      if (!stays && load > policy.target() * topology.capacityBps(h.link())) {
        return null; // it would only be hot elsewhere
      }
      // Shares of a whole that has room for halves; what the hot one gives goes to the others.
      double share =
          stays
              ? h.weight() / 2.0 / total
              : (h.weight() + self.weight() / 2.0 * h.weight() / spread) / total;
      int weight = (int) Math.round(share * (RouteWeights.MAX_TOTAL - hops.size()));
      if (weight > 0) {
        members.put(topology.id(h.link()), weight);
      }
    }
    RouteWeights weights = new RouteWeights(toward, members);
    if (leaves < policy.gain() * capacity || weights.equals(state.loops().weights().get(toward))) {
      return null;
    }
    return new Decision(
        Decision.Kind.WEIGHTS,
        topology.id(hot.link()),
        hot.estimate(),
        List.of(toward),
        new Command.SetWeights(List.of(weights), now),
        before,
        before - leaves / capacity,
        "half of what " + toward.at() + " sent to " + toward.leaf() + " there goes by others");
  }

  /** What is on a link and belongs to no lease. */
  private static double routedBps(LoopSnapshot snapshot, int link) {
    double rest = snapshot.loadBps().applyAsDouble(link);
    for (Map.Entry<LeaseName, Boolean> e : snapshot.state().links().get(link).leases()) {
      Lease lease = snapshot.state().leases().get(e.getKey());
      if (lease != null
          && lease.state().steers()
          && lease.path().links().contains(snapshot.state().topology().id(link))) {
        rest -= snapshot.leaseBps().applyAsDouble(lease);
      }
    }
    return Math.max(0, rest);
  }

  // ---- senders ---------------------------------------------------------------------------------

  private @Nullable Decision slow(LoopSnapshot snapshot, CongestedLink hot) {
    LinkId id = snapshot.state().topology().id(hot.link());
    boolean yields = hot.queue() >= 0 && hot.queue() < Queues.ROCE;
    if (!yields
        || snapshot.state().links().get(hot.link()).slowed()
        || !calm.mayMove(id, snapshot.now().timeMs())) {
      return null; // it is slowed, or will be when the log has it
    }
    double before = utilisation(snapshot, hot);
    return new Decision(
        Decision.Kind.SLOW,
        id,
        hot.estimate(),
        List.of(id),
        new Command.SlowLink(id, true, snapshot.now().timeMs()),
        before,
        Math.min(1, before),
        "its lowest classes are marked earlier");
  }

  // ---- ways ------------------------------------------------------------------------------------

  /** The best way around a link on which nothing gets hotter than the target. */
  private static @Nullable Path path(
      LoopSnapshot snapshot,
      int around,
      PathRequest request,
      @Nullable Lease instead,
      double bps,
      double target) {
    Topology topology = snapshot.state().topology();
    LeaseConditions conditions =
        new LeaseConditions(
            snapshot.state(),
            instead == null
                ? TimeWindow.lasting(snapshot.now().timeMs(), 1)
                : instead.spec().window(snapshot.now().timeMs()),
            snapshot.now(),
            instead);
    Room room = new Room(snapshot, conditions, around, instead, bps, target);
    return PathSearch.find(topology, room, request) instanceof PathSearch.Found f ? f.path() : null;
  }

  /** Links that have room for one more. */
  private record Room(
      LoopSnapshot snapshot,
      LeaseConditions conditions,
      int around,
      @Nullable Lease instead,
      double bps,
      double target)
      implements LinkConditions {
    @Override
    public Status status(int link) {
      if (link == around) {
        return Status.DOWN;
      }
      Status s = conditions.status(link);
      Topology topology = snapshot.state().topology();
      if (s != Status.USABLE || link >= topology.fabricLinks()) {
        return s;
      }
      if (!snapshot.known().test(link)) {
        return Status.DOWN;
      }
      double load = snapshot.highestBps().applyAsDouble(link);
      if (instead != null && instead.path().links().contains(topology.id(link))) {
        load -= snapshot.leaseBps().applyAsDouble(instead);
      }
      return load + bps > target * topology.capacityBps(link) ? Status.DOWN : s;
    }

    @Override
    public long freeBps(int link) {
      return instead == null ? Long.MAX_VALUE : conditions.freeBps(link);
    }

    @Override
    public boolean knowsLatency(int link) {
      return conditions.knowsLatency(link);
    }

    @Override
    public long latencyNs(int link) {
      return conditions.latencyNs(link);
    }

    @Override
    public long queueingNs(int link) {
      return conditions.queueingNs(link);
    }
  }

  /** The link that leaves by a port, by number; -1: none does. */
  public static int link(FabricState state, PortRef port) {
    LinkId id = state.inventory().linkFrom(port);
    if (id == null) {
      for (Endpoint e : state.inventory().endpointsAt(port.device())) {
        id = e.attachment().equals(port) ? e.downlink() : id;
      }
    }
    Integer n = id == null ? null : state.topology().number(id);
    return n == null ? -1 : n;
  }

  /** Where a link's packets queue; null: at a host. */
  public static @Nullable PortRef egress(FabricState state, LinkId id) {
    Link link = state.inventory().links().get(id);
    if (link != null) {
      return link.from();
    }
    Endpoint e = state.inventory().endpointByAccessLink(id);
    return e != null && e.downlink().equals(id) ? e.attachment() : null;
  }
}
