package io.myelin.core.loop;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.Topology;
import io.myelin.core.place.Placement;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.RouteWeights;
import io.myelin.core.state.StateMachine;
import io.myelin.core.te.PathSet;
import io.myelin.core.te.Rebalancer;
import io.myelin.core.te.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The slow loop: where leases and routed traffic should be so that the hottest link is as cool as
 * it can be, and the few steps there that a churn budget allows. Traffic engineering over all ways
 * of least hops ({@link Rebalancer}); leases follow it one by one, routed traffic as weights around
 * what leases carry. Leaves alone what is within the policy's slack of the bound.
 */
public final class Optimiser {
  /** Ways between two leaves that are looked at. */
  private static final int WAYS = 64;

  private static final double GAP = 0.005;

  /** Weights that differ by less than this share stay as they are. */
  private static final double SAME_SHARE = 0.02;

  private final LoopSnapshot snapshot;
  private final Topology topology;
  private final Hysteresis calm;
  private final Map<RoutePair, Double> routed;
  private final double[] capacity;
  private final List<RoutePair> pairs = new ArrayList<>();
  private final Map<RoutePair, Integer> pairOf = new HashMap<>();
  private final Map<Integer, List<Lease>> leases = new TreeMap<>();
  private final PathSet paths;
  private int hottestLink;

  /**
   * What to change.
   *
   * @param moves of leases
   * @param weights of routed traffic
   * @param hottest link between switches now
   * @param highest its utilisation
   * @param planned the same afterwards
   * @param bound that nothing undercuts while the demands are what they are
   */
  public record Plan(
      List<Command.Move> moves,
      List<RouteWeights> weights,
      LinkId hottest,
      double highest,
      double planned,
      double bound) {
    public boolean isEmpty() {
      return moves.isEmpty() && weights.isEmpty();
    }
  }

  private Optimiser(LoopSnapshot snapshot, Map<RoutePair, Double> routed, Hysteresis calm) {
    this.snapshot = snapshot;
    this.calm = calm;
    topology = snapshot.state().topology();
    this.routed = new TreeMap<>(routed);
    this.routed.values().removeIf(bps -> bps <= 0);
    capacity = new double[topology.fabricLinks()];
    IntPredicate usable =
        l -> snapshot.state().links().get(l).up() && !snapshot.state().links().get(l).drained();
    for (int l = 0; l < capacity.length; l++) {
      capacity[l] = usable.test(l) ? (double) topology.capacityBps(l) : 0;
    }
    this.routed.keySet().forEach(this::pair);
    for (Map.Entry<LeaseName, Lease> e : snapshot.state().leases()) {
      Lease lease = e.getValue();
      if (lease.state().steers() && lease.path().egress().size() > 1) {
        leases.computeIfAbsent(pair(toward(lease)), k -> new ArrayList<>()).add(lease);
      }
    }
    int[] from = pairs.stream().mapToInt(p -> topology.number(p.at())).toArray();
    int[] to = pairs.stream().mapToInt(p -> topology.number(p.leaf())).toArray();
    paths = PathSet.shortest(topology, from, to, WAYS, usable);
  }

  private int pair(RoutePair toward) {
    return pairOf.computeIfAbsent(
        toward,
        t -> {
          pairs.add(t);
          return pairs.size() - 1;
        });
  }

  private static RoutePair toward(Lease lease) {
    List<PortRef> egress = lease.path().egress();
    return new RoutePair(egress.get(0).device(), egress.get(egress.size() - 1).device());
  }

  /**
   * Plans.
   *
   * @param routed traffic without a lease between leaves, bits per second, from one to the other
   */
  public static Plan plan(LoopSnapshot snapshot, Map<RoutePair, Double> routed, Hysteresis calm) {
    return new Optimiser(snapshot, routed, calm).plan();
  }

