package io.myelin.bench.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.bench.figure.Figure;
import io.myelin.core.path.Topology;
import io.myelin.core.te.PathSet;
import io.myelin.core.te.Rebalancer;
import io.myelin.core.te.Split;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class TeBenchTest {
  @Property(tries = 40)
  void withinTwoPerCentOfTheLinearProgram(@ForAll long seed) {
    Random random = new Random(seed);
    Topology t =
        new Topology(
            GeneratedFabric.parse("t", random.nextBoolean() ? "leaf-spine:6x4x1" : "wan:8")
                .inventory(FabricOptions.DEFAULT));
    int n = 5 + random.nextInt(60);
    int[] from = new int[n];
    int[] to = new int[n];
    double[] demand = new double[n];
    double[] capacity = new double[t.fabricLinks()];
    for (int l = 0; l < capacity.length; l++) {
      capacity[l] = t.capacityBps(l) / 1e9 * (1 + random.nextInt(4));
    }
    for (int i = 0; i < n; i++) {
      from[i] = random.nextInt(t.devices());
      to[i] = (from[i] + 1 + random.nextInt(t.devices() - 1)) % t.devices();
      demand[i] = Math.exp(random.nextGaussian());
    }
    PathSet paths = PathSet.find(t, from, to, 4, l -> true);
    LinearProgram.Solution lp = new LinearProgram(paths, demand, capacity).solve("GLOP", 10);
    assertNotNull(lp);
    Split ours = new Rebalancer(paths, demand, capacity).solve(1e-3);
    assertTrue(ours.highest() >= lp.highest() * (1 - 1e-6), "better than optimal, seed " + seed);
    assertTrue(ours.bound() <= lp.highest() * (1 + 1e-6), "bound above optimum, seed " + seed);
    assertTrue(
        lp.highest() / ours.highest() >= 0.98,
        lp.highest() / ours.highest() + " of optimum, seed " + seed);
  }

  @Test
  void allFiguresAreThere() {
    List<Figure> figures =
        new TeBench(
                GeneratedFabric.parse("t", "wan:8").inventory(FabricOptions.DEFAULT),
                new double[] {0.3, 1},
                2,
                1,
                30,
                line -> {})
            .run();
    Map<String, Double> byName =
        figures.stream().collect(Collectors.toMap(Figure::name, Figure::value));
    for (String name :
        List.of("over_lp", "time_over_lp", "pop_over_lp", "pop_time_over_lp", "over_lp_worst")) {
      assertTrue(byName.containsKey(name), name + " in " + byName.keySet());
    }
    assertEquals(1, byName.getOrDefault("over_lp", 0.0), 0.02);
  }
}
