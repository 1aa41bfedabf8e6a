package io.myelin.core.place;

import java.util.Arrays;

/**
 * Flows as edges of a bipartite graph (where they rise, where they fall), colours as the ways up:
 * one stage of a Clos network. The room of a vertex in a colour is that of a link.
 *
 * <p>With equal flows, links of equal room and no more flows at a vertex than it has room for,
 * there always is an alternating path that makes room for one more (D. Kőnig, Math. Ann. 77, 1916);
 * with unequal ones it is a heuristic, and what it leaves always fits.
 */
final class Level {
  static final int NONE = -1;

  /** The two sides of the graph: where flows rise, and where they fall. */
  static final int UP = 0;

  static final int DOWN = 1;

  private final int colours;
  private final int[][] link;
  private final long[] room;
  private final long[] weight;
  private final int[][] end;
  private final int[] colour;
  private final int[][] head;
  private final int[][] next;
  private final int[][] previous;
  private final int[] stamp;
  private int stamps;
  private final Moves moves;
  private final Movable movable;

  /** Which flows may be recoloured. */
  interface Movable {
    boolean test(int flow);
  }

  /**
   * @param up link by vertex · colours + colour; -1: none
   * @param room by link, bits per second; shared with other levels
   * @param weight by flow, bits per second; shared
   * @param moves gets every change, so that it can be taken back
   */
  Level(
      int colours, int[] up, int[] down, long[] room, long[] weight, Moves moves, Movable movable) {
    this.colours = colours;
    this.room = room;
    this.weight = weight;
    this.moves = moves;
    this.movable = movable;
    link = new int[][] {up, down};
    int flows = weight.length;
    end = new int[][] {filled(flows), filled(flows)};
    colour = filled(flows);
    head = new int[][] {filled(up.length), filled(down.length)};
    next = new int[][] {filled(flows), filled(flows)};
    previous = new int[][] {filled(flows), filled(flows)};
    stamp = new int[flows];
  }

  private static int[] filled(int n) {
    int[] a = new int[n];
    Arrays.fill(a, NONE);
    return a;
  }

  int colour(int flow) {
    return colour[flow];
  }

  /** Where a flow rises and falls at this level, before it gets a colour. */
  void join(int flow, int from, int to) {
    end[UP][flow] = from;
    end[DOWN][flow] = to;
  }

  /** Less than any link has left: capacities end below 2^60 bits per second. */
  private static final long NO_LINK = -(1L << 62);

  /** What is left of a link; negative: less than nothing; absent links fit nothing. */
  private long room(int side, int vertex, int c) {
    int l = link[side][vertex * colours + c];
    return l == NONE ? NO_LINK : room[l];
  }

  private long room(int side, int flow, int c, long w) {
    return room(side, end[side][flow], c) - w;
  }

  boolean fits(int flow, int c) {
    long w = weight[flow];
    return room(UP, flow, c, w) >= 0 && room(DOWN, flow, c, w) >= 0;
  }

  /** Least room that would remain. */
  long slack(int flow, int c) {
    long w = weight[flow];
    return Math.min(room(UP, flow, c, w), room(DOWN, flow, c, w));
  }

  /** Gives a flow a colour, or none (-1); recorded. */
  void set(int flow, int c) {
    moves.add(this, flow);
    replace(flow, c);
  }

  /** As {@link #set}, not recorded. */
  void replace(int flow, int c) {
    if (colour[flow] != NONE) {
      detach(UP, flow);
      detach(DOWN, flow);
    }
    colour[flow] = c;
    if (c != NONE) {
      attach(UP, flow, c);
      attach(DOWN, flow, c);
    }
  }

  private void attach(int side, int flow, int c) {
    int at = end[side][flow] * colours + c;
    room[link[side][at]] -= weight[flow];
    int first = head[side][at];
    next[side][flow] = first;
    previous[side][flow] = NONE;
    if (first != NONE) {
      previous[side][first] = flow;
    }
    head[side][at] = flow;
  }

