package io.myelin.core.place;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Max-min fair rates of flows on fixed paths (D. Bertsekas, R. Gallager, Data Networks, 1992,
 * §6.5.2): all levels rise together; where a link is full, those on it stay where they are.
 *
 * <p>Flows of one group rise as one: a flow's rate is the group's level times what it asks for over
 * what the group's widest flow asks for. A flow has at least its minimum. Rates are whole bits per
 * second, and their sums never exceed a link's room.
 */
final class WaterFilling {
  private static final class Flow {
    final int group;
    final long asksBps;
    final long minBps;
    final int[] links;

    Flow(int group, long asksBps, long minBps, int[] links) {
      this.group = group;
      this.asksBps = asksBps;
      this.minBps = minBps;
      this.links = links;
    }
  }

  private final List<Flow> flows = new ArrayList<>();
  private final Map<Object, Integer> groups = new HashMap<>();
  private long[] widest = new long[8]; // by group: what its widest flow asks for
  private long[] level = {};

  /**
   * Adds a flow.
   *
   * @param group who rises with it
   * @param asksBps bits per second, the most that it gets
   * @param minBps the least that it gets
   * @param links that it passes, by number
   */
  void add(Object group, long asksBps, long minBps, int[] links) {
    int g = groups.computeIfAbsent(group, k -> groups.size());
    if (g >= widest.length) {
      widest = Arrays.copyOf(widest, 2 * widest.length);
    }
    widest[g] = Math.max(widest[g], asksBps);
    flows.add(new Flow(g, asksBps, minBps, links));
  }

  /**
   * The rates, in the order in which flows were added; null: there is less room than their minima.
   *
   * @param room bits per second of each link that a flow passes
   */
  long @Nullable [] fill(Map<Integer, Long> room) {
    level = new long[groups.size()];
    boolean[] rises = new boolean[groups.size()];
    Arrays.fill(rises, true);
    if (!fits(room)) {
      return null;
    }
    // Each round stops at least one group: there are no more rounds than groups.
    for (int left = groups.size(); left > 0; ) {
      long reached = raise(rises, room);
      set(rises, reached + 1);
      boolean[] full = onFullLinks(room);
      set(rises, reached);
      int stopped = 0;
      for (int g = 0; g < rises.length; g++) {
        if (rises[g] && (level[g] >= widest[g] || full[g])) {
          rises[g] = false;
          stopped++;
        }
      }
      if (stopped == 0) {
        throw new AssertionError("all levels rose as far as they can, and none is stopped");
      }
      left -= stopped;
    }
    long[] rates = new long[flows.size()];
    for (int i = 0; i < rates.length; i++) {
      rates[i] = rate(flows.get(i));
    }
    return rates;
  }

  /** Raises all levels that rise, alike, as far as every link has room: by bisection. */
  private long raise(boolean[] rises, Map<Integer, Long> room) {
    long low = Long.MAX_VALUE;
    long high = 0;
    for (int g = 0; g < rises.length; g++) {
      if (rises[g]) {
        low = Math.min(low, level[g]);
        high = Math.max(high, widest[g]);
      }
    }
    while (low < high) {
      long middle = low + (high - low + 1) / 2;
      set(rises, middle);
      if (fits(room)) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    set(rises, low);
    return low;
  }

  private void set(boolean[] rises, long to) {
    for (int g = 0; g < rises.length; g++) {
      if (rises[g]) {
        level[g] = Math.min(to, widest[g]);
      }
    }
  }

  /** Groups with a flow on a link that the rates as they are now do not fit into. */
  private boolean[] onFullLinks(Map<Integer, Long> room) {
    Map<Integer, Long> used = new HashMap<>();
    for (Flow f : flows) {
      for (int l : f.links) {
        used.merge(l, rate(f), Long::sum);
      }
    }
    boolean[] full = new boolean[groups.size()];
    for (Flow f : flows) {
      for (int l : f.links) {
        full[f.group] |= used.getOrDefault(l, 0L) > room.getOrDefault(l, 0L);
      }
    }
    return full;
  }

  private boolean fits(Map<Integer, Long> room) {
    Map<Integer, Long> used = new HashMap<>();
    for (Flow f : flows) {
      long rate = rate(f);
      for (int l : f.links) {
        if (used.merge(l, rate, Long::sum) > room.getOrDefault(l, 0L)) {
          return false;
        }
      }
    }
    return true;
  }

  private long rate(Flow f) {
    long most = widest[f.group];
    long share =
        f.asksBps == most
            ? level[f.group]
            : Math.min(f.asksBps, (long) ((double) level[f.group] / most * f.asksBps));
    return Math.max(f.minBps, share);
  }
}
