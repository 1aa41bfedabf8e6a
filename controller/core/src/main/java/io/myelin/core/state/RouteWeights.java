package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.LinkId;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a switch divides routed traffic, where that is not by capacity: decided by the congestion
 * loop or the optimiser from what was measured.
 *
 * @param members weight of each link that leads there, 1 or more; none: by capacity again
 */
public record RouteWeights(RoutePair toward, SortedMap<LinkId, Integer> members) {
  /** Bound on the sum of a group's weights: switches replicate members. */
  public static final int MAX_TOTAL = 64;

  public RouteWeights {
    members = Collections.unmodifiableSortedMap(new TreeMap<>(members));
    int total = 0;
    for (int w : members.values()) {
      Invalid.unless(w >= 1, "weights", w + " is not allowed; at least 1");
      total += w;
    }
    Invalid.unless(
        total <= MAX_TOTAL, "weights", "sum " + total + " is not allowed; up to " + MAX_TOTAL);
  }

  /** Back to capacity. */
  public static RouteWeights byCapacity(RoutePair toward) {
    return new RouteWeights(toward, Collections.emptySortedMap());
  }
}
