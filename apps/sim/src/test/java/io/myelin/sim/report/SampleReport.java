package io.myelin.sim.report;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A report with one of everything, to test and to look at. */
final class SampleReport {
  static final int POINTS = 10_000;

  /** A name that would end the script element it stands in. */
  static final String NASTY = "</script><b>\"&' ]]>";

  private SampleReport() {}

  static Report report() {
    return new Report(
        "Placement on leaf-spine:4x4x4",
        "16 training jobs, seed 7",
        List.of(
            new Report.Parameter("Fabric", "leaf-spine:4x4x4, 400 Gb/s"),
            new Report.Parameter("Jobs", "16"),
            new Report.Parameter("Virtual time", "60 s"),
            new Report.Parameter("Seed", "7")),
        List.of(
            Section.of(
                "Links",
                new Block.Text("Load of the busiest link.\n\nLeases keep it below one."),
                new Plot.Lines(
                    "Load of the busiest link",
                    Axis.linear("virtual time", "s"),
                    Axis.linear("load", "% of capacity"),
                    List.of(load("ECMP", 1, 30), load("weighted", 2, 18), load("leases", 3, 4))),
                new Plot.Lines(
                    "Active leases",
                    Axis.linear("virtual time", "s"),
                    Axis.log("leases", ""),
                    List.of(steps("accepted", 4), steps(NASTY, 5)))),
            Section.of(
                "Jobs",
                new Plot.Cdf(
                    "Flow completion time",
                    Axis.log("completion time", "ms"),
                    List.of(times("ECMP", 6, 4), times("weighted", 7, 3), times("leases", 8, 2))),
                new Plot.Bars(
                    "Iteration time by strategy",
                    List.of("all-reduce", "all-to-all", "pipeline", "mixture of experts"),
                    Axis.linear("slowdown over an empty fabric", "×"),
                    List.of(
                        new Plot.Values("ECMP", 1.89, 2.4, 1.3, 2.75),
                        new Plot.Values("weighted", 1.5, 1.9, 1.21, Double.NaN),
                        new Plot.Values("leases", 1.01, 1.08, 1.0, 1.12))),
                new Block.Table(
                    "Summary",
                    List.of("strategy", "busiest ÷ mean", "slowest flow", "events"),
                    List.of(
                        Block.Table.row("ECMP", 1.89, "28.3 %", 1_234_567),
                        Block.Table.row("weighted", 1.5, "61 %", 999),
                        Block.Table.row("leases", 1.01, "99.2 %", 42))))));
  }

  private static Series load(String name, int seed, double spread) {
    Random random = new Random(seed);
    double[] x = IntStream.range(0, POINTS).mapToDouble(i -> i * 60.0 / POINTS).toArray();
    double[] y = new double[POINTS];
    double v = 50 + spread;
    for (int i = 0; i < POINTS; i++) {
      v += random.nextGaussian() * spread / 20 + (50 + spread - v) / 50;
      y[i] = v;
    }
    return Series.line(name, x, y);
  }

  private static Series steps(String name, int seed) {
    Random random = new Random(seed);
    double[] x = random.doubles(60, 0, 60).sorted().toArray();
    double[] y = IntStream.range(0, 60).mapToDouble(i -> 1 + i * i * random.nextDouble()).toArray();
    Arrays.fill(y, 30, 33, Double.NaN);
    return Series.step(name, x, y);
  }

  private static Samples times(String name, int seed, double scale) {
    Random random = new Random(seed);
    return new Samples(
        name,
        IntStream.range(0, 5_000)
            .mapToDouble(i -> scale * StrictMath.exp(random.nextGaussian()))
            .toArray());
  }
}
