package io.myelin.core.path;

import io.myelin.core.model.Invalid;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The k best paths, best first, each simple and within all constraints (Yen, 1971, with Lawler's
 * refinement: a path is left only behind where it left the one before).
 *
 * <p>Every candidate is the exact optimum of those that share its beginning, so the order is exact
 * too.
 */
public final class KPaths {
  /** Bound on alternatives: what a person or a scheduler can weigh. */
  public static final int MAX_PATHS = 64;

  private record Candidate(List<Integer> links, long value, int leftAt) {}

  private static final Comparator<Candidate> ORDER =
      Comparator.comparingLong(Candidate::value)
          .thenComparing(c -> c.links().size())
          .thenComparing(Candidate::links, KPaths::compare);

  private final Topology topology;
  private final LinkConditions conditions;
  private final PathRequest request;
  private final LabelSearch.Question question;
  private final TreeSet<Candidate> candidates = new TreeSet<>(ORDER);
  private final List<Candidate> taken = new ArrayList<>();
  private final Set<List<Integer>> seen = new HashSet<>();
  private final boolean certain;
  private boolean proven = true;

  KPaths(Topology topology, LinkConditions conditions, PathRequest request) {
    this.topology = topology;
    this.conditions = conditions;
    this.request = request;
    LinkFilter filter = new LinkFilter(topology, conditions, request);
    question =
        new LabelSearch.Question(
            topology, conditions, request, filter, Goal.of(request.objective(), request.weights()));
    certain = Certainty.of(topology, conditions, request, filter);
    if (PathSearch.accessViolations(topology, filter, request) == 0) {
      look(LabelSearch.Prefix.NONE, 0);
    }
  }

  /** Up to {@code k} paths; fewer: there are no more, unless the bound on work was hit. */
  public static List<PathSearch.Found> find(
      Topology topology, LinkConditions conditions, PathRequest request, int k) {
    Invalid.unless(
        k >= 1 && k <= MAX_PATHS, "max_paths", k + " is not allowed; allowed: 1 to " + MAX_PATHS);
    KPaths paths = new KPaths(topology, conditions, request);
    List<PathSearch.Found> found = new ArrayList<>();
    while (found.size() < k) {
      PathSearch.Found next = paths.next();
      if (next == null) {
        break;
      }
      found.add(next);
    }
    return found;
  }

  /** The next best path; null: there is none, or none was found within the bound on work. */
  PathSearch.@Nullable Found next() {
    if (!taken.isEmpty()) {
      branch(taken.get(taken.size() - 1));
    }
    Candidate best = candidates.pollFirst();
    if (best == null) {
      return null;
    }
    taken.add(best);
    Path path = PathSearch.path(topology, conditions, request, best.links());
    return new PathSearch.Found(
        path, best.value(), proven && certain ? best.value() : best.value() - 1);
  }

  /** Whether all that was returned, and that there is no more, is proven. */
  boolean proven() {
    return proven;
  }

  /** The best path that leaves this one at each of its switches. */
  private void branch(Candidate from) {
    for (int at = from.leftAt(); at < from.links().size(); at++) {
      List<Integer> prefix = from.links().subList(0, at);
      BitSet banned = new BitSet();
      for (Candidate c : taken) {
        if (c.links().size() > at && c.links().subList(0, at).equals(prefix)) {
          banned.set(c.links().get(at));
        }
      }
      look(new LabelSearch.Prefix(List.copyOf(prefix), banned), at);
    }
  }

  private void look(LabelSearch.Prefix prefix, int leftAt) {
    LabelSearch.Result r = LabelSearch.solve(question, LabelSearch.Scope.ALL.behind(prefix));
    proven &= r.proven();
    if (r.links() != null && seen.add(r.links())) {
      candidates.add(new Candidate(r.links(), r.value(), leftAt));
    }
  }

  private static int compare(List<Integer> a, List<Integer> b) {
    for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
      int c = Integer.compare(a.get(i), b.get(i));
      if (c != 0) {
        return c;
      }
    }
    return Integer.compare(a.size(), b.size());
  }
}
