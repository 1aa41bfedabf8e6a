package io.myelin.lab.scenario;

import java.util.stream.DoubleStream;

/** Percentiles by nearest rank. */
final class Percentiles {
  private Percentiles() {}

  /**
   * A percentile; NaN of nothing.
   *
   * @param share 0 to 1
   */
  static double percentile(DoubleStream samples, double share) {
    double[] sorted = samples.sorted().toArray();
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)];
  }
}
