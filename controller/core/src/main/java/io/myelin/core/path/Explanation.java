package io.myelin.core.path;

import io.myelin.core.path.PathCheck.Violation;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Why a request has no path, and what it would take.
 *
 * @param relaxations the smallest sets of constraints without which there is one, each with the
 *     path that is nearest to what was asked; empty: no cables lead there at all
 * @param complete whether these are all such sets; if not, the search ran into its bound on work
 */
public record Explanation(List<Relaxation> relaxations, boolean complete) {

  /**
   * What would have to give way together.
   *
   * @param kinds the constraints; with one that adds up or limits bandwidth, no path breaks it by
   *     less; with one about links, no path breaks it at fewer; of several, fewest broken links
   *     first, then the objective
   * @param path that is possible then
   * @param violations what that path breaks, link by link: all of these kinds
   */
  public record Relaxation(Set<Kind> kinds, Path path, List<Violation> violations) {
    public Relaxation {
      EnumSet<Kind> copy = EnumSet.noneOf(Kind.class);
      copy.addAll(kinds);
      kinds = Collections.unmodifiableSet(copy);
      violations = List.copyOf(violations);
    }
  }

  public Explanation {
    relaxations = List.copyOf(relaxations);
  }

  /** Every constraint that binds: without it, or with it among others, there would be a path. */
  public Set<Kind> binding() {
    EnumSet<Kind> all = EnumSet.noneOf(Kind.class);
    relaxations.forEach(r -> all.addAll(r.kinds()));
    return Collections.unmodifiableSet(all);
  }
}
