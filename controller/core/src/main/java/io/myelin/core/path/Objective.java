package io.myelin.core.path;

/** What a path is chosen for. */
public enum Objective {
  /** Lowest latency; among equals the least loaded, then the cheapest. */
  LATENCY,
  /** Lowest cost; among equals the least loaded, then the fastest. */
  COST,
  /** Lowest weighted sum of latency, cost and load: see {@link Weights}. */
  BALANCED
}
