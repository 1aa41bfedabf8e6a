package io.myelin.lab;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Pairs of endpoints: every one sends once and receives once, always to another leaf. */
public final class Permutation {
  private Permutation() {}

  /** A pair of endpoints, in the direction of traffic. */
  public record Pair(EndpointId from, EndpointId to) {}

  /**
   * A random permutation across leaves.
   *
   * @throws IllegalArgumentException for a fabric of one leaf, which has none
   */
  public static List<Pair> acrossLeaves(Inventory inventory, long seed) {
    List<Endpoint> from = new ArrayList<>();
    inventory.endpoints().forEach((id, e) -> from.add(e));
    if (from.stream().map(e -> e.attachment().device()).distinct().count() < 2) {
      throw new IllegalArgumentException("a permutation across leaves needs at least two leaves");
    }
    return of(from, seed);
  }

  /**
   * A random permutation of some endpoints: across leaves wherever their number allows it, and
   * nobody sends to itself.
   *
   * @param from two or more
   */
  public static List<Pair> of(List<Endpoint> from, long seed) {
    Random random = new Random(seed);
    List<Endpoint> to = new ArrayList<>(from);
    Collections.shuffle(to, random);
    // Swap away the pairs within a leaf; in a balanced fabric a partner is always found.
    for (int i = 0; i < to.size(); i++) {
      if (sameLeaf(from.get(i), to.get(i))) {
        int start = random.nextInt(to.size());
        for (int k = 0; k < to.size(); k++) {
          int j = (start + k) % to.size();
          if (!sameLeaf(from.get(i), to.get(j)) && !sameLeaf(from.get(j), to.get(i))) {
            Collections.swap(to, i, j);
            break;
          }
        }
      }
    }
    keepOffThemselves(from, to);
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < from.size(); i++) {
      pairs.add(new Pair(from.get(i).id(), to.get(i).id()));
    }
    return pairs;
  }

  /** Where leaves are unequal, some found no partner elsewhere. */
  private static void keepOffThemselves(List<Endpoint> from, List<Endpoint> to) {
    for (int i = 0; i < to.size(); i++) {
      if (to.get(i).equals(from.get(i))) {
        Collections.swap(to, i, (i + 1) % to.size());
      }
    }
  }

  private static boolean sameLeaf(Endpoint a, Endpoint b) {
    return a.attachment().device().equals(b.attachment().device());
  }
}
