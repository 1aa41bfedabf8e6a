package io.myelin.core.path;

import io.myelin.core.path.Constraints.Limits;
import io.myelin.core.path.Explanation.Relaxation;
import io.myelin.core.path.Topology.Metric;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Explains why there is no path: finds every smallest set of constraints that would have to give
 * way, and for each the path that is nearest to what was asked.
 *
 * <p>A constraint belongs to every such set if nothing helps as long as it stands; the others are
 * tried by size of the set, so that what is named is needed: with any smaller set, there is no
 * path.
 */
public final class PathExplainer {
  /**
   * Bound on sets that are tried: all of up to three out of thirteen constraints, more than a
   * request with no path commonly needs.
   */
  private static final int MAX_SETS = 500;

  /** Bound on labels of all searches together: seconds. */
  private static final int MAX_LABELS = 1 << 23;

  private final Topology topology;
  private final LinkConditions conditions;
  private final PathRequest request;
  private final LinkFilter filter;
  private final int access;
  private int unknown;
  private int sets;
  private int labels;
  private boolean complete = true;

  private PathExplainer(Topology topology, LinkConditions conditions, PathRequest request) {
    this.topology = topology;
    this.conditions = conditions;
    this.request = request;
    filter = new LinkFilter(topology, conditions, request);
    access = PathSearch.accessViolations(topology, filter, request);
  }

  /** Explains a request for which {@link PathSearch} found nothing. */
  public static Explanation explain(
      Topology topology, LinkConditions conditions, PathRequest request) {
    return new PathExplainer(topology, conditions, request).explain();
  }

  private Explanation explain() {
    List<Kind> candidates = candidates();
    Relaxation all = relax(EnumSet.copyOf(candidates));
    if (all == null) {
      return new Explanation(List.of(), complete);
    }
    EnumSet<Kind> necessary = necessary(candidates);
    List<Kind> others = new ArrayList<>(candidates);
    others.removeAll(necessary);
    // No smallest set is larger than what the nearest path without any constraint breaks.
    Set<Kind> most = EnumSet.noneOf(Kind.class);
    all.violations().forEach(v -> most.add(v.kind()));
    for (int more = 0; necessary.size() + more <= most.size() && complete; more++) {
      List<Relaxation> found = new ArrayList<>();
      choose(others, 0, necessary.size() + more, EnumSet.copyOf(necessary), found);
      if (!found.isEmpty()) {
        return new Explanation(found, complete);
      }
    }
    return new Explanation(List.of(all), false);
  }

  /** The kinds without which nothing helps: they belong to every set. */
  private EnumSet<Kind> necessary(List<Kind> candidates) {
    EnumSet<Kind> needed = EnumSet.noneOf(Kind.class);
    for (Kind k : candidates) {
      EnumSet<Kind> others = EnumSet.copyOf(candidates);
      others.remove(k);
      boolean possible =
          (access & k.bit()) == 0
              && search(request, filter, Goal.least(Metric.HOPS), Kind.bits(others)) != null;
      if (!possible) {
        needed.add(k);
      }
    }
    return needed;
  }

  /** The kinds that could be in the way at all. */
  private List<Kind> candidates() {
    int links = 0;
    for (int l = 0; l < topology.fabricLinks(); l++) {
      links |= filter.violations(l);
    }
    unknown = links; // of limits, a link by itself breaks only those that nobody knows of it
    Limits max = request.constraints().limits();
    List<Kind> kinds = new ArrayList<>();
    for (Kind k : Kind.values()) {
      boolean may =
          switch (k) {
            case LINK_DOWN,
                DRAINED,
                SWITCH_UNAVAILABLE,
                AVAILABILITY,
                BANDWIDTH,
                REGION,
                ENCRYPTION,
                MEDIUM,
                AVOID,
                DISJOINT ->
                ((links | access) & k.bit()) != 0;
            case LATENCY -> max.latencyNs() != Limits.UNLIMITED;
            case JITTER -> max.jitterNs() != Limits.UNLIMITED;
            case LOSS -> max.lossPpb() != Limits.UNLIMITED;
            case COST -> max.costMicrosPerGb() != Limits.UNLIMITED;
            case HOPS -> LabelSearch.maxLinks(topology, request) < topology.devices() - 1L;
            case VIA -> !request.constraints().via().isEmpty();
          };
      if (may) {
        kinds.add(k);
      }
    }
    if (kinds.isEmpty()) {
      kinds.add(Kind.LINK_DOWN); // nothing is in the way: then no cable leads there
    }
    return kinds;
  }

