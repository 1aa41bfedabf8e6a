package io.myelin.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import io.myelin.sim.trace.Trace;
import io.myelin.sim.trace.TraceEvents;
import io.myelin.sim.trace.TraceReport;
import io.myelin.sim.trace.TraceResult;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TraceTest {
  private static final Inventory FABRIC =
      GeneratedFabric.parse("fabric", "leaf-spine:8x8x8").inventory(FabricOptions.DEFAULT);

  private static final Placed NODE = new Placed(Placed.Upkeep.NODE, 4);
  private static final Placed SCHEDULER = new Placed(Placed.Upkeep.SCHEDULER, 1);

  private static TraceResult run(Strategy strategy, long seed) {
    return Trace.run(FABRIC, TraceEvents.draw(new FlowFabric(FABRIC), 12, seed), strategy);
  }

  @Test
  void theSameSeedTellsTheSameStory() {
    for (Strategy s : List.of(new Ecmp(4), NODE, SCHEDULER)) {
      assertEquals(run(s, 3).idleGpuHours(), run(s, 3).idleGpuHours(), s.name());
    }
  }

  @Test
  void myelinSparesMostOfTheWaitingThatEcmpCauses() {
    for (long seed = 1; seed <= 3; seed++) {
      TraceResult ecmp = run(new Ecmp(16), seed);
      for (Placed rule : List.of(NODE, SCHEDULER)) {
        TraceResult myelin = run(rule, seed);
        String which = rule.name() + ", seed " + seed;
        assertTrue(myelin.avoidableGpuHours() >= -1e-6, which + ": below what is possible");
        assertTrue(
            myelin.avoidableGpuHours() < 0.5 * ecmp.avoidableGpuHours(),
            which + ": " + myelin.avoidableGpuHours() + " of " + ecmp.avoidableGpuHours());
        assertTrue(myelin.finished() >= ecmp.finished(), which);
      }
    }
  }

  @Test
  void bothRulesAreComparedBesideTheOthers() {
    List<String> names = Trace.strategies(4).stream().map(Strategy::name).toList();
    assertEquals(List.of("myelin", "myelin_scheduler"), names.subList(7, names.size()));
    assertTrue(names.contains("ecmp16"));
  }

  @Test
  void nobodyIsFasterThanLineRate() {
    for (Strategy s : Trace.strategies(1)) {
      TraceResult r = run(s, 2);
      r.slowdowns().forEach(x -> assertTrue(x >= 1 - 1e-6, s.name() + " " + x));
      assertTrue(r.idleGpuHours() <= r.busyGpuHours());
    }
  }

  @Test
  void theReportStandsAlone() {
    TraceEvents scenario = TraceEvents.draw(new FlowFabric(FABRIC), 3, 1);
    String html =
        TraceReport.of(
                "fabric",
                64,
                1,
                scenario,
                List.of(
                    Trace.run(FABRIC, scenario, new Ecmp(1)),
                    Trace.run(FABRIC, scenario, NODE),
                    Trace.run(FABRIC, scenario, SCHEDULER)))
            .html();
    assertTrue(html.contains("GPUs waiting for the network"));
    assertTrue(html.contains("leases moved"));
    assertTrue(html.contains("myelin_scheduler"), "both rules");
  }
}
