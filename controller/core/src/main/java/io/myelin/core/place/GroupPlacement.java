package io.myelin.core.place;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.KPaths;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.Topology;
import io.myelin.core.place.FlowPlacer.Others;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobFlows;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseRequests;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.LinkState;
import io.myelin.core.state.Route;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Paths for many leases at once in a snapshot, none taking room that another has: first around the
 * leases that are there, then, where only their arrangement is in the way, with some of them moved.
 * Pure; admission is decided again when the command is applied.
 */
public final class GroupPlacement {
  /** Ways that are looked at between two switches where the network is no Clos network. */
  private static final int WAYS = 8;

  /** Leases among which some are moved at most: all are looked at, and the answer must be quick. */
  private static final int MAX_LEASES = 20_000;

  /** How often a placement is tried again without leases that it may not move where it wants. */
  private static final int ROUNDS = 4;

  private final FabricState state;
  private final Topology topology;
  private final Now now;
  private final List<LeaseSpec> specs;
  private final Map<Integer, Lease> replaced;
  private final List<Lease> yielding;
  private final LeaseConditions conditions;
  private final LeaseConditions calm;
  private final PathRequest[] requests;

  /** What came of it. */
  public sealed interface Answer {}

  /**
   * All have a path.
   *
   * @param routes in the order of the leases
   */
  public record Placed(List<Route> routes, List<Command.Move> moves, Job.Fit fit)
      implements Answer {
    public Placed {
      routes = List.copyOf(routes);
      moves = List.copyOf(moves);
    }
  }

  /** One of them has no path, even if the others were not: its constraints, or links, are why. */
  public record NoPath(int index, LeaseSpec spec) implements Answer {}

  /**
   * Together they are too much for a cut.
   *
   * @param where the switch, or the access link, that they must pass
   * @param neededBps of all of them there
   * @param freeBps that is to be had there
   */
  public record CutTooSmall(String where, long neededBps, long freeBps) implements Answer {}

  /** They pass every cut that was looked at, but no arrangement was found. */
  public record NotFound() implements Answer {}

  private GroupPlacement(
      FabricState state,
      List<LeaseSpec> specs,
      Map<Integer, Lease> replaced,
      Collection<Lease> leaving,
      Now now) {
    this.state = state;
    this.topology = state.topology();
    this.now = now;
    this.specs = specs;
    this.replaced = replaced;
    yielding = new ArrayList<>(replaced.values());
    yielding.addAll(leaving);
    TimeWindow window = specs.get(0).window(now.timeMs());
    conditions = new LeaseConditions(state, window, now, null);
    calm = new LeaseConditions(state, window, Now.calm(now.timeMs()), null);
    requests = new PathRequest[specs.size()];
    for (int i = 0; i < requests.length; i++) {
      Lease old = replaced.get(i);
      requests[i] = LeaseRequests.of(state, old == null ? null : old.name(), specs.get(i));
    }
  }

  /**
   * Paths for leases of the same terms and times.
   *
   * @param specs one or more
   * @throws IllegalArgumentException when an endpoint is unknown: the caller checks first
   */
  public static Answer find(FabricState state, List<LeaseSpec> specs, Now now) {
    return new GroupPlacement(state, specs, Map.of(), List.of(), now).find();
  }

  /**
   * As the other, where some are there already.
   *
   * @param there the lease that becomes the one of an index; it keeps its path where it can
   * @param leaving leases whose room these take
   */
  public static Answer find(
      FabricState state,
      List<LeaseSpec> specs,
      Map<Integer, Lease> there,
      Collection<Lease> leaving,
      Now now) {
    return new GroupPlacement(state, specs, there, leaving, now).find();
  }

  /**
   * Paths for all leases of a job.
   *
   * @param old the job as it is, whose leases stay where they can and cede their room where not;
   *     null: it is new
   * @throws io.myelin.core.model.Invalid when it is no job in this inventory
   */
  public static Answer find(FabricState state, JobSpec spec, @Nullable Job old, Now now) {
    Map<JobFlows.Flow, Lease> leaving = old == null ? new HashMap<>() : JobFlows.living(state, old);
    List<LeaseSpec> flows = JobFlows.of(state.inventory(), spec);
    Map<Integer, Lease> there = new HashMap<>();
    for (int i = 0; i < flows.size(); i++) {
      Lease lease = leaving.remove(JobFlows.Flow.of(flows.get(i)));
      if (lease != null) {
        there.put(i, lease);
      }
    }
    return find(state, flows, there, leaving.values(), now);
  }

  private Answer find() {
    GroupCuts cuts = new GroupCuts(topology, conditions, specs, requests, givenBack(conditions));
    CutTooSmall cut = cuts.access();
    if (cut == null) {
      cut = cuts.switches(limits(List.of()), () -> movable(Set.of()));
    }
    if (cut != null) {
      NoPath none = cuts.noPath();
      return none != null ? none : cut;
    }
    Placed placed = place(Others.STAY, Set.of());
    if (placed == null && specs.get(0).startTimeMs() <= now.timeMs()) {
      placed = placeMovingOthers();
    }
    if (placed != null) {
      return placed;
    }
    NoPath none = cuts.noPath();
    return none != null ? none : new NotFound();
  }