  /** Tries every set of so many kinds that has the chosen ones. */
  private void choose(
      List<Kind> from, int next, int size, EnumSet<Kind> chosen, List<Relaxation> found) {
    if (chosen.size() == size) {
      Relaxation r = relax(EnumSet.copyOf(chosen));
      if (r != null) {
        found.add(r);
      }
      return;
    }
    for (int i = next; i <= from.size() - (size - chosen.size()); i++) {
      chosen.add(from.get(i));
      choose(from, i + 1, size, chosen, found);
      chosen.remove(from.get(i));
    }
  }

  /** The nearest path when these kinds do not count; null: there is none, or no time to look. */
  private @Nullable Relaxation relax(EnumSet<Kind> kinds) {
    if (sets++ >= MAX_SETS || labels >= MAX_LABELS) {
      complete = false;
      return null;
    }
    List<Integer> links =
        kinds.equals(EnumSet.of(Kind.BANDWIDTH))
            ? widest()
            : search(request, filter, goal(kinds), Kind.bits(kinds));
    if (links == null) {
      return null;
    }
    Path path = PathSearch.path(topology, conditions, request, links);
    return new Relaxation(kinds, path, PathCheck.violations(topology, conditions, request, path));
  }

  private Goal goal(EnumSet<Kind> kinds) {
    if (kinds.size() == 1) {
      Metric added =
          switch (kinds.iterator().next()) {
            case LATENCY -> Metric.LATENCY;
            case JITTER -> Metric.JITTER;
            case LOSS -> Metric.LOSS;
            case COST -> Metric.COST;
            case HOPS -> Metric.HOPS;
            default -> null;
          };
      if (added != null) {
        return (unknown & Kind.bits(kinds)) == 0
            ? Goal.least(added)
            : Goal.fewest(Kind.bits(kinds), added);
      }
    }
    Metric objective = request.objective() == Objective.COST ? Metric.COST : Metric.LATENCY;
    return Goal.fewest(Kind.bits(kinds), objective);
  }

  private @Nullable List<Integer> search(PathRequest r, LinkFilter f, Goal goal, int ignored) {
    LabelSearch.Result result =
        LabelSearch.solve(
            new LabelSearch.Question(topology, conditions, r, f, goal),
            LabelSearch.Scope.ignoring(ignored));
    labels += result.labels();
    complete &= result.proven();
    return result.links();
  }

  /** The path that has most room at its narrowest; of these the best. */
  private @Nullable List<Integer> widest() {
    int up = topology.uplink(request.source());
    int down = topology.uplink(request.destination()) + 1;
    long ends = Math.min(conditions.freeBps(up), conditions.freeBps(down));
    long[] widths = Arrays.stream(frees(ends)).filter(w -> w <= ends).sorted().distinct().toArray();
    int low = 0;
    int high = widths.length - 1;
    List<Integer> best = null;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      PathRequest r = request.withBandwidthBps(widths[middle]);
      List<Integer> links =
          search(
              r,
              new LinkFilter(topology, conditions, r),
              Goal.of(request.objective(), request.weights()),
              0);
      if (links != null) {
        best = links;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return best;
  }

  private long[] frees(long ends) {
    long[] frees = new long[topology.fabricLinks() + 2];
    for (int l = 0; l < topology.fabricLinks(); l++) {
      frees[l] = Math.max(0, Math.min(request.bandwidthBps(), conditions.freeBps(l)));
    }
    frees[frees.length - 2] = Math.max(0, ends);
    return frees; // the last stays 0: any path at all
  }
}
