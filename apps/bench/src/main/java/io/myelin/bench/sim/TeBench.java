package io.myelin.bench.sim;

import io.myelin.bench.figure.Figure;
import io.myelin.core.model.Inventory;
import io.myelin.core.path.Topology;
import io.myelin.core.te.PathSet;
import io.myelin.core.te.Rebalancer;
import io.myelin.core.te.Split;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Traffic engineering without a solver against the linear program that it replaces, and against
 * that program cut into parts (POP; D. Narayanan et al., SOSP 2021): the same pairs, demands and
 * candidate paths, in the same run. Demands by a gravity model.
 */
public final class TeBench {
  private static final int PATHS = 4;
  private static final int POP_PARTS = 16;

  /** Ends once it is proven to be within this share of the optimum. */
  private static final double GAP = 0.02;

  private static final int OUR_RUNS = 5;
  private static final int WEIGHTS = 64;

  private final Topology topology;
  private final double[] capacity;
  private final double[] scales;
  private final int seeds;
  private final long firstSeed;
  private final double limitS;
  private final Consumer<String> progress;
  private final List<Figure> figures = new ArrayList<>();
  private final Sum overLp = new Sum();
  private final Sum popOverLp = new Sum();
  private final Sum gap = new Sum();

  /**
   * @param scales shares of all pairs of switches that have a demand, ascending
   * @param limitS for each run of the linear program
   */
  public TeBench(
      Inventory inventory,
      double[] scales,
      int seeds,
      long firstSeed,
      double limitS,
      Consumer<String> progress) {
    topology = new Topology(inventory);
    this.scales = scales.clone();
    this.seeds = seeds;
    this.firstSeed = firstSeed;
    this.limitS = limitS;
    this.progress = progress;
    capacity = new double[topology.fabricLinks()];
    for (int l = 0; l < capacity.length; l++) {
      capacity[l] = topology.capacityBps(l);
    }
  }

  private static final class Sum {
    private double sum;
    private double worst = Double.NaN;
    private int n;

    void add(double v, double worse) {
      sum += v;
      n++;
      worst = Double.isNaN(worst) ? worse : Math.min(worst, worse);
    }

    double mean() {
      return sum / n;
    }
  }

  /** Pairs, demands and candidate paths. */
  private record Problem(PathSet paths, double[] demand, double pathMs) {}

