package io.myelin.sim.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.loop.Policy;
import org.junit.jupiter.api.Test;

/** A few of the seeds of {@code bench stability}. */
final class LoopSimTest {
  private static final int SEEDS = 25;

  @Test
  void theLoopsComeToRestCloseToTheOptimum() {
    for (long seed = 5_000; seed < 5_000 + SEEDS; seed++) {
      LoopSim.Result r = LoopSim.run(seed, Policy.DEFAULT);
      assertEquals(0, r.dwellBroken(), "seed " + seed);
      assertEquals(0, r.backAndForth(), "seed " + seed);
      assertTrue(r.decisions() > 0, "seed " + seed + ": nothing was done");
      assertTrue(r.worst() <= 1.05, "seed " + seed + ": " + r);
    }
  }

  /** Without the loops it is nowhere near: the test above can fail. */
  @Test
  void asleepTheyAreFarFromIt() {
    Policy asleep = new Policy(0.9, 0.1, 2_000, 50, 0, 1_000, 1_000, 0);
    for (long seed = 5_000; seed < 5_005; seed++) {
      LoopSim.Result r = LoopSim.run(seed, asleep);
      assertEquals(0, r.decisions(), "seed " + seed);
      assertTrue(r.worst() > 1.1, "seed " + seed + ": " + r);
    }
  }

  @Test
  void theSameSeedGivesTheSameRun() {
    assertEquals(LoopSim.run(7, Policy.DEFAULT), LoopSim.run(7, Policy.DEFAULT));
  }
}
