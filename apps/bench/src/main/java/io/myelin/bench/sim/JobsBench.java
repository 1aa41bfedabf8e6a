package io.myelin.bench.sim;

import io.myelin.bench.figure.Figure;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import io.myelin.sim.CrossCheck;
import io.myelin.sim.Ecmp;
import io.myelin.sim.FlowFabric;
import io.myelin.sim.LinkLoads;
import io.myelin.sim.Patterns;
import io.myelin.sim.SimFlow;
import io.myelin.sim.Strategies;
import io.myelin.sim.Strategy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * How long collectives take against what is possible, by strategy: permutation, ring and all-to-all
 * on healthy fabrics; permutations with cut cables. And what the core's placement costs: its time,
 * and whom an arriving job moves.
 */
public final class JobsBench {
  private static final double BYTES = 1e9;

  /** Cables that are cut in degraded fabrics. */
  private static final double CUT = 0.05;

  /** Runs in the packet-level fabric: 2 to 4 s each. */
  private static final int CROSS_CHECKS = 5;

  /** Fabrics by their number of hosts. */
  private static final List<String> LEAF_SPINE =
      List.of("leaf-spine:8x8x8", "leaf-spine:16x16x16", "leaf-spine:32x32x32");

  private final int seeds;
  private final long firstSeed;
  private final Consumer<String> progress;
  private final List<Figure> figures = new ArrayList<>();

  /**
   * @param seeds runs over which figures are means
   */
  public JobsBench(int seeds, long firstSeed, Consumer<String> progress) {
    this.seeds = seeds;
    this.firstSeed = firstSeed;
    this.progress = progress;
  }

  public List<Figure> run() throws IOException, InterruptedException {
    for (String shape : LEAF_SPINE) {
      healthy("", shape);
    }
    healthy("fat_tree_", "fat-tree:16");
    healthy("rail_", "rail:4x32x8x32");
    for (String shape : LEAF_SPINE) {
      degraded("degraded_", shape, Fill.HALF);
    }
    for (String shape : LEAF_SPINE) {
      degraded("degraded_full_", shape, Fill.FULL);
    }
    degraded("fat_tree_degraded_", "fat-tree:16", Fill.HALF);
    PlacementFigures placement = new PlacementFigures(seeds, firstSeed, progress);
    figures.addAll(placement.run());
    crossCheck("ecmp", CrossCheck.Way.ECMP, 1);
    crossCheck("ecmp4", CrossCheck.Way.ECMP, 4);
    crossCheck("myelin", CrossCheck.Way.LEASES, 1);
    return figures;
  }

  /** Simulator against packets, 16 hosts. */
  private void crossCheck(String name, CrossCheck.Way way, int qps)
      throws IOException, InterruptedException {
    double error = 0;
    double flows = 0;
    int links = 0;
    for (long seed = firstSeed; seed < firstSeed + CROSS_CHECKS; seed++) {
      CrossCheck.Result r = CrossCheck.run(way, qps, CrossCheck.Load.LONG, seed);
      error += r.error() / CROSS_CHECKS;
      flows += r.meanError() / CROSS_CHECKS;
      links += r.otherLinks();
    }
    figures.add(new Figure("crosscheck_" + name + "_error", error, "share of completion"));
    figures.add(new Figure("crosscheck_" + name + "_flow_error", flows, "share of completion"));
    figures.add(new Figure("crosscheck_" + name + "_other_links", links, "links"));
    progress.accept(
        String.format(
            "crosscheck %s: error %.4f, flows %.4f, other links %d", name, error, flows, links));
  }

  private enum Fill {
    HALF,
    FULL
  }

  private static FlowFabric fabric(String shape) {
    return new FlowFabric(GeneratedFabric.parse("fabric", shape).inventory(FabricOptions.DEFAULT));
  }

  private void healthy(String prefix, String shape) {
    FlowFabric fabric = fabric(shape);
    List<Integer> members = Patterns.all(fabric);
    for (Strategy s : Strategies.all()) {
      Mean permutation = new Mean();
      Mean ring = new Mean();
      for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
        Random random = new Random(seed);
        permutation.add(overBound(fabric, Patterns.permutation(members, BYTES, random), s, seed));
        ring.add(overBound(fabric, Patterns.ring(members, BYTES, random), s, seed));
      }
      String name = prefix + "%s_" + fabric.nics() + "_" + s.name() + "_over_ideal";
      permutation.report(String.format(name, "permutation"));
      ring.report(String.format(name, "ring"));
    }
    if (prefix.isEmpty()) {
      allToAll(fabric);
    }
  }

  /** Everybody takes part, so that chance is only in the numbers of queue pairs. */
  private void allToAll(FlowFabric fabric) {
    List<SimFlow> flows = Patterns.allToAll(Patterns.all(fabric), BYTES);
    for (Strategy s : Strategies.all()) {
      Mean mean = new Mean();
      int runs = s instanceof Ecmp ? seeds : 1;
      for (long seed = firstSeed; seed < firstSeed + runs; seed++) {
        mean.add(overBound(fabric, flows, s, seed));
      }
      mean.report("alltoall_" + fabric.nics() + "_" + s.name() + "_over_ideal");
    }
  }

  private void degraded(String prefix, String shape, Fill fill) {
    int hosts = fabric(shape).nics();
    for (Strategy s : Strategies.all()) {
      Mean mean = new Mean();
      for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
        Random random = new Random(seed);
        FlowFabric fabric = fabric(shape);
        CutCables.cut(fabric, CUT, random);
        List<Integer> members =
            fill == Fill.HALF ? Patterns.halfOfEachRack(fabric, random) : Patterns.all(fabric);
        mean.add(overBound(fabric, Patterns.permutation(members, BYTES, random), s, seed));
      }
      mean.report(prefix + hosts + "_" + s.name() + "_over_bound");
    }
  }

  private static double overBound(
      FlowFabric fabric, List<SimFlow> flows, Strategy strategy, long seed) {
    LinkLoads loads = new LinkLoads(fabric, flows);
    strategy.route(fabric, flows, seed, loads);
    return loads.completionS() / LinkLoads.boundS(fabric, flows);
  }

  /** Mean and worst over seeds. */
  private final class Mean {
    private double sum;
    private double worst;
    private int n;

    void add(double value) {
      sum += value;
      worst = Math.max(worst, value);
      n++;
    }

    void report(String name) {
      progress.accept(String.format("%-50s mean %.3f, worst %.3f of %d", name, sum / n, worst, n));
      figures.add(new Figure(name, sum / n, "ratio"));
      if (name.contains("_myelin_")) {
        figures.add(new Figure(name + "_worst", worst, "ratio"));
      }
    }
  }
}
