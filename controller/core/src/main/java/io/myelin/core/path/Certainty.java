package io.myelin.core.path;

import io.myelin.core.path.Topology.Metric;

/**
 * What may be claimed about an answer. Links whose latency nobody knows are compared by a usual
 * value, so an optimum among ways that may use them is an opinion, never a proof.
 */
final class Certainty {
  private Certainty() {}

  /** Whether the value that a request minimises is known of every link that its path may use. */
  static boolean of(
      Topology topology, LinkConditions conditions, PathRequest request, LinkFilter filter) {
    if (topology.declaresAll(Metric.LATENCY) || !countsLatency(request)) {
      return true;
    }
    for (int l = 0; l < topology.fabricLinks(); l++) {
      if (!conditions.knowsLatency(l) && filter.violations(l) == 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean countsLatency(PathRequest request) {
    return switch (request.objective()) {
      case LATENCY -> true;
      case COST -> false;
      // The term of load counts latency too.
      case BALANCED -> request.weights().latency() > 0 || request.weights().load() > 0;
    };
  }
}
