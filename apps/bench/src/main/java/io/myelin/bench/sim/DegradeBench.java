package io.myelin.bench.sim;

import io.myelin.bench.figure.Figure;
import io.myelin.bench.sim.DegradeLab.Booking;
import io.myelin.bench.sim.DegradeLab.Cable;
import io.myelin.bench.sim.DegradeLab.Goodput;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.PortRef;
import io.myelin.lab.ConvergenceWatch;
import io.myelin.lab.FabricSpec;
import io.myelin.lab.LabPlan;
import io.myelin.lab.Permutation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A fabric that is leased to the last bit loses cables: what the slowest flow gets then over what
 * {@link FairBounds} says that it could, how long until all have their shares, what is lost, and
 * what comes back when the cables are mended. Every host sends at line rate to one of another leaf.
 */
public final class DegradeBench {
  private static final FabricSpec FABRIC = FabricSpec.DEFAULT;

  /** With as many queue pairs a flow. */
  private static final List<Integer> QUEUE_PAIRS = List.of(1, 4);

  /** What breaks, on cables of its own: none of them failed before in the same fabric. */
  enum Fault {
    ONE_CABLE,
    ONE_SPINE,
    /** Of different leaves and different spines. */
    TWO_CABLES;

    /** Cables by the seed's order of leaves and spines. */
    List<Cable> cables(List<Integer> leaves, List<Integer> spines) {
      return switch (this) {
        case ONE_CABLE -> List.of(cable(leaves.get(0), spines.get(0)));
        case ONE_SPINE -> leaves.stream().map(l -> cable(l, spines.get(1))).toList();
        case TWO_CABLES ->
            List.of(cable(leaves.get(1), spines.get(2)), cable(leaves.get(2), spines.get(3)));
      };
    }

    /** The cable from a leaf's port to a spine's, each numbered by the other end. */
    private static Cable cable(int leaf, int spine) {
      return new Cable(
          new PortRef(new DeviceId("leaf" + leaf), spine),
          new PortRef(new DeviceId("spine" + spine), leaf));
    }
  }

  private final int seeds;
  private final long firstSeed;
  private final Consumer<String> progress;

  /**
   * @param seeds runs of each case; a seed decides who sends to whom and what breaks
   */
  public DegradeBench(int seeds, long firstSeed, Consumer<String> progress) {
    this.seeds = seeds;
    this.firstSeed = firstSeed;
    this.progress = progress;
  }

  /**
   * Runs all cases.
   *
   * @return for each fault and way of booking the median over seeds and the worst; over all of them
   *     the worst median and the worst
   */
  public List<Figure> run() throws IOException, InterruptedException {
    DegradeFigures figures = new DegradeFigures();
    warmUp();
    for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
      for (Booking booking : Booking.values()) {
        for (int qps : QUEUE_PAIRS) {
          run(booking, qps, seed, figures);
        }
      }
      UnleasedFloor.Shares floor = UnleasedFloor.measure(seed);
      figures.floor(floor);
      progress.accept(
          String.format(
              "without a lease: %.2f of what is promised, %.2f while the fabric is whole; seed %d",
              floor.cut(), floor.whole(), seed));
    }
    return figures.all();
  }

  /** A controller that has run for a while has its code compiled: every cable is cut once. */
  private void warmUp() throws IOException, InterruptedException {
    progress.accept("warms up");
    LabPlan plan = LabPlan.of(FABRIC);
    List<Permutation.Pair> pairs = Permutation.acrossLeaves(plan.inventory(), firstSeed);
    try (DegradeLab lab = new DegradeLab(plan, pairs, FABRIC.rateBps(), 4, Booking.LEASES)) {
      for (int leaf = 1; leaf <= FABRIC.leaves(); leaf++) {
        for (int spine = 1; spine <= FABRIC.spines(); spine++) {
          lab.cut(List.of(Fault.cable(leaf, spine)));
          lab.mend(List.of(Fault.cable(leaf, spine)));
        }
      }
    }
  }

  private void run(Booking booking, int qps, long seed, DegradeFigures figures)
      throws IOException, InterruptedException {
    LabPlan plan = LabPlan.of(FABRIC);
    List<Permutation.Pair> pairs = Permutation.acrossLeaves(plan.inventory(), seed);
    String by = booking.name().toLowerCase(Locale.ROOT) + "_" + qps + "qp";
    List<Integer> leaves = shuffled(FABRIC.leaves(), seed);
    List<Integer> spines = shuffled(FABRIC.spines(), seed + 1);
    try (DegradeLab lab = new DegradeLab(plan, pairs, FABRIC.rateBps(), qps, booking)) {
      Goodput before = lab.measure();
      for (Fault fault : Fault.values()) {
        List<Cable> cables = fault.cables(leaves, spines);
        FairBounds bounds = lab.bounds(pairs, cables);
        double onePath = bounds.onePathShare(qps);
        FairBounds.Fluid fluid = bounds.fluid();
        ConvergenceWatch.Times shrink = lab.cut(cables);
        Goodput during = lab.measure();
        double granted = lab.leastGranted();
        ConvergenceWatch.Times restore = lab.mend(cables);
        Goodput after = lab.measure();
        String name = fault.name().toLowerCase(Locale.ROOT) + "_" + by;
        figures.slowest(name, booking, during.slowest() / onePath);
        figures.granted(name, granted / onePath);
        figures.fluid(name, during.slowest() / fluid.least());
        if (booking == Booking.LEASES) {
          figures.total(name, during.total() / fluid.total());
        }
        figures.restored(name, after.total() / before.total());
        figures.times(name, shrink, restore);
        figures.lost(name, during.lost());
        progress.accept(
            String.format(
                "%s, seed %d: slowest %.3f, granted %.3f, of %.3f (fluid %.3f), total %.2f of %.2f, %.0f ms;"
                    + " mended %.2f of %.2f, slowest %.3f, %.0f ms; lost %d",
                name,
                seed,
                during.slowest(),
                granted,
                onePath,
                fluid.least(),
                during.total(),
                fluid.total(),
                shrink.firstMs(),
                after.total(),
                before.total(),
                after.slowest(),
                restore.firstMs(),
                during.lost()));
      }
    }
  }

  /** Numbers from 1 in a random order. */
  static List<Integer> shuffled(int n, long seed) {
    List<Integer> all = new ArrayList<>(IntStream.rangeClosed(1, n).boxed().toList());
    Collections.shuffle(all, new Random(seed));
    return all;
  }
}
