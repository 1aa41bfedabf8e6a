package io.myelin.core.path;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The two disjoint paths whose objectives add up to least, each within all constraints.
 *
 * <p>Without limits and shared risks the flow of two units is the answer, whatever trap the single
 * best path may be. With them, primaries are tried best first, each with its own best disjoint
 * backup; since the primary is the better of the two, no pair is missed once twice its value is not
 * below the best sum.
 */
public final class DisjointPair {
  /** Bound on primaries that are tried. */
  private static final int MAX_PRIMARIES = 256;

  /**
   * Two paths.
   *
   * @param primary the better of the two
   * @param value sum of both
   * @param proven whether no pair is better; if not, the search ran into its bound on work
   */
  public record Pair(Path primary, Path backup, long value, boolean proven) {}

  /**
   * What was found.
   *
   * @param pair null: none
   * @param proven without a pair, whether there is none
   */
  public record Result(@Nullable Pair pair, boolean proven) {}

  private final Topology topology;
  private final LinkConditions conditions;
  private final PathRequest request;
  private final Set<Scope> scopes;
  private final LinkFilter filter;

  private DisjointPair(
      Topology topology, LinkConditions conditions, PathRequest request, Set<Scope> scopes) {
    this.topology = topology;
    this.conditions = conditions;
    this.request = request;
    this.scopes = scopes;
    filter = new LinkFilter(topology, conditions, request);
  }

  /**
   * The best pair.
   *
   * @param scopes what the two must not have in common; cables always
   */
  public static Result find(
      Topology topology, LinkConditions conditions, PathRequest request, Set<Scope> scopes) {
    return new DisjointPair(topology, conditions, request, scopes).find();
  }

  private Result find() {
    if (PathSearch.accessViolations(topology, filter, request) != 0) {
      return new Result(null, true);
    }
    int source = topology.number(request.source().attachment().device());
    int target = topology.number(request.destination().attachment().device());
    if (source == target) {
      return new Result(null, true); // one switch, one way
    }
    LinkMeasure measure =
        new LinkMeasure(
            topology, conditions, request, Goal.of(request.objective(), request.weights()));
    Scope scope = scopes.contains(Scope.NODE) ? Scope.NODE : Scope.LINK;
    List<List<Integer>> flow =
        new FlowPair(topology, filter, measure, source, target, scope).find();
    if (flow == null) {
      return new Result(null, true); // more constraints cannot help
    }
    Pair least = pair(flow, measure);
    boolean certain = Certainty.of(topology, conditions, request, filter);
    Result found = best(least);
    Pair pair = found.pair();
    return pair == null || certain ? found : new Result(proven(pair, false), found.proven());
  }

  private Result best(Pair least) {
    return admitted(least.primary()) && admitted(least.backup()) && apart(least)
        ? new Result(least, true)
        : enumerate(least.value());
  }

  private Pair pair(List<List<Integer>> flow, LinkMeasure measure) {
    long a = sum(flow.get(0), measure);
    long b = sum(flow.get(1), measure);
    Path first = PathSearch.path(topology, conditions, request, flow.get(0));
    Path second = PathSearch.path(topology, conditions, request, flow.get(1));
    return a <= b ? new Pair(first, second, a + b, true) : new Pair(second, first, a + b, true);
  }

  private static long sum(List<Integer> links, LinkMeasure measure) {
    long sum = 0;
    for (int l : links) {
      sum += measure.cost(l, 0, measure.loadPermille(l));
    }
    return sum;
  }

  private boolean admitted(Path path) {
    return PathCheck.violations(topology, conditions, request, path).isEmpty();
  }

  private boolean apart(Pair p) {
    return PathCheck.violations(topology, conditions, awayFrom(p.primary()), p.backup()).isEmpty();
  }

  /** The same request, for a path that is disjoint from this one too. */
  private PathRequest awayFrom(Path path) {
    Constraints.Avoid own =
        new Disjoint(topology.inventory())
            .add(path, scopes)
            .between(request.source(), request.destination());
    return request.withApart(request.apart().and(own));
  }

  /**
   * Primaries, best first.
   *
   * @param atLeast that every pair adds up to
   */
  private Result enumerate(long atLeast) {
    KPaths primaries = new KPaths(topology, conditions, request);
    Pair best = null;
    boolean proven = true;
    for (int i = 0; i < MAX_PRIMARIES; i++) {
      PathSearch.Found primary = primaries.next();
      boolean done =
          primary == null
              || (best != null && (best.value() <= atLeast || 2 * primary.value() >= best.value()));
      if (primary == null || done) {
        proven &= primaries.proven();
        return new Result(best == null ? null : proven(best, proven), proven);
      }
      PathSearch.Answer backup = PathSearch.find(topology, conditions, awayFrom(primary.path()));
      if (backup instanceof PathSearch.Found b) {
        proven &= b.provenOptimal();
        if (best == null || primary.value() + b.value() < best.value()) {
          best = new Pair(primary.path(), b.path(), primary.value() + b.value(), false);
        }
      } else if (backup instanceof PathSearch.NotFound n) {
        proven &= n.proven();
      }
    }
    return new Result(best, false);
  }

  private static Pair proven(Pair p, boolean proven) {
    return new Pair(p.primary(), p.backup(), p.value(), proven);
  }
}
