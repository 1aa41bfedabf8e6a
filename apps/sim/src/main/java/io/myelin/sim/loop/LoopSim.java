package io.myelin.sim.loop;

import io.myelin.core.loop.CongestedLink;
import io.myelin.core.loop.CongestionMitigation;
import io.myelin.core.loop.Decision;
import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Estimator;
import io.myelin.core.loop.Hysteresis;
import io.myelin.core.loop.LoopSnapshot;
import io.myelin.core.loop.Optimiser;
import io.myelin.core.loop.Policy;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Queues;
import io.myelin.core.path.Objective;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.place.Placement;
import io.myelin.core.port.Telemetry.Congestion;
import io.myelin.core.port.Telemetry.Flow;
import io.myelin.core.port.Telemetry.Queue;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * The core's loops on a fabric whose load shifts from phase to phase, seen through counters that
 * are read a second apart, late, with noise, and now and then not at all, and through congestion
 * events that come late. Leases carry what they feel like, up to what they booked; routed traffic
 * is divided as the switches' groups say. Virtual time; the same seed gives the same run.
 */
public final class LoopSim {
  private static final int LEAVES = 6;
  private static final int SPINES = 4;
  private static final int HOSTS = 8;
  private static final int LEASES = 96;
  private static final long STEP_MS = 100;
  private static final long COUNTERS_MS = 1_000;
  private static final long OPTIMISER_MS = 5_000;
  private static final long PHASE_MS = 90_000;
  private static final int PHASES = 3;

  /** Of a phase: by then the loops must have come to rest. */
  private static final double AT_REST = 2.0 / 3;

  private static final double NOISE = 0.05;
  private static final double MISSED = 0.1;
  private static final long LATEST_MS = 500;
  private static final long EVENT_LATEST_MS = 20;

  private final SplittableRandom random;
  private final Policy policy;
  private final Hysteresis calm;
  private final CongestionMitigation mitigation;
  private final Estimator estimator = new Estimator(COUNTERS_MS);
  private final PriorityQueue<Late> late = new PriorityQueue<>();
  private final Map<LeaseName, Double> rates = new TreeMap<>();
  private final Map<LeaseName, Double> seenRates = new HashMap<>();
  private final Map<RoutePair, Double> demand = new TreeMap<>();
  private final Map<RoutePair, Double> seenDemand = new HashMap<>();
  private final Map<LeaseName, List<Stay>> stays = new HashMap<>();
  private final double[] bytes;
  private FabricState state;
  private long nowMs = 1_000;
  private long serial;
  private int moves;
  private int decisions;
  private int dwellBroken;
  private int backAndForth;
  private final List<Double> overBound = new ArrayList<>();

  /** Something that is heard later than it was so. */
  private record Late(long atMs, long serial, Runnable what) implements Comparable<Late> {
    @Override
    public int compareTo(Late o) {
      int c = Long.compare(atMs, o.atMs);
      return c != 0 ? c : Long.compare(serial, o.serial);
    }
  }

  /** A lease on a path since a moment. */
  private record Stay(long sinceMs, Route route) {}

  /**
   * What came of a run.
   *
   * @param decisions of all kinds
   * @param moves of leases
   * @param dwellBroken moves of a lease that had moved within the dwell time
   * @param backAndForth returns of a lease to a path that it had left, while the load was at rest
   * @param overBound at the end of each phase: utilisation of the hottest link over the least that
   *     is possible with what is carried then
   */
  public record Result(
      int decisions, int moves, int dwellBroken, int backAndForth, List<Double> overBound) {
    public Result {
      overBound = List.copyOf(overBound);
    }

    /** The worst phase. */
    public double worst() {
      return overBound.stream().mapToDouble(d -> d).max().orElse(Double.NaN);
    }
  }

  private LoopSim(long seed, Policy policy) {
    random = new SplittableRandom(seed);
    this.policy = policy;
    calm = new Hysteresis(policy);
    mitigation = new CongestionMitigation(calm);
    state =
        apply(
            FabricState.EMPTY,
            new Command.SetInventory(
                new LeafSpine(LEAVES, SPINES, HOSTS).inventory(FabricOptions.DEFAULT), 0));
    bytes = new double[state.topology().links()];
    if (random.nextInt(3) == 0) {
      cut();
    }
    book();
  }

  /** Runs one seed. */
  public static Result run(long seed, Policy policy) {
    return new LoopSim(seed, policy).run();
  }

  private static FabricState apply(FabricState s, Command c) {
    Applied a = StateMachine.apply(s, c);
    if (a.outcome() instanceof Outcome.Refused) {
      throw new IllegalStateException(c + ": " + a.outcome());
    }
    return a.after();
  }

  // ---- the fabric ------------------------------------------------------------------------------

  private void cut() {
    int link = random.nextInt(state.topology().fabricLinks());
    for (int l : new int[] {link, state.topology().reverse(link)}) {
      state = apply(state, new Command.ObserveLink(state.topology().id(l), false, -1, 1));
    }
  }

