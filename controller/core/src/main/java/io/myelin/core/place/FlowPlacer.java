package io.myelin.core.place;

import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Places flows that cannot be split together on links, so that the highest utilisation is as low as
 * it finds: the colouring of a Clos network where that is enough, {@link Repacking} where not.
 * Begins at a bound below which nothing can be and goes up from there.
 *
 * <p>Used once: add flows, then {@link #place}.
 */
public final class FlowPlacer {
  private static final int NONE = -1;

  /** Placements that {@link Repacking} may take for each flow. */
  private static final int STEPS_PER_FLOW = 60;

  /** Ways between two switches, for networks that are no Clos networks. */
  public interface Ways {
    /** Links of each way from one switch to another, by number, the preferred way first. */
    int[][] between(int fromDevice, int toDevice);
  }

  /** Whether those that are there already may be moved where nothing else helps. */
  public enum Others {
    STAY,
    MAY_MOVE
  }

  private final Topology topology;
  private final @Nullable Clos clos;
  private final @Nullable Ways ways;
  private final long[] limit;
  private final List<Flow> flows = new ArrayList<>();
  private final Levels levels;

  /** A flow; its links where it has some already. */
  record Flow(int from, int to, long bps, int @Nullable [] links) {}

  /**
   * Flows with a way each.
   *
   * @param links of each flow, in the order of adding; empty: within one switch
   * @param moved numbers of those that were there before and go elsewhere now
   * @param bound the highest utilisation is nowhere below this; proven by cuts around switches
   * @param level utilisation that none of the links used exceeds, in as far as it was free to
   *     choose
   */
  public record Placed(int[][] links, int[] moved, double bound, double level) {}

  private FlowPlacer(
      Topology topology, @Nullable Clos clos, @Nullable Ways ways, long[] limit, long[] taken) {
    this.topology = topology;
    this.clos = clos;
    this.ways = ways;
    this.limit = limit;
    levels = new Levels(topology, limit, taken, flows);
  }

  /**
   * For a topology.
   *
   * @param limit by link between switches: what the flows added may use, those settled included,
   *     bits per second; 0 for links that cannot be used
   * @param taken by link: what others use, which is not to be moved
   * @param ways for networks that are no Clos networks
   */
  public static FlowPlacer of(Topology topology, long[] limit, long[] taken, Ways ways) {
    return new FlowPlacer(topology, Clos.of(topology), ways, limit, taken);
  }

  /** As the other, with the best ways for a topology even where it is a Clos network. */
  public static FlowPlacer general(Topology topology, long[] limit, long[] taken, Ways ways) {
    return new FlowPlacer(topology, null, ways, limit, taken);
  }

  /** A flow to be placed, from one switch to another. */
  public void add(int fromDevice, int toDevice, long bps) {
    flows.add(new Flow(fromDevice, toDevice, bps, null));
  }

  /** A flow that has its way already; whether it may be used for others is up to {@link #place}. */
  public void settle(int fromDevice, int toDevice, long bps, int[] links) {
    flows.add(new Flow(fromDevice, toDevice, bps, links));
  }

  /**
   * Finds ways for all.
   *
   * @param highest utilisation that is allowed, as a share of capacity
   * @return null: none were found within the limits
   */
  public @Nullable Placed place(double highest, Others others) {
    double bound = levels.bound();
    double level =
        others == Others.MAY_MOVE ? highest : Math.min(highest, levels.firstLevel(bound));
    Attempt attempt = new Attempt(others, level);
    double step = levels.step(highest, level);
    while (!attempt.run()) {
      if (level >= highest) {
        return null;
      }
      level = Math.min(highest, level + step);
      attempt.raise(level);
    }
    return attempt.result(bound, level);
  }

  /** One run over rising levels. */
  private final class Attempt {
    private final Others others;
    private final int[] order;
    private final int[][] links = new int[flows.size()][];
    private double level;
    private final @Nullable Coloured coloured;
    private int[][][] candidates = new int[0][][];
    private int[] pair = new int[0];

    Attempt(Others others, double level) {
      this.others = others;
      this.level = level;
      Clos c = clos;
      order =
          IntStream.range(0, flows.size())
              .boxed()
              .sorted(Comparator.comparingLong((Integer f) -> -flows.get(f).bps))
              .mapToInt(Integer::intValue)
              .toArray();
      coloured = c == null ? null : new Coloured(c);
    }

    void raise(double to) {
      level = to;
    }

    boolean run() {
      Coloured c = coloured;
      return (c != null && c.run()) || repack();
    }

    /** The flows as a colouring knows them. */
    private final class Coloured {
      private final Clos c;
      private final long[] room = new long[topology.fabricLinks()];
      private double roomLevel;
      private final ClosColouring colouring;
      private final boolean usable;

      Coloured(Clos c) {
        this.c = c;
        int n = flows.size();
        int[] from = new int[n];
        int[] to = new int[n];
        long[] weight = new long[n];
        for (int f = 0; f < n; f++) {
          from[f] = c.leaf(flows.get(f).from);
          to[f] = c.leaf(flows.get(f).to);
          weight[f] = flows.get(f).bps;
        }
        roomLevel = level;
        for (int l = 0; l < room.length; l++) {
          room[l] = levels.room(l, level);
        }
        colouring = new ClosColouring(c, from, to, weight, room);
        boolean known = true;
        for (int f = 0; f < n; f++) {
          int[] there = flows.get(f).links;
          if (there != null && there.length > 0) {
            int choice = c.choiceOf(from[f], to[f], there);
            known &= choice != NONE;
            if (choice != NONE) {
              colouring.settle(f, choice);
            }
          }
        }
        usable = known;
        if (others == Others.MAY_MOVE) {
          colouring.moveSettled();
        }
      }

      boolean run() {
        if (!usable) {
          return false;
        }
        for (int l = 0; l < room.length && roomLevel != level; l++) {
          room[l] += levels.room(l, level) - levels.room(l, roomLevel);
        }
        roomLevel = level;
        boolean all = true;
        for (int f : order) {
          Flow flow = flows.get(f);
          if (flow.from != flow.to && colouring.choice(f) == NONE) {
            all &= colouring.insert(f);
          }
        }
        for (int f : order) {
          Flow flow = flows.get(f);
          int choice = flow.from == flow.to ? NONE : colouring.choice(f);
          int[] way = choice == NONE ? null : c.links(c.leaf(flow.from), c.leaf(flow.to), choice);
          links[f] = flow.from == flow.to ? new int[0] : way;
        }
        return all;
      }
    }

    /** The same at this level by the general way, from where the colouring got to. */
    private boolean repack() {
      if (candidates.length == 0) {
        findCandidates();
      }
      long[] weight = flows.stream().mapToLong(Flow::bps).toArray();
      long[] room = new long[topology.fabricLinks()];
      for (int l = 0; l < room.length; l++) {
        room[l] = levels.room(l, level);
      }
      Repacking repacking =
          new Repacking(
              candidates,
              clos == null ? Repacking.Preference.FIRST : Repacking.Preference.MOST_ROOM,
              pair,
              weight,
              room);
      for (int f = 0; f < flows.size(); f++) {
        int[] there = flows.get(f).links;
        int[] now = links[f] == null ? there : links[f];
        if (now == null) {
          continue;
        }
        int way = find(candidates[pair[f]], now);
        if (there == null) {
          repacking.place(f, way);
        } else {
          repacking.settle(f, way);
        }
      }
      if (others == Others.STAY) {
        repacking.fixSettled();
      }
      if (!repacking.solve(10_000 + (long) STEPS_PER_FLOW * flows.size())) {
        return false;
      }
      for (int f = 0; f < flows.size(); f++) {
        links[f] = candidates[pair[f]][repacking.choice(f)];
      }
      return true;
    }

    /** Ways by pair of switches; those in use are among them. */
    private void findCandidates() {
      Map<Long, Integer> numbers = new HashMap<>();
      List<List<int[]>> all = new ArrayList<>();
      pair = new int[flows.size()];
      for (int f = 0; f < flows.size(); f++) {
        Flow flow = flows.get(f);
        long key = (long) flow.from * topology.devices() + flow.to;
        Integer known = numbers.get(key);
        if (known == null) {
          known = all.size();
          numbers.put(key, known);
          all.add(new ArrayList<>(ways(flow)));
        }
        pair[f] = known;
        int[] there = flow.links;
        if (there != null && find(all.get(known).toArray(int[][]::new), there) == NONE) {
          all.get(known).add(there);
        }
      }
      candidates = all.stream().map(l -> l.toArray(int[][]::new)).toArray(int[][][]::new);
    }

    private List<int[]> ways(Flow flow) {
      Clos c = clos;
      if (flow.from == flow.to) {
        return List.of(new int[0]);
      }
      if (c == null) {
        return ways == null ? List.of() : Arrays.asList(ways.between(flow.from, flow.to));
      }
      List<int[]> found = new ArrayList<>();
      for (int choice = 0; choice < c.choices(); choice++) {
        int[] way = c.links(c.leaf(flow.from), c.leaf(flow.to), choice);
        if (way != null && Arrays.stream(way).allMatch(l -> limit[l] > 0)) {
          found.add(way);
        }
      }
      return found;
    }

    private int find(int[][] list, int[] way) {
      for (int i = 0; i < list.length; i++) {
        if (Arrays.equals(list[i], way)) {
          return i;
        }
      }
      return NONE;
    }

    Placed result(double bound, double reached) {
      List<Integer> moved = new ArrayList<>();
      for (int f = 0; f < flows.size(); f++) {
        int[] there = flows.get(f).links;
        if (there != null && !Arrays.equals(there, links[f])) {
          moved.add(f);
        }
      }
      return new Placed(
          links, moved.stream().mapToInt(Integer::intValue).toArray(), bound, reached);
    }
  }
}
