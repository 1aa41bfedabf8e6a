package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Who talks to whom in a job.
 *
 * @param kind of communication
 * @param members hosts in order of rank; of PAIRS none
 * @param rails numbers of the NICs that take part; empty: all that the members have; of PAIRS none
 * @param pairs of PAIRS only
 */
public record Collective(
    Kind kind, List<String> members, List<Integer> rails, List<FabricState.Pair> pairs) {

  /** Patterns of communication, each on every rail. */
  public enum Kind {
    /** Each rank sends to the next one, the last to the first. */
    RING,
    /**
     * Two complementary binary trees, both directions of each edge: inner ranks of one are leaves
     * of the other (P. Sanders, J. Speck, J. L. Träff, Parallel Computing 35(12), 2009).
     */
    TREE,
    /** Each rank sends to every other. */
    ALL_TO_ALL,
    /** Endpoints as named. */
    PAIRS
  }

  /** Bound on members and pairs. */
  public static final int MAX_MEMBERS = 16_384;

  public Collective {
    members = List.copyOf(members);
    rails = List.copyOf(rails);
    pairs = List.copyOf(pairs);
    if (kind == Kind.PAIRS) {
      Invalid.unless(members.isEmpty(), "members", "is not allowed with kind PAIRS");
      Invalid.unless(rails.isEmpty(), "rails", "is not allowed with kind PAIRS");
      Invalid.unless(!pairs.isEmpty(), "pairs", "is empty; allowed: 1 or more with kind PAIRS");
    } else {
      Invalid.unless(pairs.isEmpty(), "pairs", "is only allowed with kind PAIRS");
      Invalid.unless(
          members.size() >= 2, "members", members.size() + " is not allowed; allowed: 2 or more");
    }
    Invalid.unless(
        members.size() <= MAX_MEMBERS && pairs.size() <= MAX_MEMBERS,
        members.isEmpty() ? "pairs" : "members",
        "more than " + MAX_MEMBERS + " are not allowed");
    Set<Object> seen = new HashSet<>();
    for (int i = 0; i < members.size(); i++) {
      Invalid.unless(
          seen.add(members.get(i)),
          "members[" + i + "]",
          "'" + members.get(i) + "' is named twice");
    }
    for (int i = 0; i < pairs.size(); i++) {
      FabricState.Pair p = pairs.get(i);
      Invalid.unless(seen.add(p), "pairs[" + i + "]", "'" + p + "' is named twice");
      Invalid.unless(
          !p.source().equals(p.destination()),
          "pairs[" + i + "].destination",
          "'" + p.destination() + "' is the source as well");
    }
    for (int i = 0; i < rails.size(); i++) {
      Invalid.unless(rails.get(i) >= 0, "rails[" + i + "]", rails.get(i) + " is not allowed");
      Invalid.unless(
          rails.indexOf(rails.get(i)) == i, "rails[" + i + "]", rails.get(i) + " is named twice");
    }
  }

  /** Pairs of endpoints. */
  public static Collective of(List<FabricState.Pair> pairs) {
    return new Collective(Kind.PAIRS, List.of(), List.of(), pairs);
  }

  /** Ranks of sender and receiver of each flow on a rail, in a fixed order; a pair may repeat. */
  List<int[]> ranks() {
    int n = members.size();
    List<int[]> all = new ArrayList<>();
    switch (kind) {
      case RING -> {
        for (int r = 0; r < n; r++) {
          all.add(new int[] {r, (r + 1) % n});
        }
      }
      case TREE -> {
        for (int r = 0; r < n; r++) {
          bothWays(r, parent(r, n), all);
        }
        for (int r = 0; r < n; r++) {
          // The second tree: mirrored where that swaps inner ranks and leaves, else shifted by one.
          int image = n % 2 == 0 ? n - 1 - r : (r + n - 1) % n;
          int p = parent(image, n);
          bothWays(r, p < 0 ? p : n % 2 == 0 ? n - 1 - p : (p + 1) % n, all);
        }
      }
      case ALL_TO_ALL -> {
        // In rounds that are permutations: r to r + 1, r to r + 2, …
        for (int shift = 1; shift < n; shift++) {
          for (int r = 0; r < n; r++) {
            all.add(new int[] {r, (r + shift) % n});
          }
        }
      }
      case PAIRS -> {}
    }
    return all;
  }

  private static void bothWays(int child, int parent, List<int[]> all) {
    if (parent >= 0) {
      all.add(new int[] {child, parent});
      all.add(new int[] {parent, child});
    }
  }

  /**
   * The parent of a rank in the in-order binary tree over n ranks; -1: the root. Odd ranks are its
   * leaves.
   */
  static int parent(int rank, int n) {
    if (rank == 0) {
      return -1;
    }
    int bit = Integer.lowestOneBit(rank);
    int up = (rank ^ bit) | (bit << 1);
    return up < n ? up : rank ^ bit;
  }
}