  private void book() {
    List<Endpoint> hosts = new ArrayList<>();
    state.inventory().endpoints().forEach((id, e) -> hosts.add(e));
    for (int i = 0; i < LEASES; i++) {
      Endpoint from = hosts.get(random.nextInt(hosts.size()));
      Endpoint to = hosts.get(random.nextInt(hosts.size()));
      if (from.attachment().device().equals(to.attachment().device())) {
        continue;
      }
      long bps = (long) (from.capacityBps() * (0.02 + 0.06 * random.nextDouble()));
      LeaseSpec spec =
          new LeaseSpec(
              from.id(),
              to.id(),
              new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(100 + i)),
              bps,
              Terms.of(Objective.LATENCY),
              LeaseSpec.NEVER);
      if (Placement.of(state, spec, Now.calm(nowMs)).find() instanceof PathSearch.Found f) {
        LeaseName name = new LeaseName(FabricBuilder.TENANT, "l" + i);
        Route route = Route.of(f.path());
        Applied a =
            StateMachine.apply(state, new Command.CreateLease(name, spec, route, null, nowMs));
        if (!(a.outcome() instanceof Outcome.Refused)) {
          state = apply(a.after(), new Command.Provisioned(name, 1, nowMs));
          stays.put(name, new ArrayList<>(List.of(new Stay(-policy.dwellMs(), route))));
        }
      }
    }
  }

  /** Other rates and other demands; what leases carry never exceeds what they booked. */
  private void shift() {
    state
        .leases()
        .forEach(
            (name, l) ->
                rates.put(name, l.spec().bandwidthBps() * (0.3 + 0.7 * random.nextDouble())));
    demand.clear();
    double line = (double) state.topology().capacityBps(0);
    for (int a = 1; a <= LEAVES; a++) {
      for (int b = 1; b <= LEAVES; b++) {
        if (a != b) {
          double share = random.nextInt(4) == 0 ? 0.6 : 0.15;
          demand.put(
              new RoutePair(leaf(a), leaf(b)), line * share * (0.2 + 0.8 * random.nextDouble()));
        }
      }
    }
  }

  private static DeviceId leaf(int n) {
    return new DeviceId("leaf" + n);
  }

  // ---- a run -----------------------------------------------------------------------------------

  private Result run() {
    for (int phase = 0; phase < PHASES; phase++) {
      shift();
      long began = nowMs;
      long rest = began + (long) (AT_REST * PHASE_MS);
      while (nowMs < began + PHASE_MS) {
        step();
      }
      settledSince(rest);
      overBound.add(overBound());
    }
    return new Result(decisions, moves, dwellBroken, backAndForth, overBound);
  }

  private void step() {
    nowMs += STEP_MS;
    double[] loads = RoutedLoads.of(state, rates, demand);
    for (int l = 0; l < loads.length; l++) {
      bytes[l] += loads[l] / 8 * STEP_MS / 1e3;
    }
    if (nowMs % COUNTERS_MS == 0) {
      readCounters();
    }
    tellOfHotLinks(loads);
    while (!late.isEmpty() && late.peek().atMs <= nowMs) {
      late.remove().what.run();
    }
    if (nowMs % OPTIMISER_MS == 0) {
      optimise();
    }
  }

  private void later(long mostMs, Runnable what) {
    late.add(new Late(nowMs + random.nextLong(mostMs + 1), serial++, what));
  }

  private double noisy(double value) {
    return value * (1 + NOISE * (2 * random.nextDouble() - 1));
  }

  /** What is read now is heard later, or never. */
  private void readCounters() {
    Topology t = state.topology();
    long read = nowMs;
    for (int d = 0; d < t.devices(); d++) {
      if (random.nextDouble() < MISSED) {
        continue;
      }
      for (int l = 0; l < t.fabricLinks(); l++) {
        if (t.from(l) == d) {
          PortRef port = t.link(l).from();
          long packets = (long) (bytes[l] / 4096);
          var counters = new Estimator.Counters(packets, (long) bytes[l], packets, 0, 0);
          later(LATEST_MS, () -> estimator.counters(port, counters, read, read, read * 1_000));
        }
      }
      DeviceId device = t.device(d);
      Map<LeaseName, Double> ofLeases = new HashMap<>();
      state
          .leases()
          .forEach(
              (name, lease) -> {
                if (lease.path().egress().get(0).device().equals(device)) {
                  ofLeases.put(name, noisy(rates.getOrDefault(name, 0.0)));
                }
              });
      Map<RoutePair, Double> ofPairs = new HashMap<>();
      demand.forEach(
          (pair, bps) -> {
            if (pair.at().equals(device)) {
              ofPairs.put(pair, noisy(bps));
            }
          });
      later(
          LATEST_MS,
          () -> {
            seenRates.putAll(ofLeases);
            seenDemand.putAll(ofPairs);
          });
    }
  }

  /** A queue that builds up tells; the packet in it is of anybody who passes there. */
  private void tellOfHotLinks(double[] loads) {
    Topology t = state.topology();
    for (int l = 0; l < t.fabricLinks(); l++) {
      if (loads[l] > t.capacityBps(l)) {
        int link = l;
        Congestion c =
            new Congestion(
                new Queue(t.link(l).from().device(), t.link(l).from().port(), Queues.ROCE),
                100,
                50,
                4096,
                nowMs * 1_000,
                nowMs,
                flow(l));
        later(EVENT_LATEST_MS, () -> hot(link, c));
      }
    }
  }

  private Flow flow(int link) {
    Topology t = state.topology();
    String to = t.device(t.to(link)).value();
    String leaf = to.startsWith("leaf") ? to : "leaf" + (1 + random.nextInt(LEAVES));
    Endpoint destination = t.endpoint(host(leaf));
    Endpoint source = t.endpoint(host("leaf" + (1 + random.nextInt(LEAVES))));
    if (destination == null || source == null) {
      throw new AssertionError("no hosts at " + leaf);
    }
    return new Flow(source.ip(), destination.ip(), -1);
  }

  private static EndpointId host(String leaf) {
    return new EndpointId(leaf + "-host1");
  }

  // ---- the loops -------------------------------------------------------------------------------

  private LoopSnapshot snapshot() {
    Topology t = state.topology();
    ToDoubleFunction<Lease> ofLease =
        l -> seenRates.getOrDefault(l.name(), (double) l.spec().bandwidthBps());
    return new LoopSnapshot(
        state,
        Now.calm(nowMs),
        l -> l < t.fabricLinks() && estimator.knows(t.link(l).from(), nowMs),
        l -> l < t.fabricLinks() ? estimator.bps(t.link(l).from()) : 0,
        l -> l < t.fabricLinks() ? estimator.highestBps(t.link(l).from()) : 0,
        ofLease);
  }

  private void hot(int link, Congestion c) {
    estimator.event(c);
    Topology t = state.topology();
    Estimate e = estimator.of(t.link(link).from(), t.capacityBps(link), nowMs);
    Decision d = mitigation.decide(snapshot(), new CongestedLink(link, Queues.ROCE, c.flow(), e));
    if (d != null && d.command() != null) {
      carryOut(d.command());
      calm.done(d.link());
    }
  }

  private void optimise() {
    Optimiser.Plan plan = Optimiser.plan(snapshot(), seenDemand, calm);
    if (!plan.moves().isEmpty()) {
      plan.moves().forEach(m -> calm.moved(m.lease(), nowMs));
      carryOut(new Command.MoveLeases(plan.moves(), "", nowMs));
    }
    if (!plan.weights().isEmpty()) {
      plan.weights().forEach(w -> calm.moved(w.toward(), nowMs));
      carryOut(new Command.SetWeights(plan.weights(), nowMs));
    }
  }

  private void carryOut(Command command) {
    Applied a = StateMachine.apply(state, command);
    if (a.outcome() instanceof Outcome.Refused) {
      return;
    }
    decisions++;
    if (command instanceof Command.MoveLeases c) {
      c.moves().forEach(this::moved);
    }
    state = a.after();
    if (command instanceof Command.MoveLeases c) {
      for (Command.Move m : c.moves()) {
        state = apply(state, new Command.Provisioned(m.lease(), m.generation() + 1, nowMs));
      }
    }
  }

  private void moved(Command.Move m) {
    moves++;
    List<Stay> list = stays.getOrDefault(m.lease(), new ArrayList<>());
    if (nowMs - list.get(list.size() - 1).sinceMs() < policy.dwellMs()) {
      dwellBroken++;
    }
    list.add(new Stay(nowMs, m.route()));
  }

  /** Returns to a path that was left, both since a moment, without any cause. */
  private void settledSince(long sinceMs) {
    stays.forEach(
        (name, list) -> {
          for (int i = 2; i < list.size(); i++) {
            boolean back =
                list.get(i).route().path().links().equals(list.get(i - 2).route().path().links());
            backAndForth += back && list.get(i - 1).sinceMs() >= sinceMs ? 1 : 0;
          }
        });
  }

  private double overBound() {
    double[] loads = RoutedLoads.of(state, rates, demand);
    double highest = 0;
    for (int l = 0; l < loads.length; l++) {
      highest = Math.max(highest, loads[l] / state.topology().capacityBps(l));
    }
    LoopSnapshot truth =
        new LoopSnapshot(
            state,
            Now.calm(nowMs),
            l -> true,
            l -> loads[l],
            l -> loads[l],
            l -> rates.getOrDefault(l.name(), 0.0));
    return highest / Optimiser.plan(truth, demand, new Hysteresis(policy)).bound();
  }
}
