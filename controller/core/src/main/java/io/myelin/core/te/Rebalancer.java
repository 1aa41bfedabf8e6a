package io.myelin.core.te;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Divides demands over candidate paths so that the highest link utilisation is as low as it finds:
 * pair by pair, each time moving flow from the dearest path in use to the cheapest, without a
 * solver.
 *
 * <p>A link's price is {@code (utilisation ÷ highest)^q}: the derivative by its load of the sum,
 * over links, of capacity times utilisation to the power of q + 1. As q rises, round by round, the
 * sum comes to count nothing but the highest ones. How much moves is one Newton step towards equal
 * prices, hardly ever so much that a link of the new path gets hotter than the hottest of the old
 * one. Pairs are visited in order (Gauss-Seidel), as in SSDO (NSDI 2026), which rebalances pairs by
 * bisection and may stop where no pair alone can improve; prices below the highest utilisation lead
 * out of there.
 *
 * <p>The bound: for any prices, the demands at their cheapest paths cost at least {@code Σ demand ·
 * least path price}, and all links at utilisation u cost {@code u · Σ price · capacity}; so no
 * division has a highest utilisation below the quotient; what is there already costs its prices.
 */
public final class Rebalancer {
  private static final int FIRST_POWER = 8;
  private static final int LAST_POWER = 512;

  /** Paths whose prices differ by less are left alone. */
  private static final double SAME_PRICE = 1.02;

  /** Ends when a round gains less than this at high powers. */
  private static final double SMALL_GAIN = 1e-3;

  private static final int SETTLED_POWER = 128;

  /** Where fewer than one in so many pairs has something to gain, it is soon over. */
  private static final int FEW = 32;

  /** Sweeps over the pairs that have something to gain, for each look at all of them. */
  private static final int SWEEPS = 3;

  /** A move of less than this share of a path's flow is not all that can be done for it. */
  private static final double LITTLE = 0.05;

  private static final int MAX_ROUNDS = 20;

  /** Candidate paths of a problem that is small enough to be gone over several times. */
  private static final int SMALL = 20_000;

  private static final int SMALL_PASSES = 6;

  private final PathSet paths;
  private final double[] demand;
  private final double[] capacity;
  private final double[] load;
  private final double[] flow;
  private final double[] price;
  private final int[] mark;
  private int marks;
  private final int[] unequal;
  private int active;
  private double highest;
  private int power = FIRST_POWER;
  private double best;
  private double movable = Double.POSITIVE_INFINITY;
  private double @Nullable [] before;
  private double[] fixed;

  /**
   * @param demand by pair, in any unit
   * @param capacity by link, in the same unit; 0: not to be used
   */
  public Rebalancer(PathSet paths, double[] demand, double[] capacity) {
    if (demand.length != paths.pairs()) {
      throw new IllegalArgumentException(
          "demand: " + demand.length + " values for " + paths.pairs() + " pairs");
    }
    this.paths = paths;
    this.demand = demand.clone();
    this.capacity = capacity.clone();
    load = new double[capacity.length];
    fixed = new double[capacity.length];
    flow = new double[paths.paths()];
    price = new double[capacity.length];
    mark = new int[capacity.length];
    unequal = new int[demand.length];
  }

  /**
   * Begins from a division that is there instead of from shortest paths, and bounds how far it may
   * go from it.
   *
   * @param shares by path; of pairs without any the demand goes to the first path
   * @param churn the share of all demand that may be moved, 0 to 1; what has to leave links that
   *     are not to be used does not count
   */
  public Rebalancer from(double[] shares, double churn) {
    if (shares.length != flow.length) {
      throw new IllegalArgumentException(
          "shares: " + shares.length + " values for " + flow.length + " paths");
    }
    before = shares.clone();
    movable = churn * Arrays.stream(demand).sum();
    return this;
  }

  /**
   * What is on the links already and stays there.
   *
   * @param loads by link, in the unit of the demands
   */
  public Rebalancer over(double[] loads) {
    if (loads.length != load.length) {
      throw new IllegalArgumentException(
          "loads: " + loads.length + " values for " + load.length + " links");
    }
    fixed = loads.clone();
    return this;
  }

