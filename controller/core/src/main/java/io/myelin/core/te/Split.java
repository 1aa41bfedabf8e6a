package io.myelin.core.te;

import java.util.function.IntUnaryOperator;

/**
 * How demands are divided over candidate paths.
 *
 * @param paths the candidates
 * @param flows by path: what it carries, in the unit of the demands
 * @param loads by link: what crosses it
 * @param highest utilisation of any link; above 1: the demands do not fit, scale them by its
 *     inverse
 * @param bound that no division over these candidates undercuts; proven by LP duality
 * @param moved what goes elsewhere than in the division it began from
 */
public record Split(
    PathSet paths, double[] flows, double[] loads, double highest, double bound, double moved) {

  /** The share of its pair's demand that a path carries. */
  public double share(int pair, int path) {
    double sum = 0;
    for (int p = paths.firstPath(pair); p < paths.firstPath(pair + 1); p++) {
      sum += flows[p];
    }
    return sum == 0 ? 0 : flows[path] / sum;
  }

  /**
   * Whole weights for the members of a WCMP group.
   *
   * @param total of a pair's weights
   * @return by path; those of a pair that has a path sum up to {@code total}
   */
  public int[] weights(int total) {
    return whole(pair -> total);
  }

  /**
   * Where equal flows that cannot be split go, e.g. leases: how many of each pair's on each of its
   * paths, as close to the division as whole numbers can be.
   *
   * @param count how many flows a pair has
   * @return by path
   */
  public int[] whole(IntUnaryOperator count) {
    int[] whole = new int[paths.paths()];
    for (int i = 0; i < paths.pairs(); i++) {
      round(i, count.applyAsInt(i), whole);
    }
    return whole;
  }

  /** Largest remainders. */
  private void round(int pair, int total, int[] weights) {
    int first = paths.firstPath(pair);
    int end = paths.firstPath(pair + 1);
    int left = first == end ? 0 : total;
    double[] rest = new double[end - first];
    for (int p = first; p < end; p++) {
      double exact = share(pair, p) * total;
      weights[p] = (int) exact;
      rest[p - first] = exact - weights[p];
      left -= weights[p];
    }
    for (; left > 0; left--) {
      int most = 0;
      for (int i = 1; i < rest.length; i++) {
        most = rest[i] > rest[most] ? i : most;
      }
      weights[first + most]++;
      rest[most] -= 1;
    }
  }

  /** The highest utilisation when each pair's demand is divided by whole weights instead. */
  public double highestWith(int[] weights, double[] capacity) {
    double[] load = new double[capacity.length];
    for (int i = 0; i < paths.pairs(); i++) {
      int total = 0;
      double demand = 0;
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        total += weights[p];
        demand += flows[p];
      }
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1) && total > 0; p++) {
        for (int k = paths.firstLink(p); k < paths.firstLink(p + 1); k++) {
          load[paths.link(k)] += demand * weights[p] / total;
        }
      }
    }
    double most = 0;
    for (int l = 0; l < load.length; l++) {
      most = load[l] > 0 ? Math.max(most, load[l] / capacity[l]) : most;
    }
    return most;
  }
}
