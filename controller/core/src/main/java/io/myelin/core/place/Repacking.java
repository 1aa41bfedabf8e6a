package io.myelin.core.place;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Flows that cannot be split, each on one of its candidate ways, no link above its room: the
 * general case, where links have failed, flows are unequal, or the network is no Clos network.
 *
 * <p>Negotiated congestion: a flow takes the way on which it disturbs least and pushes out whoever
 * is too much there; links that were fought over become dearer, so that those who have somewhere
 * else to go, go there (PathFinder; L. McMurchie, C. Ebeling, FPGA 1995). It may fail where there
 * is a solution; what it finds always fits. Deterministic.
 */
final class Repacking {
  private static final int NONE = -1;

  /** What moving one that was there before counts, in flows that are still to be placed. */
  private static final int SETTLED = 4;

  /** Which of several free ways a flow takes. */
  enum Preference {
    MOST_ROOM,
    /** Ways are in order of preference. */
    FIRST
  }

  private final int[][][] candidates;
  private final Preference preference;
  private final int[] pair;
  private final long[] weight;
  private final long[] room;
  private final int[] chosen;
  private final int[] price;
  private final int[][] users;
  private final int[] userCount;
  private final BitSet settled = new BitSet();
  private boolean settledMove = true;
  private final ArrayDeque<Integer> open = new ArrayDeque<>();

  /**
   * @param candidates links of each way, by pair; null: that way does not exist
   * @param pair by flow
   * @param weight bits per second by flow
   * @param room what may be used of each link, by its number; changed by this
   */
  Repacking(int[][][] candidates, Preference preference, int[] pair, long[] weight, long[] room) {
    this.candidates = candidates;
    this.preference = preference;
    this.pair = pair;
    this.weight = weight;
    this.room = room;
    chosen = new int[pair.length];
    Arrays.fill(chosen, NONE);
    price = new int[room.length];
    users = new int[room.length][];
    userCount = new int[room.length];
  }

  /** Puts a flow on a way before the search begins. */
  void place(int flow, int way) {
    put(flow, way);
  }

  /** As {@link #place}; moving it is to be avoided. */
  void settle(int flow, int way) {
    put(flow, way);
    settled.set(flow);
  }

  /** From now on none of those that were there before moves. */
  void fixSettled() {
    settledMove = false;
  }

  /** The way that a flow has; -1: none. */
  int choice(int flow) {
    return chosen[flow];
  }

  /**
   * Places all flows that have no way yet.
   *
   * @param steps placements at most
   * @return whether all have a way; those that have none may be placed by another call
   */
  boolean solve(long steps) {
    open.clear();
    for (int f = 0; f < chosen.length; f++) {
      if (chosen[f] == NONE) {
        open.add(f);
      }
    }
    for (long n = 0; !open.isEmpty() && n < steps; n++) {
      int flow = open.remove();
      int way = cheapest(flow);
      if (way == NONE) {
        return false; // not even by pushing out others
      }
      for (int link : candidates[pair[flow]][way]) {
        clear(link, weight[flow]);
      }
      put(flow, way);
    }
    return open.isEmpty();
  }

  /** The way with least to push out; of several the one with most room. */
  private int cheapest(int flow) {
    int[][] ways = candidates[pair[flow]];
    long w = weight[flow];
    int best = NONE;
    long least = Long.MAX_VALUE;
    long most = 0;
    // Begins elsewhere for each flow: equals spread.
    int start = preference == Preference.FIRST ? 0 : flow % Math.max(1, ways.length);
    for (int i = 0; i < ways.length; i++) {
      int way = start + i < ways.length ? start + i : start + i - ways.length;
      int[] links = ways[way];
      if (links == null) {
        continue;
      }
      long cost = 0;
      long slack = Long.MAX_VALUE;
      for (int link : links) {
        long left = room[link] - w;
        slack = Math.min(slack, left);
        if (left < 0) {
          cost += 1 + price[link] + disturbed(link, -left);
          if (cost > least) {
            break;
          }
        }
      }
      if (cost < least || (cost == least && preference == Preference.MOST_ROOM && slack > most)) {
        least = cost;
        most = slack;
        best = way;
      }
    }
    return least >= IMPOSSIBLE ? NONE : best;
  }

  private static final long IMPOSSIBLE = 1L << 40;

  /** What pushing flows out of a link costs. */
  private long disturbed(int link, long missing) {
    long free = 0;
    long cost = 0;
    for (int i = userCount[link] - 1; i >= 0 && free < missing; i--) {
      int f = users[link][i];
      if (!settledMove && settled.get(f)) {
        continue;
      }
      free += weight[f];
      cost += settled.get(f) ? SETTLED : 1;
    }
    return free < missing ? IMPOSSIBLE : cost;
  }

  /** Pushes out who has been there longest, the smallest that is enough of itself first. */
  private void clear(int link, long bps) {
    boolean fought = room[link] < bps;
    while (room[link] < bps) {
      int victim = NONE;
      for (int i = 0; i < userCount[link]; i++) {
        int f = users[link][i];
        if (!settledMove && settled.get(f)) {
          continue;
        }
        if (victim == NONE || better(f, victim, bps - room[link])) {
          victim = f;
        }
      }
      take(victim);
      open.add(victim);
    }
    if (fought) {
      price[link]++;
    }
  }

  private boolean better(int a, int b, long missing) {
    boolean aEnough = weight[a] >= missing;
    boolean bEnough = weight[b] >= missing;
    if (settled.get(a) != settled.get(b)) {
      return settled.get(b);
    }
    if (aEnough != bEnough) {
      return aEnough;
    }
    return aEnough ? weight[a] < weight[b] : weight[a] > weight[b];
  }

  private void put(int flow, int way) {
    chosen[flow] = way;
    for (int link : candidates[pair[flow]][way]) {
      room[link] -= weight[flow];
      int[] list = users[link];
      if (list == null) {
        list = new int[4];
        users[link] = list;
      } else if (userCount[link] == list.length) {
        list = Arrays.copyOf(list, 2 * list.length);
        users[link] = list;
      }
      list[userCount[link]++] = flow;
    }
  }

  private void take(int flow) {
    for (int link : candidates[pair[flow]][chosen[flow]]) {
      room[link] += weight[flow];
      int[] list = users[link];
      int i = 0;
      while (list[i] != flow) {
        i++;
      }
      // Order is how long they have been there.
      System.arraycopy(list, i + 1, list, i, --userCount[link] - i);
    }
    chosen[flow] = NONE;
  }
}