  private @Nullable Placed placeMovingOthers() {
    if (state.leases().size() > MAX_LEASES) {
      return null;
    }
    Set<LeaseName> fixed = new HashSet<>();
    for (int round = 0; round < ROUNDS; round++) {
      Placed placed = place(Others.MAY_MOVE, fixed);
      if (placed == null) {
        return null;
      }
      int before = fixed.size();
      for (Command.Move m : placed.moves()) {
        if (!mayMove(m)) {
          fixed.add(m.lease());
        }
      }
      if (fixed.size() == before) {
        return placed;
      }
    }
    return null;
  }

  /** Whether a lease's other path is all that it asked for, and not slower or dearer. */
  private boolean mayMove(Command.Move m) {
    Lease lease = state.leases().get(m.lease());
    if (lease == null) {
      return false;
    }
    PathRequest request = LeaseRequests.of(state, lease.name(), lease.spec()).withBandwidthBps(0);
    // Without what waits in queues: that passes, and it may be what the move is to relieve.
    Path path = PathCheck.measured(topology, calm, request, m.route().path());
    Path old = PathCheck.measured(topology, calm, request, lease.path());
    return path.costMicrosPerGb() <= old.costMicrosPerGb()
        && path.latencyNs() <= old.latencyNs()
        && path.unknown().latency() <= old.unknown().latency()
        && PathCheck.violations(
                topology, new LeaseConditions(state, lease.window(), now, lease), request, path)
            .isEmpty();
  }

  // ---- one try ---------------------------------------------------------------------------------

  /**
   * @param fixed leases that stay whatever may move
   */
  private @Nullable Placed place(Others others, Set<LeaseName> fixed) {
    List<Lease> movable = others == Others.MAY_MOVE ? movable(fixed) : List.of();
    long[] limit = limits(movable);
    FlowPlacer placer = placer(limit, movable);
    for (Lease lease : movable) {
      int[] links = numbers(lease.path());
      placer.settle(
          topology.number(lease.path().egress().get(0).device()),
          topology.number(lease.path().egress().get(links.length).device()),
          lease.spec().bandwidthBps(),
          links);
    }
    long[] left = limit.clone();
    movable.forEach(l -> take(left, numbers(l.path()), l.spec().bandwidthBps()));
    for (int i = 0; i < specs.size(); i++) {
      add(placer, i, left);
    }
    FlowPlacer.Placed placed = placer.place(1, others);
    return placed == null ? null : answer(placed, movable);
  }

  private FlowPlacer placer(long[] limit, List<Lease> movable) {
    long[] taken = new long[limit.length];
    for (int l = 0; l < limit.length; l++) {
      taken[l] = Math.max(0, topology.reservableBps(l) - limit[l]);
    }
    Map<Long, PathRequest> asked = new HashMap<>();
    for (PathRequest r : requests) {
      asked.putIfAbsent(key(topology, r.source(), r.destination()), r);
    }
    for (Lease l : movable) {
      PathRequest r = LeaseRequests.of(state, l.name(), l.spec());
      asked.putIfAbsent(key(topology, r.source(), r.destination()), r);
    }
    FlowPlacer.Ways ways = (from, to) -> ways(asked.get((long) from * topology.devices() + to));
    boolean plain = specs.get(0).terms().constraints().via().isEmpty();
    return plain
        ? FlowPlacer.of(topology, limit, taken, ways)
        : FlowPlacer.general(topology, limit, taken, ways);
  }

  /** A number for a pair of switches. */
  static long key(Topology topology, Endpoint from, Endpoint to) {
    return (long) topology.number(from.attachment().device()) * topology.devices()
        + topology.number(to.attachment().device());
  }

  private int[][] ways(@Nullable PathRequest request) {
    if (request == null) {
      return new int[0][];
    }
    return KPaths.find(topology, conditions, request.withBandwidthBps(0), WAYS).stream()
        .map(f -> numbers(f.path()))
        .toArray(int[][]::new);
  }

  /** One that is there already keeps its path, if there still is room for it. */
  private void add(FlowPlacer placer, int i, long[] left) {
    LeaseSpec spec = specs.get(i);
    int from = topology.number(requests[i].source().attachment().device());
    int to = topology.number(requests[i].destination().attachment().device());
    Lease old = replaced.get(i);
    if (old != null && old.state() != Lease.LeaseState.DEGRADED) {
      int[] links = numbers(old.path());
      boolean fits = true;
      for (int l : links) {
        fits &= left[l] >= spec.bandwidthBps();
      }
      if (fits) {
        take(left, links, spec.bandwidthBps());
        placer.settle(from, to, spec.bandwidthBps(), links);
        return;
      }
    }
    placer.add(from, to, spec.bandwidthBps());
  }

  private static void take(long[] left, int[] links, long bps) {
    for (int l : links) {
      left[l] -= bps;
    }
  }

