package io.myelin.sim.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Inventories that change while the fabric runs: see {@link ClusterSim} and {@link Operators}. */
final class InventorySimTest {
  private static final int SEEDS = 20;

  /** Of them a good third are changes of the inventory. */
  private static final int EVENTS = 300;

  private static void held(List<ClusterSim.Result> all) {
    for (ClusterSim.Result r : all) {
      assertTrue(r.held(), () -> "seed " + r.seed() + ": " + r.problem());
    }
  }

  @Test
  void leasesThatStayLoseNoPacketWhileAHundredInventoriesCome() {
    List<ClusterSim.Result> all =
        LongStream.range(1, 1 + SEEDS)
            .parallel()
            .mapToObj(s -> ClusterSim.quiet(s, EVENTS, Bug.NONE))
            .toList();
    held(all);
    int applied = all.stream().mapToInt(r -> r.inventories().applied()).sum();
    int inUse = all.stream().mapToInt(r -> r.inventories().inUse()).sum();
    int overtaken = all.stream().mapToInt(r -> r.inventories().overtaken()).sum();
    assertTrue(applied + inUse + overtaken >= 80 * SEEDS, applied + " " + inUse);
    assertTrue(applied >= 20 * SEEDS, applied + " applied, " + inUse + " in use");
    assertTrue(inUse >= SEEDS, inUse + " in use");
    assertTrue(overtaken >= SEEDS, overtaken + " overtaken");
    all.forEach(r -> assertTrue(r.inventories().walked() > 100, "nothing was looked at"));
    // Packets of leases lose nothing, ever (invariant 4); routed ones seldom: docs/LIMITATIONS.md.
    long lossy = all.stream().filter(r -> r.inventories().holes() > 0).count();
    assertTrue(lossy * 10 <= SEEDS, lossy + " runs lost routed packets");
  }

  @Test
  void everyInvariantHoldsWhileInventoriesChangeAmongFailures() {
    List<ClusterSim.Result> all =
        LongStream.range(1, 1 + SEEDS)
            .parallel()
            .mapToObj(s -> ClusterSim.changing(s, 600, Bug.NONE))
            .toList();
    held(all);
    int applied = all.stream().mapToInt(r -> r.inventories().applied()).sum();
    assertTrue(applied >= 10 * SEEDS, applied + " applied");
  }

  @Test
  void aSeedGivesTheSameRun() {
    assertEquals(
        ClusterSim.quiet(3, EVENTS, Bug.NONE).print(),
        ClusterSim.quiet(3, EVENTS, Bug.NONE).print());
  }
}
