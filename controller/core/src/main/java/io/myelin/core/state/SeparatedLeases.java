package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.path.Scope;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;

/**
 * Leases whose paths a lease must be disjoint from; as long as both live, neither moves onto the
 * other's.
 *
 * @param scopes what the paths must not have in common
 */
public record SeparatedLeases(Set<LeaseName> from, Set<Scope> scopes) {
  public static final SeparatedLeases FROM_NOBODY = new SeparatedLeases(Set.of(), Set.of());

  /** Bound on leases that one lease keeps away from. */
  private static final int MAX = 16;

  public SeparatedLeases {
    from = Collections.unmodifiableSet(new TreeSet<>(from));
    EnumSet<Scope> copy = EnumSet.noneOf(Scope.class);
    copy.addAll(scopes);
    if (!from.isEmpty()) {
      copy.add(Scope.LINK);
    }
    scopes = Collections.unmodifiableSet(copy);
    Invalid.unless(
        from.size() <= MAX, "disjoint_from.leases", from.size() + " leases; allowed: up to " + MAX);
  }
}
