package io.myelin.bench.sim;

import io.myelin.sim.SimFabric;
import java.util.Random;

/** Cables that do not work. */
final class Faults {
  private Faults() {}

  /** Cuts each cable between switches with a probability. */
  static void cut(SimFabric fabric, double share, Random random) {
    for (int l = 0; l < fabric.topology().fabricLinks(); l++) {
      if (fabric.topology().reverse(l) > l && random.nextDouble() < share) {
        fabric.setUp(l, SimFabric.Cable.CUT);
      }
    }
  }
}
