package io.myelin.core.place;

import java.util.BitSet;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Flows of a Clos network placed one by one, each without taking room that another has: leaves are
 * coloured with planes, then, in three tiers, aggregation switches with cores. Where no way is
 * free, others are swapped along alternating paths, as few of those that were there before as are
 * found.
 *
 * <p>Equal flows in a network whose links have equal room all fit, in any order, as long as no leaf
 * has more than its links have room for: each level is a Kőnig colouring, and the flows of one
 * plane load its aggregation switches no more than their leaves were loaded.
 */
final class ClosColouring {
  /** Pairs of colours that are tried for a flow, where moving others is to be avoided. */
  private static final int MANY = 8;

  /** And where it costs nothing. */
  private static final int FEW = 3;

  private final Clos clos;
  private final int[] from;
  private final int[] to;
  private final Level lower;
  private final Level upper;
  private final Level.Moves moves = new Level.Moves();
  private final BitSet settled;
  private final BitSet counted = new BitSet();
  private final int mostSwaps;
  private boolean settledMove;

  /**
   * @param from leaf by flow
   * @param to leaf by flow; never the same
   * @param weight bits per second by flow
   * @param room what may be used of each link, by its number; changed by this
   */
  ClosColouring(Clos clos, int[] from, int[] to, long[] weight, long[] room) {
    this.clos = clos;
    this.from = from;
    this.to = to;
    settled = new BitSet(weight.length);
    Level.Movable movable = f -> settledMove || !settled.get(f);
    lower = new Level(clos.planes(), clos.up(), clos.down(), room, weight, moves, movable);
    upper = new Level(clos.cores(), clos.coreUp(), clos.coreDown(), room, weight, moves, movable);
    mostSwaps = 4 * (clos.leaves() + clos.aggregations());
    for (int f = 0; f < weight.length; f++) {
      lower.join(f, from[f], to[f]);
    }
  }

  /** Puts a flow where it is already; it moves only once {@link #moveSettled} was called. */
  void settle(int flow, int choice) {
    int plane = clos.plane(choice);
    lower.replace(flow, plane);
    if (clos.needsCore(from[flow], to[flow], plane)) {
      enter(flow, plane);
      upper.replace(flow, clos.core(choice));
    }
    settled.set(flow);
  }

  /** From now on those that were there before may move, if nothing else helps. */
  void moveSettled() {
    settledMove = true;
  }

  /** The way that a flow has; -1: none. */
  int choice(int flow) {
    int plane = lower.colour(flow);
    return plane == Level.NONE ? Level.NONE : clos.choice(plane, upper.colour(flow));
  }

  /** Places one more flow; false: no way was found, and nothing has changed. */
  boolean insert(int flow) {
    moves.forget();
    int best = lower.best(flow);
    if (best != Level.NONE && take(flow, best)) {
      return true;
    }
    // No core of that plane is free: another plane's may be.
    for (int p = 0; p < clos.planes() && best != Level.NONE; p++) {
      if (p != best && lower.fits(flow, p) && take(flow, p)) {
        return true;
      }
    }
    Cheapest cheapest = new Cheapest();
    for (int p = 0; p < clos.planes() && best != Level.NONE; p++) {
      if (lower.fits(flow, p)) {
        int plane = p;
        cheapest.offer(() -> swapCores(flow, plane));
      }
    }
    cheapest.offer(() -> swap(lower, flow));
    return cheapest.take();
  }

  private boolean swapCores(int flow, int plane) {
    lower.set(flow, plane);
    enter(flow, plane);
    return swap(upper, flow);
  }

  /** Of several ways to change things the one that moves fewest of those that were there before. */
  private final class Cheapest {
    private @Nullable BooleanSupplier best;
    private int least = Integer.MAX_VALUE;

    /** Tries a way, and takes it back. */
    void offer(BooleanSupplier way) {
      if (least == 0) {
        return;
      }
      int mark = moves.mark();
      if (way.getAsBoolean()) {
        int cost = cost(mark);
        if (cost < least) {
          least = cost;
          best = way;
        }
      }
      moves.undo(mark);
    }

    /** Goes the best way; false: there is none. */
    boolean take() {
      return best != null && best.getAsBoolean();
    }
  }

  /** A plane, and one of its cores that is free. */
  private boolean take(int flow, int plane) {
    int mark = moves.mark();
    lower.set(flow, plane);
    if (!clos.needsCore(from[flow], to[flow], plane)) {
      return true;
    }
    enter(flow, plane);
    int core = upper.best(flow);
    if (core != Level.NONE) {
      upper.set(flow, core);
      return true;
    }
    moves.undo(mark);
    return false;
  }

  private void enter(int flow, int plane) {
    upper.join(flow, clos.aggregation(from[flow], plane), clos.aggregation(to[flow], plane));
  }

  /** Places a flow at a level by swapping others' colours; as it was when nothing helps. */
  private boolean swap(Level level, int flow) {
    int width = settledMove ? MANY : FEW;
    int[] here = level.roomy(Level.UP, flow, width);
    int[] there = level.roomy(Level.DOWN, flow, width);
    Cheapest cheapest = new Cheapest();
    for (int a : here) {
      for (int b : there) {
        cheapest.offer(() -> attempt(level, flow, a, b, Level.UP));
        cheapest.offer(() -> attempt(level, flow, a, b, Level.DOWN));
      }
    }
    return cheapest.take();
  }

  /**
   * @param a has room where the flow rises
   * @param b has room where it falls
   */
  private boolean attempt(Level level, int flow, int a, int b, int side) {
    int full = side == Level.DOWN ? a : b;
    int other = side == Level.DOWN ? b : a;
    if (a == b || !level.exists(Level.UP, flow, full) || !level.exists(Level.DOWN, flow, full)) {
      return false;
    }
    int mark = moves.mark();
    return level.alternate(flow, side, full, other, mostSwaps)
        && (level != lower || follow(mark, moves.mark()));
  }

  /** Those that changed planes need cores there. */
  private boolean follow(int mark, int end) {
    if (clos.cores() == 0) {
      return true;
    }
    for (int i = mark; i < end; i++) {
      if (upper.colour(moves.flow(i)) != Level.NONE) {
        upper.set(moves.flow(i), Level.NONE);
      }
    }
    for (int i = mark; i < end; i++) {
      int f = moves.flow(i);
      int plane = lower.colour(f);
      if (upper.colour(f) != Level.NONE || !clos.needsCore(from[f], to[f], plane)) {
        continue;
      }
      enter(f, plane);
      int core = upper.best(f);
      if (core != Level.NONE) {
        upper.set(f, core);
      } else if (!swap(upper, f)) {
        return false;
      }
    }
    return true;
  }

  /** How many flows that were there before have moved since a mark. */
  private int cost(int mark) {
    counted.clear();
    for (int i = mark; i < moves.mark(); i++) {
      if (settled.get(moves.flow(i))) {
        counted.set(moves.flow(i));
      }
    }
    return counted.cardinality();
  }
}
