package io.myelin.core.path;

import io.myelin.core.path.Topology.Metric;
import org.jspecify.annotations.Nullable;

/** What a link adds to the metrics and to the goal of one request. */
final class LinkMeasure {
  private static final Metric[] METRICS = Metric.values();

  private final Topology topology;
  private final LinkConditions conditions;
  private final PathRequest request;
  private final Goal goal;
  private final @Nullable Metric only; // shortcut: the goal is one metric and nothing else

  LinkMeasure(Topology topology, LinkConditions conditions, PathRequest request, Goal goal) {
    this.topology = topology;
    this.conditions = conditions;
    this.request = request;
    this.goal = goal;
    only = goal.only();
  }

  long of(Metric metric, int link) {
    return metric == Metric.LATENCY
        ? conditions.latencyNs(link) + conditions.queueingNs(link)
        : topology.floor(metric, link);
  }

  /** What it adds to the goal at least, whatever its load and the queue before it. */
  long leastCost(int link) {
    if (only != null) {
      return topology.floor(only, link);
    }
    long sum = 0;
    long[] weights = goal.weights();
    for (int m = 0; m < weights.length; m++) {
      if (weights[m] != 0) {
        sum += weights[m] * topology.floor(METRICS[m], link);
      }
    }
    return sum;
  }

  /** How full the link is once the request is on it, 0 to 1000. */
  int loadPermille(int link) {
    long left = Math.max(0, conditions.freeBps(link) - request.bandwidthBps());
    long capacity = topology.capacityBps(link);
    return left >= capacity ? 0 : (int) (1000 - left * 1000 / capacity);
  }

  /**
   * What it adds to the goal.
   *
   * @param violations bits of the kinds that it breaks
   */
  long cost(int link, int violations, int loadPermille) {
    if (only != null) {
      return of(only, link);
    }
    long sum = (violations & goal.broken()) == 0 ? 0 : goal.brokenWeight();
    long[] weights = goal.weights();
    for (int m = 0; m < weights.length; m++) {
      if (weights[m] != 0) {
        sum += weights[m] * of(METRICS[m], link);
      }
    }
    if (goal.loadWeight() != 0) {
      long free = Math.max(10, 1000 - loadPermille); // load is capped at 0.99
      sum += goal.loadWeight() * ((of(Metric.LATENCY, link) + 1) * (1000 - free) / free);
    }
    return sum;
  }
}