  private @Nullable Placed answer(FlowPlacer.Placed placed, List<Lease> movable) {
    List<Route> routes = new ArrayList<>();
    int moved = 0;
    for (int i = 0; i < specs.size(); i++) {
      Path path =
          PathCheck.path(topology, conditions, requests[i], placed.links()[movable.size() + i]);
      Lease old = replaced.get(i);
      if (old != null && old.path().links().equals(path.links())) {
        routes.add(old.route());
        continue;
      }
      moved += old == null ? 0 : 1;
      if (!PathCheck.violations(topology, conditions, requests[i].withBandwidthBps(0), path)
          .isEmpty()) {
        return null; // a limit on the whole path, e.g. on latency
      }
      routes.add(Route.of(path));
    }
    List<Command.Move> moves = new ArrayList<>();
    for (int f : placed.moved()) {
      if (f < movable.size()) {
        Lease lease = movable.get(f);
        PathRequest request = LeaseRequests.of(state, lease.name(), lease.spec());
        Path path = PathCheck.path(topology, conditions, request, placed.links()[f]);
        moves.add(new Command.Move(lease.name(), lease.generation(), Route.of(path)));
      }
    }
    return new Placed(routes, moves, fit(routes, moves, moved + moves.size()));
  }

  // ---- the fabric as it is ---------------------------------------------------------------------

  /** Leases that hold their paths now and may be asked to take others. */
  private List<Lease> movable(Set<LeaseName> fixed) {
    Set<LeaseName> own = new HashSet<>(fixed);
    yielding.forEach(l -> own.add(l.name()));
    List<Lease> all = new ArrayList<>();
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease l = e.getValue();
      if (l.state().steers()
          && l.shortBps() == 0
          && l.backup() == null // would need another one
          && !own.contains(l.name())
          && l.path().egress().size() > 1) {
        all.add(l);
      }
    }
    return all;
  }

  /** What may be used of each link, with what leases that move, or change, give back. */
  private long[] limits(List<Lease> movable) {
    // Those who move may stay longer than the job: there must be room for them as well.
    LeaseConditions span =
        movable.isEmpty()
            ? conditions
            : conditions.during(TimeWindow.lasting(now.timeMs(), TimeWindow.FOREVER));
    IntPredicate usable = PathCheck.usable(topology, conditions, requests[0]);
    long[] limit = new long[topology.fabricLinks()];
    for (int l = 0; l < limit.length; l++) {
      limit[l] = Math.max(0, span.freeBps(l));
    }
    movable.forEach(l -> take(limit, numbers(l.path()), -l.spec().bandwidthBps()));
    long[] back = givenBack(span);
    for (int l = 0; l < limit.length; l++) {
      limit[l] = usable.test(l) ? limit[l] + back[l] : 0;
    }
    return limit;
  }

  /**
   * What each link has more than is free there, once the leases whose room these take have gone:
   * what they book, and what they hold above that until a switch acknowledges that they have less.
   *
   * @return bits per second by number of the link, access links included
   */
  private long[] givenBack(LeaseConditions span) {
    long[] booked = new long[topology.links()];
    long[] held = new long[topology.links()];
    for (Lease lease : yielding) {
      for (LinkId id : lease.path().links()) {
        Integer l = topology.number(id);
        if (l != null) {
          booked[l] += lease.bookedBps();
          held[l] += lease.state().occupies() ? lease.heldBps() : 0;
        }
      }
    }
    boolean atOnce = span.window().startMs() <= now.timeMs();
    for (int l = 0; l < booked.length; l++) {
      if (atOnce && held[l] > booked[l]) {
        LinkState link = state.links().get(l);
        long others = Math.max(link.takenBps(span.window()) - booked[l], link.heldBps() - held[l]);
        long free = topology.reservableBps(l) - others;
        booked[l] = Math.max(booked[l], free - Math.max(0, span.freeBps(l)));
      }
    }
    return booked;
  }

  /** Numbers of the links between switches. */
  private int[] numbers(Path path) {
    return numbers(topology, path);
  }

  static int[] numbers(Topology topology, Path path) {
    List<LinkId> ids = path.links().subList(1, path.links().size() - 1);
    int[] numbers = new int[ids.size()];
    for (int i = 0; i < numbers.length; i++) {
      Integer n = topology.number(ids.get(i));
      if (n == null) {
        throw new AssertionError("no link " + ids.get(i));
      }
      numbers[i] = n;
    }
    return numbers;
  }

  // ---- how well, and why not --------------------------------------------------------------------
  private Job.Fit fit(List<Route> routes, List<Command.Move> moves, int moved) {
    LinkLoads loads = new LinkLoads(state, conditions);
    yielding.forEach(l -> loads.add(l.path(), -l.bookedBps()));
    for (Command.Move m : moves) {
      Lease lease = state.leases().get(m.lease());
      if (lease != null) {
        loads.add(lease.path(), -lease.spec().bandwidthBps());
        loads.add(m.route().path(), lease.spec().bandwidthBps());
      }
    }
    for (int i = 0; i < routes.size(); i++) {
      loads.use(routes.get(i).path(), specs.get(i).bandwidthBps());
    }
    return new Job.Fit(loads.highest(), loads.bound(), moved);
  }
}
