package io.myelin.bench.sim;

import io.myelin.sim.FlowFabric;
import java.util.Random;

/** Cables that do not work. */
final class CutCables {
  private CutCables() {}

  /** Cuts each cable between switches with a probability. */
  static void cut(FlowFabric fabric, double share, Random random) {
    for (int l = 0; l < fabric.topology().fabricLinks(); l++) {
      if (fabric.topology().reverse(l) > l && random.nextDouble() < share) {
        fabric.setUp(l, FlowFabric.Cable.CUT);
      }
    }
  }
}
