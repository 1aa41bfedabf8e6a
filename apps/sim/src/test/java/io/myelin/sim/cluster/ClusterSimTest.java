package io.myelin.sim.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The whole controller among crashes, partitions and all the rest: see {@link ClusterSim}. */
final class ClusterSimTest {
  private static final int EVENTS = 1_000;
  private static final int SEEDS = 60;
  private static final int CAUGHT_WITHIN = 200;

  @Test
  void everyInvariantHolds() {
    List<ClusterSim.Result> all =
        LongStream.range(1, 1 + SEEDS)
            .parallel()
            .mapToObj(s -> ClusterSim.run(s, EVENTS, Bug.NONE))
            .toList();
    for (ClusterSim.Result r : all) {
      assertTrue(
          r.held(),
          () -> "seed " + r.seed() + " (myelin simulate --seeds 1 --seed N): " + r.problem());
      assertTrue(r.answered() > EVENTS / 10, "seed " + r.seed() + ": clients got no answers");
    }
  }

  @ParameterizedTest
  @EnumSource(names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void aPlantedMistakeIsCaught(Bug bug) {
    for (long seed = 1; seed <= CAUGHT_WITHIN; seed++) {
      if (!ClusterSim.run(seed, EVENTS, bug).held()) {
        return;
      }
    }
    fail(bug + " was not caught within " + CAUGHT_WITHIN + " seeds");
  }

  @Test
  void aSeedGivesTheSameRun() {
    long print = ClusterSim.run(7, EVENTS, Bug.NONE).print();
    assertEquals(print, ClusterSim.run(7, EVENTS, Bug.NONE).print());
    assertNotEquals(print, ClusterSim.run(8, EVENTS, Bug.NONE).print());
  }

  @Test
  void aFailingRunIsMadeShorter() {
    long seed = 1;
    while (ClusterSim.run(seed, 120, Bug.NO_RECHECK).held() && seed < CAUGHT_WITHIN) {
      seed++;
    }
    ClusterSim.Result r = ClusterSim.shrunk(seed, 120, Bug.NO_RECHECK);
    assertEquals(Invariants.BOOKING, r.invariant(), "seed " + seed);
    assertTrue(r.trace().size() < 40, r.trace().toString());
  }
}
