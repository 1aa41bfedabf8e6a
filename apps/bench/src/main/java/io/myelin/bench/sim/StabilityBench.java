package io.myelin.bench.sim;

import io.myelin.bench.figure.Figure;
import io.myelin.core.loop.Policy;
import io.myelin.sim.loop.LoopSim;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;

/** Whether the loops come to rest, and how close to the optimum, over many seeds. */
public final class StabilityBench {
  private final int seeds;
  private final long firstSeed;
  private final Consumer<String> progress;

  public StabilityBench(int seeds, long firstSeed, Consumer<String> progress) {
    this.seeds = seeds;
    this.firstSeed = firstSeed;
    this.progress = progress;
  }

  public List<Figure> run() {
    progress.accept(seeds + " runs");
    List<LoopSim.Result> all =
        LongStream.range(firstSeed, firstSeed + seeds)
            .parallel()
            .mapToObj(s -> LoopSim.run(s, Policy.DEFAULT))
            .toList();
    double[] over =
        all.stream().flatMap(r -> r.overBound().stream()).mapToDouble(d -> d).sorted().toArray();
    long within = Arrays.stream(over).filter(o -> o <= 1.05).count();
    return List.of(
        new Figure("runs", seeds, ""),
        new Figure("phases", over.length, ""),
        new Figure("dwell_broken", all.stream().mapToInt(LoopSim.Result::dwellBroken).sum(), ""),
        new Figure("back_and_forth", all.stream().mapToInt(LoopSim.Result::backAndForth).sum(), ""),
        new Figure(
            "moves_per_run", all.stream().mapToInt(LoopSim.Result::moves).average().orElse(0), ""),
        new Figure(
            "decisions_per_run",
            all.stream().mapToInt(LoopSim.Result::decisions).average().orElse(0),
            ""),
        new Figure("hottest_over_bound_p50", over[over.length / 2], "ratio"),
        new Figure("hottest_over_bound_p99", over[(int) (over.length * 0.99)], "ratio"),
        new Figure("hottest_over_bound_worst", over[over.length - 1], "ratio"),
        new Figure("phases_within_5_percent", (double) within / over.length, "share"));
  }
}
