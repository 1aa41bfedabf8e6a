package io.myelin.bench.sim;

import com.google.ortools.Loader;
import com.google.ortools.linearsolver.MPConstraint;
import com.google.ortools.linearsolver.MPSolver;
import com.google.ortools.linearsolver.MPVariable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;

/**
 * Fair shares of flows between switches, by solvers, from the links alone: what the controller's
 * shares are compared with. Nothing of the controller's placement is used.
 *
 * <p>All links have the same capacity, and every flow asks for exactly that capacity: its line
 * rate. Rates are shares of it, 0 to 1. Any path without a cycle may be taken.
 */
final class FairBounds {
  /** Two rates that differ by less are equal. */
  private static final double EPSILON = 1e-6;

  private final List<Link> links;
  private final List<Demand> demands;

  /** A link between two switches, in one direction. */
  record Link(String from, String to) {}

  /** Flows from one switch to another. */
  record Demand(String from, String to, int flows) {}

  /**
   * @param links that carry packets
   * @param demands each pair of switches once; those within a switch are left out
   */
  FairBounds(List<Link> links, List<Demand> demands) {
    Loader.loadNativeLibraries();
    this.links = List.copyOf(links);
    this.demands = List.copyOf(demands);
  }

  /**
   * The share that the slowest flow can have when each of its queue pairs has one path and all
   * queue pairs have the same rate: over all choices of paths, the fewest queue pairs that the
   * busiest link can have.
   *
   * @param queuePairs of each flow, each with an equal part of its rate
   * @throws IllegalStateException when some flow has no path
   */
  double onePathShare(int queuePairs) {
    MPSolver mip = solver("SAT");
    MPVariable[][] used = variables(mip, true);
    for (int d = 0; d < demands.size(); d++) {
      double count = (double) demands.get(d).flows() * queuePairs;
      for (String node : nodes()) {
        double out = balance(demands.get(d), node) * count;
        MPConstraint balance = mip.makeConstraint(out, out);
        conserve(balance, used[d], node);
      }
    }
    MPVariable busiest = mip.makeIntVar(0, (double) queuePairs * flows(), "");
    for (int l = 0; l < links.size(); l++) {
      MPConstraint most = mip.makeConstraint(-MPSolver.infinity(), 0);
      most.setCoefficient(busiest, -1);
      for (MPVariable[] of : used) {
        most.setCoefficient(of[l], 1);
      }
    }
    mip.objective().setCoefficient(busiest, 1);
    mip.objective().setMinimization();
    solve(mip);
    double fewest = Math.rint(busiest.solutionValue());
    mip.delete();
    return Math.min(1, queuePairs / Math.max(1, fewest));
  }

  /**
   * Max-min fair shares of flows that may be split.
   *
   * @param least share of a flow
   * @param total of all flows
   */
  record Fluid(double least, double total) {}

  /** What {@link #fluidShares} come to. */
  Fluid fluid() {
    double[] shares = fluidShares();
    double least = 1;
    double total = 0;
    for (int d = 0; d < shares.length; d++) {
      least = Math.min(least, shares[d]);
      total += shares[d] * demands.get(d).flows();
    }
    return new Fluid(least, total);
  }

  /**
   * Max-min fair shares of flows that may be split over paths at will, by progressive filling: all
   * shares rise together, and those that can rise no further stay.
   *
   * @return the share of each flow of a demand, by demand
   * @throws IllegalStateException when some flow has no path
   */
  double[] fluidShares() {
    double[] fixed = new double[demands.size()];
    Arrays.fill(fixed, Double.NaN);
    // Each round fixes one demand or more.
    for (int round = 0; round < demands.size() && rises(fixed); round++) {
      double level = level(fixed);
      boolean[] stays = new boolean[fixed.length];
      for (int d = 0; d < fixed.length; d++) {
        stays[d] =
            Double.isNaN(fixed[d])
                && (level >= 1 - EPSILON || most(d, level, fixed) <= level + EPSILON);
      }
      for (int d = 0; d < fixed.length; d++) {
        fixed[d] = stays[d] ? Math.min(1, level) : fixed[d];
      }
    }
    return fixed;
  }

