package io.myelin.core.place;

import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Disjoint;
import io.myelin.core.path.DisjointPair;
import io.myelin.core.path.Explanation;
import io.myelin.core.path.KPaths;
import io.myelin.core.path.Kind;
import io.myelin.core.path.LinkConditions;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathExplainer;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Scope;
import io.myelin.core.path.SlotSearch;
import io.myelin.core.path.Topology;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseRequests;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A lease's question to the path search, in a snapshot. Pure; admission is decided again when it is
 * applied.
 *
 * @param instead a lease whose bandwidth counts as free, because it is the one to move
 */
public record Placement(
    FabricState state, PathRequest request, LeaseConditions conditions, @Nullable Lease instead) {

  /**
   * For a new lease.
   *
   * @throws IllegalArgumentException when an endpoint is unknown: the caller checks first
   */
  public static Placement of(FabricState state, LeaseSpec spec, Now now) {
    return of(state, null, spec, now, null);
  }

  /** Bound on paths that are tried with a backup each. */
  private static final int MAX_PRIMARIES = 8;

  /** For a lease that is to go elsewhere, perhaps on other terms. */
  public static Placement instead(FabricState state, Lease lease, LeaseSpec spec, Now now) {
    return of(state, lease.name(), spec, now, lease);
  }

  private static Placement of(
      FabricState state,
      @Nullable LeaseName name,
      LeaseSpec spec,
      Now now,
      @Nullable Lease instead) {
    return new Placement(
        state,
        LeaseRequests.of(state, name, spec),
        new LeaseConditions(state, spec.window(now.timeMs()), now, instead),
        instead);
  }

  /** The same for another bandwidth, 0 included: any path at all. */
  public Placement withBandwidthBps(long bps) {
    return new Placement(state, request.withBandwidthBps(bps), conditions, instead);
  }

  /** The best path. */
  public PathSearch.Answer find() {
    return PathSearch.find(state.topology(), conditions, request);
  }

  /**
   * The best path, with the best backup for it if the lease asks for one: of the best paths the
   * first that has a backup.
   *
   * @param protection what path and backup must not have in common; empty: no backup
   */
  public @Nullable Route route(Set<Scope> protection) {
    if (protection.isEmpty()) {
      return find() instanceof PathSearch.Found found ? Route.of(found.path()) : null;
    }
    for (PathSearch.Found f : KPaths.find(state.topology(), conditions, request, MAX_PRIMARIES)) {
      Path backup = backup(f.path(), protection);
      if (backup != null) {
        return new Route(f.path(), backup);
      }
    }
    // A trap: each of the best paths is in the way of all backups.
    DisjointPair.Pair pair =
        DisjointPair.find(state.topology(), conditions, request, protection).pair();
    return pair == null ? null : new Route(pair.primary(), pair.backup());
  }

  /** The best backup for a path; null: there is none. */
  public @Nullable Path backup(Path path, Set<Scope> protection) {
    return forBackupOf(path, protection).find() instanceof PathSearch.Found found
        ? found.path()
        : null;
  }

  private Placement forBackupOf(Path path, Set<Scope> protection) {
    Disjoint apart = new Disjoint(state.inventory()).add(path, protection);
    return new Placement(
        state,
        request.withApart(
            request.apart().and(apart.between(request.source(), request.destination()))),
        conditions.forBackupOf(path, protection),
        instead);
  }

  /** Whether a route's backup can be taken now: the room for it is what was set aside. */
  public boolean admitsFailover(Route route) {
    Path backup = route.backup();
    return backup != null
        && PathCheck.problem(state.topology(), request, backup) == null
        && violations(backup).stream().allMatch(v -> v.kind() == Kind.BANDWIDTH);
  }

  /** Whether a route has all that is asked for: the path, and the backup if one is. */
  public boolean admits(Route route, Set<Scope> protection) {
    return admits(route.path()) && admitsBackup(route, protection);
  }

  /** Whether a route has a backup that would be good for its path, or none is asked for. */
  public boolean admitsBackup(Route route, Set<Scope> protection) {
    Path backup = route.backup();
    return protection.isEmpty()
        ? backup == null
        : backup != null && forBackupOf(route.path(), protection).admits(backup);
  }

  /**
   * Why there is no path.
   *
   * @param slot when it would fit, where waiting helps; null: it does not, or it was not found
   * @param from the same, and whether it is known that it never fits
   */
  public record Reasons(Explanation explanation, SlotSearch.@Nullable Slot slot, EarliestFit from) {
    /** Whether nothing but these kinds is in the way, in one of the ways out. */
    public boolean only(Set<Kind> kinds) {
      return explanation.relaxations().stream().anyMatch(r -> kinds.containsAll(r.kinds()));
    }
  }

  /** Explains that {@link #find} found nothing. */
  public Reasons explain() {
    Explanation e = PathExplainer.explain(state.topology(), conditions, request);
    Set<Kind> binding = e.binding();
    if (!binding.contains(Kind.BANDWIDTH) && !binding.contains(Kind.AVAILABILITY)) {
      return new Reasons(e, null, EarliestFit.NEVER); // no time brings what is missing
    }
    TimeWindow window = conditions.window();
    if (instead != null && window.endMs() != TimeWindow.FOREVER) {
      return untilItsEnd(e, window);
    }
    SlotSearch.Slots slots =
        new SlotSearch(state.topology(), conditions, window.startMs(), TimeWindow.FOREVER - 1)
            .earliest(request, window.durationMs());
    if (slots.slots().isEmpty()) {
      boolean all = slots.searchedUntilMs() >= TimeWindow.FOREVER - 1;
      return new Reasons(e, null, all ? EarliestFit.NEVER : EarliestFit.UNKNOWN);
    }
    SlotSearch.Slot slot = slots.slots().get(0);
    return new Reasons(e, slot, EarliestFit.at(slot.window().startMs()));
  }

  /** A lease that changes later changes until its end, not for as long as from now to its end. */
  private Reasons untilItsEnd(Explanation e, TimeWindow window) {
    EarliestFit from =
        EarliestFit.first(
            state,
            EarliestFit.moments(state, window),
            ms -> pathDuring(new TimeWindow(ms, window.endMs())) != null);
    if (from.certainty() != EarliestFit.Certainty.KNOWN) {
      return new Reasons(e, null, from);
    }
    TimeWindow then = new TimeWindow(from.ms(), window.endMs());
    Path path = pathDuring(then);
    return new Reasons(
        e, path == null ? null : new SlotSearch.Slot(then, request.bandwidthBps(), path), from);
  }

  private @Nullable Path pathDuring(TimeWindow window) {
    return PathSearch.find(state.topology(), conditions.during(window), request)
            instanceof PathSearch.Found found
        ? found.path()
        : null;
  }

  /** What is free on the links of both NICs: no way, and no move of others, has more. */
  public long accessBps() {
    int up = state.topology().uplink(request.source());
    int down = state.topology().uplink(request.destination()) + 1;
    return Math.max(0, Math.min(conditions.freeBps(up), conditions.freeBps(down)));
  }

  /** What a path breaks of what is asked for, bandwidth included. */
  public List<PathCheck.Violation> violations(Path path) {
    return PathCheck.violations(state.topology(), conditions, request, path);
  }

  /** Whether a path is one, and all that is asked for. */
  public boolean admits(Path path) {
    return PathCheck.problem(state.topology(), request, path) == null && violations(path).isEmpty();
  }

  /**
   * Whether other leases alone keep it from its shortest way: it fits nowhere, or only on a detour.
   * Rearranging them may help.
   *
   * @param now what {@link #find} answered
   */
  public boolean crowded(PathSearch.Answer now) {
    if (now instanceof PathSearch.Found found && isDirect(found.path())) {
      return false;
    }
    PathSearch.Answer alone =
        PathSearch.find(state.topology(), new Empty(state.topology(), conditions), request);
    if (!(alone instanceof PathSearch.Found best)) {
      return false;
    }
    return !(now instanceof PathSearch.Found found)
        || best.path().egress().size() < found.path().egress().size();
  }

  /** Whether no path at all has fewer hops. */
  private boolean isDirect(Path path) {
    return path.egress().size() - 1L
        <= state
            .topology()
            .leastLinks(
                request.source().attachment().device(),
                request.destination().attachment().device());
  }

  /** The fabric as it would be without any lease. */
  private record Empty(Topology topology, LinkConditions now) implements LinkConditions {
    @Override
    public Status status(int link) {
      return now.status(link);
    }

    @Override
    public long freeBps(int link) {
      return topology.reservableBps(link);
    }

    @Override
    public boolean knowsLatency(int link) {
      return now.knowsLatency(link);
    }

    @Override
    public long latencyNs(int link) {
      return now.latencyNs(link);
    }

    @Override
    public long queueingNs(int link) {
      return now.queueingNs(link);
    }
  }
}
