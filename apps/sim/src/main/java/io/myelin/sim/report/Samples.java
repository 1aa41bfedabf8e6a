package io.myelin.sim.report;

import java.util.Arrays;

/**
 * Named samples, in any order.
 *
 * @param values in the unit of their axis
 */
public record Samples(String name, double[] values) {

  /**
   * @throws IllegalArgumentException when one is not a number
   */
  public Samples {
    values = values.clone();
    Arrays.sort(values);
    // NaN is sorted to the end.
    if (values.length > 0 && Double.isNaN(values[values.length - 1])) {
      throw new IllegalArgumentException("samples '" + name + "': one is not a number");
    }
  }

  /**
   * The smallest sample that a share of all do not exceed (nearest rank); NaN: there are none.
   *
   * @param share 0 to 1
   */
  double quantile(double share) {
    int n = values.length;
    int rank = (int) Math.ceil(share * n);
    return n == 0 ? Double.NaN : values[Math.min(n - 1, Math.max(0, rank - 1))];
  }

  /**
   * The share of samples up to x, at each x that there is: steps that rise from 0, just before the
   * first, to 1. Samples at infinity count, but have no point.
   */
  Series cdf() {
    int n = values.length;
    double[] x = new double[n + 1];
    double[] y = new double[n + 1];
    int points = 0;
    for (int i = 0; i < n; i++) {
      boolean last = i + 1 == n || values[i + 1] > values[i];
      if (!last || !Double.isFinite(values[i])) {
        continue;
      }
      if (points == 0) {
        x[points++] = Math.nextDown(values[i]);
      }
      x[points] = values[i];
      y[points++] = (i + 1.0) / n;
    }
    return Series.step(name, Arrays.copyOf(x, points), Arrays.copyOf(y, points));
  }
}