  private static boolean rises(double[] fixed) {
    return Arrays.stream(fixed).anyMatch(Double::isNaN);
  }

  private int flows() {
    return demands.stream().mapToInt(Demand::flows).sum();
  }

  /** The highest share that all that still rise can have together. */
  private double level(double[] fixed) {
    MPSolver lp = solver("GLOP");
    MPVariable share = lp.makeNumVar(0, 1, "");
    MPVariable[] shares = new MPVariable[fixed.length];
    for (int d = 0; d < fixed.length; d++) {
      shares[d] = Double.isNaN(fixed[d]) ? share : lp.makeNumVar(fixed[d], fixed[d], "");
    }
    return maximise(lp, shares, share);
  }

  /** The highest share of one demand while the others that rise have a level at least. */
  private double most(int demand, double level, double[] fixed) {
    MPSolver lp = solver("GLOP");
    MPVariable[] shares = new MPVariable[fixed.length];
    for (int d = 0; d < fixed.length; d++) {
      // A little less than what was found: rounding must leave a solution.
      double least = Math.max(0, (Double.isNaN(fixed[d]) ? level : fixed[d]) - EPSILON / 100);
      shares[d] = lp.makeNumVar(least, Double.isNaN(fixed[d]) ? 1 : least, "");
    }
    return maximise(lp, shares, shares[demand]);
  }

  private double maximise(MPSolver lp, MPVariable[] shares, MPVariable objective) {
    MPVariable[][] used = variables(lp, false);
    for (int d = 0; d < shares.length; d++) {
      for (String node : nodes()) {
        MPConstraint balance = lp.makeConstraint(0, 0);
        conserve(balance, used[d], node);
        balance.setCoefficient(
            shares[d], -balance(demands.get(d), node) * (double) demands.get(d).flows());
      }
    }
    for (int l = 0; l < links.size(); l++) {
      MPConstraint capacity = lp.makeConstraint(-MPSolver.infinity(), 1);
      for (MPVariable[] of : used) {
        capacity.setCoefficient(of[l], 1);
      }
    }
    lp.objective().setCoefficient(objective, 1);
    lp.objective().setMaximization();
    solve(lp);
    double value = objective.solutionValue();
    lp.delete();
    return value;
  }

  /** What leaves a switch minus what enters it, of one unit of a demand. */
  private static double balance(Demand d, String node) {
    return node.equals(d.from()) ? 1 : node.equals(d.to()) ? -1 : 0;
  }

  /** What leaves a switch minus what enters it, of what a demand has on links. */
  private void conserve(MPConstraint balance, MPVariable[] used, String node) {
    for (int l = 0; l < links.size(); l++) {
      if (links.get(l).from().equals(node)) {
        balance.setCoefficient(used[l], 1);
      } else if (links.get(l).to().equals(node)) {
        balance.setCoefficient(used[l], -1);
      }
    }
  }

  /** What each demand has on each link. */
  private MPVariable[][] variables(MPSolver solver, boolean whole) {
    MPVariable[][] used = new MPVariable[demands.size()][links.size()];
    for (MPVariable[] of : used) {
      Arrays.setAll(of, l -> solver.makeVar(0, whole ? 1_000 : MPSolver.infinity(), whole, ""));
    }
    return used;
  }

  private List<String> nodes() {
    TreeSet<String> all = new TreeSet<>();
    links.forEach(
        l -> {
          all.add(l.from());
          all.add(l.to());
        });
    demands.forEach(
        d -> {
          all.add(d.from());
          all.add(d.to());
        });
    return new ArrayList<>(all);
  }

  private static MPSolver solver(String name) {
    MPSolver solver = MPSolver.createSolver(name);
    if (solver == null) {
      throw new IllegalStateException("this build of OR-Tools has no solver " + name);
    }
    return solver;
  }

  private static void solve(MPSolver solver) {
    MPSolver.ResultStatus status = solver.solve();
    if (status != MPSolver.ResultStatus.OPTIMAL) {
      throw new IllegalStateException("no fair shares: the solver says " + status);
    }
  }
}