  private void detach(int side, int flow) {
    int at = end[side][flow] * colours + colour[flow];
    room[link[side][at]] += weight[flow];
    int after = next[side][flow];
    int before = previous[side][flow];
    if (after != NONE) {
      previous[side][after] = before;
    }
    if (before != NONE) {
      next[side][before] = after;
    } else {
      head[side][at] = after;
    }
  }

  /** The colour with most room for a flow, the first of several; -1: it fits nowhere. */
  int best(int flow) {
    int best = NONE;
    long most = -1;
    for (int c = 0; c < colours; c++) {
      long slack = slack(flow, c);
      if (slack > most) {
        most = slack;
        best = c;
      }
    }
    return best;
  }

  /** Colours with room at one end of a flow, at most so many. */
  int[] roomy(int side, int flow, int most) {
    int[] found = new int[Math.min(most, colours)];
    int n = 0;
    for (int c = 0; c < colours && n < found.length; c++) {
      if (room(side, flow, c, weight[flow]) >= 0) {
        found[n++] = c;
      }
    }
    return Arrays.copyOf(found, n);
  }

  boolean exists(int side, int flow, int c) {
    return link[side][end[side][flow] * colours + c] != NONE;
  }

  /**
   * Gives a flow a colour that is full at one of its ends, and swaps that colour with another along
   * the path of flows that begins there.
   *
   * @param side where it is full
   * @param full the flow's colour
   * @param other what others take instead
   * @param most recolourings at most
   * @return whether all that it touched fits; if not, the caller takes it back
   */
  boolean alternate(int flow, int side, int full, int other, int most) {
    stamps++;
    stamp[flow] = stamps;
    set(flow, full);
    int at = side;
    int vertex = end[side][flow];
    int over = full;
    int instead = other;
    for (int n = 0; room(at, vertex, over) < 0; n++) {
      int victim = n < most ? victim(at, vertex, over, instead) : NONE;
      if (victim == NONE) {
        return false;
      }
      stamp[victim] = stamps;
      set(victim, instead);
      if (room(at, vertex, instead) < 0 || room(at, vertex, over) < 0) {
        return false;
      }
      at = 1 - at;
      vertex = end[at][victim];
      int swap = over;
      over = instead;
      instead = swap;
    }
    return true;
  }

  /** The smallest flow that makes enough room. */
  private int victim(int side, int vertex, int over, int instead) {
    long missing = -room(side, vertex, over);
    int best = NONE;
    for (int f = head[side][vertex * colours + over]; f != NONE; f = next[side][f]) {
      if (stamp[f] != stamps
          && weight[f] >= missing
          && (best == NONE || weight[f] < weight[best])
          && movable.test(f)
          && exists(UP, f, instead)
          && exists(DOWN, f, instead)) {
        best = f;
        if (weight[f] == missing) {
          break;
        }
      }
    }
    return best;
  }

  /** What was done, in order, so that it can be undone. */
  static final class Moves {
    private Level[] level = new Level[64];
    private int[] flow = new int[64];
    private int[] before = new int[64];
    private int[] from = new int[64];
    private int[] to = new int[64];
    private int size;

    int mark() {
      return size;
    }

    int flow(int i) {
      return flow[i];
    }

    private void add(Level l, int f) {
      if (size == flow.length) {
        level = Arrays.copyOf(level, 2 * size);
        flow = Arrays.copyOf(flow, 2 * size);
        before = Arrays.copyOf(before, 2 * size);
        from = Arrays.copyOf(from, 2 * size);
        to = Arrays.copyOf(to, 2 * size);
      }
      level[size] = l;
      flow[size] = f;
      before[size] = l.colour[f];
      from[size] = l.end[UP][f];
      to[size++] = l.end[DOWN][f];
    }

    /** Takes back all that happened since a mark. */
    void undo(int mark) {
      while (size > mark) {
        size--;
        level[size].replace(flow[size], NONE);
        level[size].join(flow[size], from[size], to[size]);
        level[size].replace(flow[size], before[size]);
      }
    }

    void forget() {
      size = 0;
    }
  }
}