  public List<Figure> run() {
    figures.add(new Figure("switches", topology.devices(), "switches"));
    figures.add(new Figure("links", topology.fabricLinks(), "directed links"));
    Problem warm = problem(scales[0], firstSeed);
    for (int i = 0; i < OUR_RUNS; i++) {
      ours(warm);
    }
    String[] solvers = fastest(warm);
    Figure time = null;
    Figure popTime = null;
    for (double scale : scales) {
      Scale s = new Scale(scale);
      for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
        s.run(problem(scale, seed), seed, solvers);
      }
      s.report();
      time = s.timeOverLp == null ? time : s.timeOverLp;
      popTime = s.popTimeOverLp == null ? popTime : s.popTimeOverLp;
    }
    figures.add(new Figure("over_lp", overLp.mean(), "share of optimum"));
    figures.add(new Figure("over_lp_worst", overLp.worst, "share of optimum"));
    figures.add(new Figure("pop_over_lp", popOverLp.mean(), "share of optimum"));
    figures.add(new Figure("bound_over_achieved", gap.mean(), "share"));
    if (time != null && popTime != null) {
      figures.add(new Figure("time_over_lp", time.value(), "ratio"));
      figures.add(new Figure("pop_time_over_lp", popTime.value(), "ratio"));
    }
    return figures;
  }

  private Problem problem(double scale, long seed) {
    Random random = new Random(seed);
    int n = topology.devices();
    double[] mass = new double[n];
    for (int i = 0; i < n; i++) {
      mass[i] = Math.exp(random.nextGaussian());
    }
    List<int[]> pairs = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        if (i != j && random.nextDouble() < scale) {
          pairs.add(new int[] {i, j});
        }
      }
    }
    int[] from = pairs.stream().mapToInt(p -> p[0]).toArray();
    int[] to = pairs.stream().mapToInt(p -> p[1]).toArray();
    long began = System.nanoTime();
    PathSet paths = PathSet.find(topology, from, to, PATHS, l -> true);
    double ms = (System.nanoTime() - began) / 1e6;
    double[] demand = new double[from.length];
    double total = 0;
    for (int i = 0; i < demand.length; i++) {
      demand[i] = mass[from[i]] * mass[to[i]];
      total += demand[i];
    }
    // Numbers of the size of capacities: solvers like that, and it changes no ratio.
    double unit = Arrays.stream(capacity).average().orElse(1) * capacity.length / 20 / total;
    for (int i = 0; i < demand.length; i++) {
      demand[i] *= unit;
    }
    return new Problem(paths, demand, ms);
  }

  private Split ours(Problem p) {
    return new Rebalancer(p.paths, p.demand, capacity).solve(GAP);
  }

  /** Solvers by their time on the smallest problem; the two fastest. */
  private String[] fastest(Problem p) {
    List<LinearProgram.Solution> all = new ArrayList<>();
    for (String name : LinearProgram.SOLVERS) {
      for (int i = 0; i < 2; i++) { // the first one loads what it needs
        LinearProgram.Solution s =
            new LinearProgram(p.paths, p.demand, capacity).solve(name, limitS);
        if (s != null && i == 1) {
          progress.accept(
              String.format(Locale.ROOT, "%s: u %.5f in %.3f s", name, s.highest(), s.seconds()));
          all.add(s);
        }
      }
    }
    all.sort((a, b) -> Double.compare(a.seconds(), b.seconds()));
    return all.stream().limit(2).map(LinearProgram.Solution::solver).toArray(String[]::new);
  }

  /** All seeds at one number of pairs. */
  private final class Scale {
    private final String name;
    private double ourS;
    private double lpS;
    private double popS;
    private double popLongestS;
    private double fullGap;
    private int n;
    private int solved;
    private @Nullable Figure timeOverLp;
    private @Nullable Figure popTimeOverLp;

    Scale(double scale) {
      name = Math.round(100 * scale) + "pct";
    }

    void run(Problem p, long seed, String[] solvers) {
      Split split = ours(p);
      double[] times = new double[OUR_RUNS];
      for (int i = 0; i < OUR_RUNS; i++) {
        long began = System.nanoTime();
        split = ours(p);
        times[i] = (System.nanoTime() - began) / 1e9;
      }
      Arrays.sort(times);
      n++;
      fullGap += split.bound() / split.highest();
      gap.add(split.bound() / split.highest(), split.bound() / split.highest());
      LinearProgram.Solution lp = null;
      for (String solver : solvers) {
        LinearProgram.Solution s =
            new LinearProgram(p.paths, p.demand, capacity).solve(solver, limitS);
        lp = s != null && (lp == null || s.seconds() < lp.seconds()) ? s : lp;
      }
      progress.accept(
          String.format(
              Locale.ROOT,
              "%s, seed %d: %d pairs, %d paths in %.0f ms; ours %.5f (bound %.5f) in %.4f s",
              name,
              seed,
              p.paths.pairs(),
              p.paths.paths(),
              p.pathMs,
              split.highest(),
              split.bound(),
              times[OUR_RUNS / 2]));
      if (lp == null) {
        progress.accept("no solver ended within " + limitS + " s");
        ourS += times[OUR_RUNS / 2];
        return;
      }
      solved++;
      ourS += times[OUR_RUNS / 2];
      lpS += lp.seconds();
      overLp.add(lp.highest() / split.highest(), lp.highest() / split.highest());
      double pop = pop(p, lp.solver(), seed);
      popOverLp.add(lp.highest() / pop, lp.highest() / pop);
      double rounded = split.highestWith(split.weights(WEIGHTS), capacity);
      progress.accept(
          String.format(
              Locale.ROOT,
              "%s %.5f in %.2f s: %.4f of it in %.4f of its time; POP %.4f; weights of %d: %.4f",
              lp.solver(),
              lp.highest(),
              lp.seconds(),
              lp.highest() / split.highest(),
              times[OUR_RUNS / 2] / lp.seconds(),
              lp.highest() / pop,
              WEIGHTS,
              lp.highest() / rounded));
      figures.add(
          new Figure(
              "over_lp_" + name + "_seed" + seed,
              lp.highest() / split.highest(),
              "share of optimum"));
      figures.add(
          new Figure(
              "weights_over_lp_" + name + "_seed" + seed,
              lp.highest() / rounded,
              "share of optimum"));
    }

    /** The linear program in parts of random pairs, each with its share of every link. */
    private double pop(Problem p, String solver, long seed) {
      Random random = new Random(seed);
      int[] part = random.ints(p.demand.length, 0, POP_PARTS).toArray();
      double[] load = new double[capacity.length];
      double longest = 0;
      for (int k = 0; k < POP_PARTS; k++) {
        Part only = Part.of(p.paths, part, k, p.demand);
        double[] less = Arrays.stream(capacity).map(c -> c / POP_PARTS).toArray();
        LinearProgram.Solution s =
            new LinearProgram(only.paths(), only.demand(), less).solve(solver, limitS);
        if (s == null) {
          return Double.POSITIVE_INFINITY;
        }
        popS += s.seconds();
        longest = Math.max(longest, s.seconds());
        for (int q = 0; q < s.flows().length; q++) {
          for (int l : only.paths().linksOf(q)) {
            load[l] += s.flows()[q];
          }
        }
      }
      popLongestS += longest;
      double highest = 0;
      for (int l = 0; l < load.length; l++) {
        highest = Math.max(highest, load[l] / capacity[l]);
      }
      return highest;
    }

    void report() {
      figures.add(new Figure("seconds_" + name, ourS / n, "s"));
      figures.add(new Figure("bound_over_achieved_" + name, fullGap / n, "share"));
      if (solved < n) {
        figures.add(new Figure("time_over_lp_at_most_" + name, ourS / n / limitS, "ratio"));
        return;
      }
      figures.add(new Figure("lp_seconds_" + name, lpS / n, "s"));
      timeOverLp = new Figure("time_over_lp_" + name, ourS / lpS, "ratio");
      popTimeOverLp = new Figure("pop_time_over_lp_" + name, popS / lpS, "ratio");
      figures.add(timeOverLp);
      figures.add(popTimeOverLp);
      figures.add(new Figure("pop_parallel_time_over_lp_" + name, popLongestS / lpS, "ratio"));
    }
  }

  /** Some of the pairs. */
  private record Part(PathSet paths, double[] demand) {
    static Part of(PathSet paths, int[] part, int k, double[] demand) {
      int[] pairs =
          java.util.stream.IntStream.range(0, part.length).filter(i -> part[i] == k).toArray();
      return new Part(
          paths.only(pairs), Arrays.stream(pairs).mapToDouble(i -> demand[i]).toArray());
    }
  }
}