  /**
   * Divides.
   *
   * @param gap ends once the highest utilisation is proven to be within this share of the least
   *     possible, e.g. 0.01
   */
  public Split solve(double gap) {
    start();
    double[] starting = flow.clone();
    double[] kept = starting;
    double least = Double.POSITIVE_INFINITY;
    int passes = paths.paths() <= SMALL ? SMALL_PASSES : 1;
    for (int pass = 0; pass < passes && least > best * (1 + gap); pass++) {
      anneal(gap);
      if (highest < least) {
        least = highest;
        kept = flow.clone();
      }
    }
    if (highest > least) {
      restore(kept);
    }
    return new Split(paths, flow.clone(), load.clone(), highest, best, moved(starting));
  }

  private void restore(double[] flows) {
    Arrays.fill(flow, 0);
    System.arraycopy(fixed, 0, load, 0, load.length);
    for (int p = 0; p < flows.length; p++) {
      put(p, flows[p]);
    }
    weigh();
  }

  /** From low powers to high ones. */
  private void anneal(double gap) {
    power = FIRST_POWER;
    double last = Double.POSITIVE_INFINITY;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      weigh();
      boolean small = highest > last * (1 - SMALL_GAIN);
      if (round == 0) {
        everybody();
      } else {
        look();
      }
      boolean over = active == 0 || movable <= 0 || (small && power >= SETTLED_POWER);
      if (highest <= best * (1 + gap) || over) {
        break;
      }
      last = highest;
      for (int sweep = 0; sweep < (round == 0 ? 1 : SWEEPS); sweep++) {
        if (sweep > 0) {
          weigh();
        }
        for (int i = 0; i < active && movable > 0; i++) {
          balance(unequal[i]);
        }
      }
      // Where nothing is to be gained any more, prices that say so more sharply prove it.
      power = Math.min(LAST_POWER, (small && active < demand.length / FEW ? 8 : 2) * power);
    }
    weigh();
  }

  private void everybody() {
    for (int i = 0; i < demand.length; i++) {
      unequal[i] = i;
    }
    active = demand.length;
  }

  /** Judges all pairs at the prices of this moment: the bound, and who has something to gain. */
  private void look() {
    double cost = 0;
    active = 0;
    for (int i = 0; i < demand.length; i++) {
      double most = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int p = paths.firstPath(i), end = paths.firstPath(i + 1); p < end; p++) {
        double x = price(p);
        least = Math.min(least, x);
        most = flow[p] > 0 ? Math.max(most, x) : most;
      }
      if (most > least * SAME_PRICE) {
        unequal[active++] = i;
      }
      cost += Double.isInfinite(least) ? 0 : demand[i] * least;
    }
    double all = 0;
    for (int l = 0; l < load.length; l++) {
      if (capacity[l] > 0) {
        all += price[l] * capacity[l];
        cost += price[l] * fixed[l];
      }
    }
    best = all == 0 ? best : Math.max(best, cost / all);
  }

  /** Where it begins: on shares that are given, else on first paths that can be used. */
  private void start() {
    System.arraycopy(fixed, 0, load, 0, load.length);
    double[] given = before;
    for (int i = 0; i < demand.length; i++) {
      int first = paths.firstPath(i);
      int end = paths.firstPath(i + 1);
      double sum = 0;
      for (int p = first; p < end && given != null; p++) {
        sum += works(p) ? given[p] : 0;
      }
      for (int p = first; p < end && given != null && sum > 0; p++) {
        put(p, works(p) ? demand[i] * given[p] / sum : 0);
      }
      if (sum == 0 && first < end) {
        int p = first;
        while (p < end && !works(p)) {
          p++;
        }
        put(p < end ? p : first, demand[i]);
      }
    }
  }

  private void put(int path, double amount) {
    flow[path] += amount;
    for (int k = paths.firstLink(path); k < paths.firstLink(path + 1); k++) {
      load[paths.link(k)] += amount;
    }
  }

  private boolean works(int path) {
    for (int k = paths.firstLink(path); k < paths.firstLink(path + 1); k++) {
      if (capacity[paths.link(k)] <= 0) {
        return false;
      }
    }
    return true;
  }

  private void weigh() {
    highest = 0;
    for (int l = 0; l < load.length; l++) {
      highest = capacity[l] > 0 ? Math.max(highest, load[l] / capacity[l]) : highest;
    }
    for (int l = 0; l < load.length; l++) {
      price[l] = highest == 0 ? 0 : priceOf(l);
    }
  }

  private double priceOf(int link) {
    if (capacity[link] <= 0) {
      return Double.POSITIVE_INFINITY;
    }
    double x = load[link] / capacity[link] / highest;
    for (int q = power; q > 1; q >>= 1) {
      x *= x; // powers of two
    }
    return x;
  }

  private double price(int path) {
    double sum = 0;
    for (int k = paths.firstLink(path), end = paths.firstLink(path + 1); k < end; k++) {
      sum += price[paths.link(k)];
    }
    return sum;
  }

  /** One move within a pair, if it is worth it. */
  private void balance(int pair) {
    int first = paths.firstPath(pair);
    int end = paths.firstPath(pair + 1);
    if (end - first < 2) {
      return;
    }
    int dear = -1;
    int cheap = -1;
    double most = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int p = first; p < end; p++) {
      double x = price(p);
      if (flow[p] > 0 && x > most) {
        most = x;
        dear = p;
      }
      if (x < least) {
        least = x;
        cheap = p;
      }
    }
    if (dear < 0 || cheap < 0 || dear == cheap || most <= least * SAME_PRICE) {
      return;
    }
    double worth = flow[dear] * LITTLE;
    double moved = move(dear, cheap);
    // The cheapest one may be narrow, and cheap for that: then the others as well.
    for (int p = first; p < end && moved < worth; p++) {
      if (p != dear && p != cheap && price(p) * SAME_PRICE < most) {
        moved += move(dear, p);
      }
    }
  }

  /** Moves what seems best; says how much. */
  private double move(int dear, int cheap) {
    int onCheap = ++marks;
    for (int k = paths.firstLink(cheap); k < paths.firstLink(cheap + 1); k++) {
      mark[paths.link(k)] = onCheap;
    }
    int onBoth = ++marks;
    double gain = 0;
    double slope = 0;
    double hottest = 0;
    double hottestCapacity = 1;
    for (int k = paths.firstLink(dear); k < paths.firstLink(dear + 1); k++) {
      int l = paths.link(k);
      if (mark[l] == onCheap) {
        mark[l] = onBoth;
      } else if (capacity[l] > 0) {
        gain += price[l];
        slope += power * price[l] / load[l];
        if (load[l] > hottest * capacity[l]) {
          hottest = load[l] / capacity[l];
          hottestCapacity = capacity[l];
        }
      } else {
        gain = Double.POSITIVE_INFINITY;
        hottest = Double.POSITIVE_INFINITY;
      }
    }
    double room = Double.POSITIVE_INFINITY;
    double equal = Double.POSITIVE_INFINITY;
    double hottestThere = 0;
    for (int k = paths.firstLink(cheap); k < paths.firstLink(cheap + 1); k++) {
      int l = paths.link(k);
      if (mark[l] != onBoth) {
        gain -= price[l];
        slope += load[l] > 0 ? power * price[l] / load[l] : 0;
        hottestThere = Math.max(hottestThere, load[l] / capacity[l]);
        equal =
            Math.min(
                equal, (hottest - load[l] / capacity[l]) / (1 / hottestCapacity + 1 / capacity[l]));
        room = Math.min(room, hottest * (1 + 1.0 / power) * capacity[l] - load[l]);
      }
    }
    // Newton's steps are short where prices differ by much: there, until both are equally hot.
    boolean far = hottestThere < hottest * (1 - 2.0 / power);
    double step = far ? Math.max(equal, gain / slope) : gain / slope;
    double amount = Math.min(Math.min(flow[dear], movable), Math.min(room, step));
    if (!(amount > 0)) {
      return 0;
    }
    movable -= amount;
    shift(dear, -amount, onBoth);
    shift(cheap, amount, onBoth);
    return amount;
  }

  private void shift(int path, double amount, int onBoth) {
    flow[path] = Math.max(0, flow[path] + amount);
    for (int k = paths.firstLink(path); k < paths.firstLink(path + 1); k++) {
      int l = paths.link(k);
      if (mark[l] != onBoth) {
        load[l] = Math.max(0, load[l] + amount);
        price[l] = priceOf(l);
      }
    }
  }

  private double moved(double[] starting) {
    double sum = 0;
    for (int p = 0; p < flow.length; p++) {
      sum += Math.max(0, flow[p] - starting[p]);
    }
    return before == null ? 0 : sum;
  }
}
