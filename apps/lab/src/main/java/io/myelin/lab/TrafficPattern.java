package io.myelin.lab;

import io.myelin.core.model.Endpoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Who sends to whom. */
public enum TrafficPattern {
  /** Each sends once and receives once, to another leaf where there is one. */
  PERMUTATION,
  /** Each sends to the next, the last to the first; NICs of one rail by themselves. */
  RING,
  /** Each sends to all others; NICs of one rail by themselves. */
  ALL_TO_ALL,
  /** Those that are named. */
  PAIRS;

  /**
   * The pairs among some NICs. Those of different tenants never talk to each other; a NIC that is
   * alone in its group stays silent.
   *
   * @param seed of the permutation
   */
  List<Permutation.Pair> among(List<Endpoint> nics, long seed) {
    List<Permutation.Pair> pairs = new ArrayList<>();
    for (List<Endpoint> group : groups(nics)) {
      if (group.size() > 1) {
        pairs.addAll(within(group, seed));
      }
    }
    return pairs;
  }

  private List<Permutation.Pair> within(List<Endpoint> group, long seed) {
    return switch (this) {
      case PERMUTATION -> Permutation.of(group, seed);
      case RING -> ring(group);
      case ALL_TO_ALL -> allToAll(group);
      case PAIRS -> List.of();
    };
  }

  private Collection<List<Endpoint>> groups(List<Endpoint> nics) {
    return switch (this) {
      case PERMUTATION, PAIRS -> by(nics, e -> e.tenant().value());
      case RING, ALL_TO_ALL -> by(nics, e -> e.tenant() + " " + e.rail());
    };
  }

  private static Collection<List<Endpoint>> by(
      List<Endpoint> nics, Function<Endpoint, String> group) {
    Map<String, List<Endpoint>> groups = new LinkedHashMap<>();
    nics.forEach(e -> groups.computeIfAbsent(group.apply(e), g -> new ArrayList<>()).add(e));
    return groups.values();
  }

  private static List<Permutation.Pair> ring(List<Endpoint> group) {
    List<Permutation.Pair> pairs = new ArrayList<>();
    for (int i = 0; i < group.size(); i++) {
      pairs.add(pair(group.get(i), group.get((i + 1) % group.size())));
    }
    return pairs;
  }

  private static List<Permutation.Pair> allToAll(List<Endpoint> group) {
    List<Permutation.Pair> pairs = new ArrayList<>();
    for (Endpoint from : group) {
      for (Endpoint to : group) {
        if (!from.equals(to)) {
          pairs.add(pair(from, to));
        }
      }
    }
    return pairs;
  }

  static Permutation.Pair pair(Endpoint from, Endpoint to) {
    return new Permutation.Pair(from.id(), to.id());
  }
}
