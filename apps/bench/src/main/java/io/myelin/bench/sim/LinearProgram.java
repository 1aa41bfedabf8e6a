package io.myelin.bench.sim;

import com.google.ortools.Loader;
import com.google.ortools.linearsolver.MPConstraint;
import com.google.ortools.linearsolver.MPSolver;
import com.google.ortools.linearsolver.MPVariable;
import io.myelin.core.te.PathSet;
import org.jspecify.annotations.Nullable;

/**
 * The least highest utilisation by a solver: minimise u so that the shares of each pair sum to 1
 * and no link carries more than u times its capacity. The peer of {@link TeBench}.
 */
final class LinearProgram {
  /**
   * Those of OR-Tools that solve it; the bench finds out which one is fastest. HiGHS, which takes
   * two to three times as long as the first two, is left out: it writes to standard output.
   */
  static final String[] SOLVERS = {"GLOP", "CLP", "PDLP"};

  private final PathSet paths;
  private final double[] demand;
  private final double[] capacity;

  LinearProgram(PathSet paths, double[] demand, double[] capacity) {
    this.paths = paths;
    this.demand = demand;
    this.capacity = capacity;
  }

  /**
   * What a solver found.
   *
   * @param seconds of its solve call; building the model is not in it
   * @param flows by path
   */
  record Solution(String solver, double highest, double seconds, double[] flows) {}

  /**
   * Solves.
   *
   * @return null: not within the time
   */
  @Nullable Solution solve(String name, double limitS) {
    Loader.loadNativeLibraries();
    MPSolver lp = MPSolver.createSolver(name);
    if (lp == null) {
      return null;
    }
    MPVariable highest = lp.makeNumVar(0, MPSolver.infinity(), "");
    MPVariable[] share = new MPVariable[paths.paths()];
    MPConstraint[] links = new MPConstraint[capacity.length];
    for (int l = 0; l < links.length; l++) {
      links[l] = lp.makeConstraint(-MPSolver.infinity(), 0);
      links[l].setCoefficient(highest, -1);
    }
    for (int i = 0; i < paths.pairs(); i++) {
      if (paths.firstPath(i) == paths.firstPath(i + 1)) {
        continue;
      }
      MPConstraint whole = lp.makeConstraint(1, 1);
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        share[p] = lp.makeNumVar(0, MPSolver.infinity(), "");
        whole.setCoefficient(share[p], 1);
        for (int k = paths.firstLink(p); k < paths.firstLink(p + 1); k++) {
          int l = paths.link(k);
          links[l].setCoefficient(share[p], demand[i] / capacity[l]);
        }
      }
    }
    lp.objective().setCoefficient(highest, 1);
    lp.objective().setMinimization();
    lp.setTimeLimit((long) (limitS * 1000));
    long began = System.nanoTime();
    MPSolver.ResultStatus status = lp.solve();
    double seconds = (System.nanoTime() - began) / 1e9;
    Solution solution = null;
    if (status == MPSolver.ResultStatus.OPTIMAL) {
      double[] flows = new double[share.length];
      for (int i = 0; i < paths.pairs(); i++) {
        for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
          flows[p] = share[p].solutionValue() * demand[i];
        }
      }
      solution = new Solution(name, highest.solutionValue(), seconds, flows);
    }
    lp.delete();
    return solution;
  }
}
