package io.myelin.core.path;

import io.myelin.core.model.Invalid;

/**
 * What {@link Objective#BALANCED} minimises: the sum over links of {@code latency·L + cost·1000·C +
 * load·(L + 1)·ρ/(1 − ρ)}, with L the link's latency in nanoseconds, C its cost in micros per
 * gigabyte, so that one micro weighs as much as one microsecond, and ρ its load after placement,
 * 0.99 at most. The last term is the waiting time of an M/M/1 queue whose service takes L: it
 * spreads leases, and keeps them from long detours.
 */
public record Weights(int latency, int cost, int load) {
  /** Latency and load alike; money does not count. */
  public static final Weights DEFAULT = new Weights(1, 0, 1);

  /** Enough for any preference; keeps sums along a path far from overflow. */
  private static final int MAX = 100;

  public Weights {
    check("weights.latency", latency);
    check("weights.cost", cost);
    check("weights.load", load);
    Invalid.unless(latency + cost + load > 0, "weights", "are all zero");
  }

  private static void check(String field, int weight) {
    Invalid.unless(
        weight >= 0 && weight <= MAX, field, weight + " is not allowed; allowed: 0 to " + MAX);
  }
}
