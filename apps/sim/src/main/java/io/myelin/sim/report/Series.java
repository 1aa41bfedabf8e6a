package io.myelin.sim.report;

import java.util.Arrays;

/**
 * A named curve.
 *
 * @param x in rising order, in the unit of its axis; of equal ones the last is drawn
 * @param y one for each x, in the unit of its axis; NaN: unknown, the curve has a gap there
 */
public record Series(String name, double[] x, double[] y, Style style) {

  /** How points are joined. */
  public enum Style {
    LINE,
    /** Each value holds until the next. */
    STEP
  }

  /**
   * @throws IllegalArgumentException when there are not as many y as x, or an x is not finite or
   *     smaller than the one before it
   */
  public Series {
    if (x.length != y.length) {
      throw new IllegalArgumentException(
          "series '" + name + "': " + x.length + " x, but " + y.length + " y");
    }
    for (int i = 0; i < x.length; i++) {
      if (!Double.isFinite(x[i]) || (i > 0 && x[i] < x[i - 1])) {
        throw new IllegalArgumentException(
            "series '" + name + "': x[" + i + "] = " + x[i] + " is not finite or not in order");
      }
    }
  }

  public static Series line(String name, double[] x, double[] y) {
    return new Series(name, x, y, Style.LINE);
  }

  public static Series step(String name, double[] x, double[] y) {
    return new Series(name, x, y, Style.STEP);
  }

  /** Only the points at these places. */
  Series at(int[] places) {
    return new Series(
        name,
        Arrays.stream(places).mapToDouble(i -> x[i]).toArray(),
        Arrays.stream(places).mapToDouble(i -> y[i]).toArray(),
        style);
  }
}
