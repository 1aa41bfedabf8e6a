package io.myelin.sim;

import java.util.List;

/** All strategies that are compared. */
public final class Strategies {
  private Strategies() {}

  /** Ours last. */
  public static List<Strategy> all() {
    return List.of(
        new Ecmp(1),
        new Ecmp(4),
        new Ecmp(16),
        new Ecmp(64),
        new Pinning(Pinning.Rule.SLICE),
        new Pinning(Pinning.Rule.LEAST_LOADED),
        new Spraying(),
        new Placed());
  }
}