  private Plan plan() {
    double[] leased = new double[paths.paths()];
    double[] elsewhere = new double[capacity.length]; // leases on ways that are not looked at
    leases.forEach((pair, of) -> of.forEach(l -> put(pair, l, leased, elsewhere)));
    double[] free = routedShares();
    double[] demand = new double[pairs.size()];
    double[] now = new double[paths.paths()];
    for (int i = 0; i < demand.length; i++) {
      double bps = routed.getOrDefault(pairs.get(i), 0.0);
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        now[p] = leased[p] + bps * free[p];
        demand[i] += leased[p];
      }
      demand[i] += bps;
    }
    double highest = highest(now, elsewhere);
    LinkId hottest = topology.id(hottestLink);
    Split ideal =
        new Rebalancer(paths, demand, capacity)
            .over(elsewhere)
            .from(now, calm.policy().churn())
            .solve(GAP);
    double bound = Math.max(ideal.bound(), 0);
    if (highest <= bound * (1 + calm.policy().slack())) {
      return new Plan(List.of(), List.of(), hottest, highest, highest, bound);
    }
    List<Command.Move> moves = moves(ideal.flows(), leased);
    // Leases are lumps: what routed traffic is to avoid is where they are, not where they should
    // be.
    double[] fixed = elsewhere.clone();
    double[] rest = new double[pairs.size()];
    for (int i = 0; i < rest.length; i++) {
      rest[i] = routed.getOrDefault(pairs.get(i), 0.0);
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        add(fixed, p, leased[p]);
      }
    }
    Split split =
        new Rebalancer(paths, rest, capacity)
            .over(fixed)
            .from(scaled(free, rest), calm.policy().churn())
            .solve(GAP);
    double planned = split.highest();
    boolean worth = planned < highest * (1 - calm.policy().slack());
    return worth || !allUsable()
        ? new Plan(moves, weights(split), hottest, highest, planned, bound)
        : new Plan(List.of(), List.of(), hottest, highest, highest, bound);
  }

  private boolean allUsable() {
    return Arrays.stream(capacity).allMatch(c -> c > 0);
  }

  private double[] scaled(double[] shares, double[] bps) {
    double[] flows = shares.clone();
    for (int i = 0; i < bps.length; i++) {
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        flows[p] *= bps[i];
      }
    }
    return flows;
  }

  private void put(int pair, Lease lease, double[] leased, double[] elsewhere) {
    double bps = snapshot.leaseBps().applyAsDouble(lease);
    int[] links = numbers(lease.path());
    for (int p = paths.firstPath(pair); p < paths.firstPath(pair + 1); p++) {
      if (Arrays.equals(paths.linksOf(p), links)) {
        leased[p] += bps;
        return;
      }
    }
    for (int l : links) {
      elsewhere[l] += bps;
    }
  }

  private int[] numbers(Path path) {
    List<LinkId> ids = path.links();
    int[] numbers = new int[ids.size() - 2];
    for (int i = 0; i < numbers.length; i++) {
      Integer n = topology.number(ids.get(i + 1));
      if (n == null) {
        throw new AssertionError("no link " + ids.get(i + 1));
      }
      numbers[i] = n;
    }
    return numbers;
  }

  private void add(double[] loads, int path, double bps) {
    for (int k = paths.firstLink(path); k < paths.firstLink(path + 1); k++) {
      loads[paths.link(k)] += bps;
    }
  }

  private double highest(double[] flows, double[] over) {
    double[] load = over.clone();
    for (int p = 0; p < flows.length; p++) {
      add(load, p, flows[p]);
    }
    double most = 0;
    for (int l = 0; l < load.length; l++) {
      if (capacity[l] > 0 && load[l] / capacity[l] > most) {
        most = load[l] / capacity[l];
        hottestLink = l;
      }
    }
    return most;
  }

  /** By path, how routing divides its pair now. */
  private double[] routedShares() {
    Routes routes = Routes.of(snapshot.state());
    double[] shares = new double[paths.paths()];
    for (int i = 0; i < pairs.size(); i++) {
      double sum = 0;
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        double share = 1;
        for (int k = paths.firstLink(p); k < paths.firstLink(p + 1); k++) {
          share *= share(routes, paths.link(k), pairs.get(i).leaf());
        }
        shares[p] = share;
        sum += share;
      }
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        shares[p] = sum > 0 ? shares[p] / sum : 1.0 / (paths.firstPath(i + 1) - paths.firstPath(i));
      }
    }
    return shares;
  }

  private double share(Routes routes, int link, DeviceId leaf) {
    double own = 0;
    double total = 0;
    for (Routes.Hop h : routes.toward(topology.device(topology.from(link)), leaf)) {
      total += h.weight();
      own = h.link() == link ? h.weight() : own;
    }
    return total == 0 ? 0 : own / total;
  }

  // ---- leases ----------------------------------------------------------------------------------

  /** Leases from ways that have more of their pair than they should to ways that have less. */
  private List<Command.Move> moves(double[] ideal, double[] leased) {
    List<Command.Move> moves = new ArrayList<>();
    FabricState state = snapshot.state();
    long now = snapshot.now().timeMs();
    double budget = 0;
    for (double bps : leased) {
      budget += bps * calm.policy().churn();
    }
    for (Map.Entry<Integer, List<Lease>> e : leases.entrySet()) {
      for (Lease lease : e.getValue()) {
        double bps = snapshot.leaseBps().applyAsDouble(lease);
        int from = pathOf(e.getKey(), lease);
        boolean over = from >= 0 && leased[from] - bps / 2 > ideal[from];
        if (!over || bps <= 0 || bps > budget || !calm.mayMove(lease.name(), now)) {
          continue;
        }
        int to = emptiest(e.getKey(), ideal, leased, bps);
        Lease current = state.leases().get(lease.name());
        Route route = to < 0 || current == null ? null : route(state, current, to);
        if (route == null) {
          continue;
        }
        var move = new Command.Move(lease.name(), lease.generation(), route);
        var applied =
            StateMachine.apply(state, new Command.MoveLeases(List.of(move), "optimised", now));
        if (applied.outcome() instanceof Outcome.Refused) {
          continue; // there is no room in what is booked
        }
        state = applied.after();
        moves.add(move);
        leased[from] -= bps;
        leased[to] += bps;
        budget -= bps;
      }
    }
    return moves;
  }

  private int pathOf(int pair, Lease lease) {
    int[] links = numbers(lease.path());
    for (int p = paths.firstPath(pair); p < paths.firstPath(pair + 1); p++) {
      if (Arrays.equals(paths.linksOf(p), links)) {
        return p;
      }
    }
    return -1;
  }

  private int emptiest(int pair, double[] ideal, double[] leased, double bps) {
    int best = -1;
    for (int p = paths.firstPath(pair); p < paths.firstPath(pair + 1); p++) {
      double room = ideal[p] - leased[p];
      if (room >= bps / 2 && (best < 0 || room > ideal[best] - leased[best])) {
        best = p;
      }
    }
    return best;
  }

  private @Nullable Route route(FabricState state, Lease lease, int path) {
    Placement placement = Placement.instead(state, lease, lease.spec(), snapshot.now());
    Path there =
        PathCheck.path(topology, placement.conditions(), placement.request(), paths.linksOf(path));
    if (!placement.admits(there)) {
      return null;
    }
    if (lease.spec().terms().protection().isEmpty()) {
      return Route.of(there);
    }
    Path backup = placement.backup(there, lease.spec().terms().protection());
    return backup == null ? null : new Route(there, backup);
  }

  // ---- routed traffic --------------------------------------------------------------------------

  /** Weights of every switch on the ways, where they differ from what it has. */
  private List<RouteWeights> weights(Split split) {
    Map<RoutePair, SortedMap<Integer, Double>> flows = new TreeMap<>();
    for (int i = 0; i < pairs.size(); i++) {
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        for (int k = paths.firstLink(p); k < paths.firstLink(p + 1); k++) {
          int l = paths.link(k);
          var at = new RoutePair(topology.device(topology.from(l)), pairs.get(i).leaf());
          flows.computeIfAbsent(at, t -> new TreeMap<>()).merge(l, split.flows()[p], Double::sum);
        }
      }
    }
    Routes routes = Routes.of(snapshot.state());
    long now = snapshot.now().timeMs();
    List<RouteWeights> all = new ArrayList<>();
    flows.forEach(
        (toward, byLink) -> {
          double total = byLink.values().stream().mapToDouble(d -> d).sum();
          // Where there are more ways than were looked at, routing uses the others as well.
          boolean known =
              routes.toward(toward.at(), toward.leaf()).stream()
                  .allMatch(h -> byLink.containsKey(h.link()));
          if (total <= 0 || byLink.size() < 2 || !known || !calm.mayMove(toward, now)) {
            return;
          }
          RouteWeights w = new RouteWeights(toward, whole(byLink, total));
          // What was decided and cannot be followed, as a link of it leads there no more, stays so.
          boolean news = !w.equals(snapshot.state().loops().weights().get(toward));
          if (news && differs(routes, toward, byLink, total)) {
            all.add(w);
          }
        });
    return all;
  }

  private SortedMap<LinkId, Integer> whole(SortedMap<Integer, Double> byLink, double total) {
    SortedMap<LinkId, Integer> members = new TreeMap<>();
    Map<Integer, Double> rest = new HashMap<>();
    int left = RouteWeights.MAX_TOTAL;
    Map<Integer, Integer> weights = new TreeMap<>();
    for (Map.Entry<Integer, Double> e : byLink.entrySet()) {
      double exact = e.getValue() / total * RouteWeights.MAX_TOTAL;
      weights.put(e.getKey(), (int) exact);
      rest.put(e.getKey(), exact - (int) exact);
      left -= (int) exact;
    }
    for (; left > 0; left--) {
      int most = -1;
      for (int l : weights.keySet()) {
        most = most < 0 || rest.getOrDefault(l, 0.0) > rest.getOrDefault(most, 0.0) ? l : most;
      }
      weights.merge(most, 1, Integer::sum);
      rest.merge(most, -1.0, Double::sum);
    }
    weights.forEach(
        (l, w) -> {
          if (w > 0) {
            members.put(topology.id(l), w);
          }
        });
    return members;
  }

  private static boolean differs(
      Routes routes, RoutePair toward, SortedMap<Integer, Double> byLink, double total) {
    List<Routes.Hop> hops = routes.toward(toward.at(), toward.leaf());
    double sum = hops.stream().mapToInt(Routes.Hop::weight).sum();
    double most = 0;
    for (Map.Entry<Integer, Double> e : byLink.entrySet()) {
      double now =
          hops.stream().filter(h -> h.link() == e.getKey()).mapToInt(Routes.Hop::weight).sum();
      most = Math.max(most, Math.abs(e.getValue() / total - (sum == 0 ? 0 : now / sum)));
    }
    return most > SAME_SHARE;
  }
}
