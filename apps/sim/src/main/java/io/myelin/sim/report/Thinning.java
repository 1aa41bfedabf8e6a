package io.myelin.sim.report;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/** Fewer points of a curve that looks the same. */
final class Thinning {
  /** Points that a stretch keeps: first, last, least, greatest, and one that is unknown. */
  private static final int KEPT = 5;

  private Thinning() {}

  /**
   * A series of at most so many points, in stretches of as many points each. Every extreme and
   * every end of a stretch stays, and so does a gap.
   *
   * @param max at least 5
   */
  static Series thin(Series s, int max) {
    int n = s.x().length;
    if (n <= max) {
      return s;
    }
    int stretches = max / KEPT;
    Set<Integer> kept = new TreeSet<>();
    for (int b = 0; b < stretches; b++) {
      int from = (int) ((long) n * b / stretches);
      int to = (int) ((long) n * (b + 1) / stretches);
      kept.add(from);
      kept.add(to - 1);
      keepExtremes(s.y(), from, to, kept);
    }
    return s.at(kept.stream().mapToInt(i -> i).toArray());
  }

  private static void keepExtremes(double[] y, int from, int to, Set<Integer> kept) {
    int least = -1;
    int greatest = -1;
    int unknown = -1;
    for (int i = from; i < to; i++) {
      if (Double.isNaN(y[i])) {
        unknown = i;
        continue;
      }
      least = least < 0 || y[i] < y[least] ? i : least;
      greatest = greatest < 0 || y[i] > y[greatest] ? i : greatest;
    }
    kept.addAll(Arrays.asList(least, greatest, unknown));
    kept.remove(-1);
  }
}
