package io.myelin.core.path;

import io.myelin.core.path.Topology.Metric;
import org.jspecify.annotations.Nullable;

/**
 * What a search minimises: a linear combination of what links add up, their load, and how many of
 * them break constraints.
 *
 * @param weights by the index of a {@link Metric}
 * @param loadWeight of the load term of {@link Weights}
 * @param brokenWeight of each link that breaks one of the kinds {@code broken} (bits)
 * @param only the metric that is all of the goal; null: there is more to it
 */
record Goal(long[] weights, long loadWeight, long brokenWeight, int broken, @Nullable Metric only) {
  /** Above what any path adds up in latency or cost: 255 links of 100 s. */
  private static final long ABOVE_ANY_SUM = 1L << 50;

  static Goal of(Objective objective, Weights w) {
    return switch (objective) {
      case LATENCY -> least(Metric.LATENCY);
      case COST -> least(Metric.COST);
      case BALANCED -> {
        long[] weights = new long[Metric.values().length];
        weights[Metric.LATENCY.index] = w.latency();
        weights[Metric.COST.index] = 1000L * w.cost();
        yield new Goal(weights, w.load(), 0, 0, null);
      }
    };
  }

  static Goal least(Metric metric) {
    return new Goal(one(metric), 0, 0, 0, metric);
  }

  private static long[] one(Metric metric) {
    long[] weights = new long[Metric.values().length];
    weights[metric.index] = 1;
    return weights;
  }

  /** The fewest links that break one of these kinds (bits); then the least of another metric. */
  static Goal fewest(int broken, Metric then) {
    return new Goal(one(then), 0, ABOVE_ANY_SUM, broken, null);
  }

  /** How many links break constraints, by what such a search found. */
  long broken(long value) {
    return brokenWeight == 0 ? 0 : value / brokenWeight;
  }
}
