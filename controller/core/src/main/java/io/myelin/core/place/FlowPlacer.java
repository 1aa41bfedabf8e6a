package io.myelin.core.place;

import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
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

  /** Levels of utilisation that are tried between the bound and the limit. */
  private static final int LEVELS = 16;

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
  private final long[] taken;
  private final List<Flow> flows = new ArrayList<>();

  private record Flow(int from, int to, long bps, int @Nullable [] links) {}

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
    this.taken = taken;
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
    double bound = bound();
    double level = others == Others.MAY_MOVE ? highest : Math.min(highest, firstLevel(bound));
    Attempt attempt = new Attempt(others, level);
    double step = step(highest, level);
    while (!attempt.run()) {
      if (level >= highest) {
        return null;
      }
      level = Math.min(highest, level + step);
      attempt.raise(level);
    }
    return attempt.result(bound, level);
  }

  private double step(double highest, double level) {
    double smallest = 1;
    for (Flow f : flows) {
      for (int l : capacitySample(f)) {
        smallest = Math.min(smallest, (double) f.bps / topology.capacityBps(l));
      }
    }
    return Math.max(smallest, (highest - level) / LEVELS);
  }

  private int[] capacitySample(Flow f) {
    for (int l = 0; l < topology.fabricLinks(); l++) {
      if (topology.from(l) == f.from) {
        return new int[] {l};
      }
    }
    return new int[0];
  }

  // ---- bounds --------------------------------------------------------------------------------

  /** What leaves a switch must leave it somewhere, and so for what enters it. */
  private double bound() {
    Cuts cuts = new Cuts();
    double bound = 0;
    for (int d = 0; d < topology.devices(); d++) {
      for (int side = 0; side < 2; side++) {
        long demand = cuts.demand[side][d];
        if (demand > 0) {
          bound = Math.max(bound, (demand + cuts.taken[side][d]) / (double) cuts.capacity[side][d]);
        }
      }
    }
    return bound;
  }

  /** Sums by side (0: out of a switch, 1: into it) and switch. */
  private final class Cuts {
    final long[][] demand = new long[2][topology.devices()];
    final long[][] taken = new long[2][topology.devices()];
    final long[][] capacity = new long[2][topology.devices()];

    Cuts() {
      for (Flow f : flows) {
        if (f.from != f.to) {
          demand[0][f.from] += f.bps;
          demand[1][f.to] += f.bps;
        }
      }
      for (int l = 0; l < topology.fabricLinks(); l++) {
        if (limit[l] > 0) {
          add(0, topology.from(l), l);
          add(1, topology.to(l), l);
        }
      }
    }

    private void add(int side, int device, int link) {
      taken[side][device] += FlowPlacer.this.taken[link];
      capacity[side][device] += topology.capacityBps(link);
    }
  }

  /** The lowest level that has places enough for equal flows; the bound, for others. */
  private double firstLevel(double bound) {
    long bps = 0;
    for (Flow f : flows) {
      if (f.from != f.to && bps != 0 && f.bps != bps) {
        return bound;
      }
      bps = f.from == f.to ? bps : f.bps;
    }
    double level = bound;
    for (int i = 0; i < 2 * LEVELS && bps > 0; i++) {
      double next = nextLevel(level, bps);
      if (next <= level) {
        return level;
      }
      level = next;
    }
    return level;
  }

  /** A higher level, if some switch has not places enough for its flows at this one. */
  private double nextLevel(double level, long bps) {
    long[][] places = new long[2][topology.devices()];
    double rise = 1;
    for (int l = 0; l < topology.fabricLinks(); l++) {
      if (limit[l] > 0) {
        long n = Math.max(0, room(l, level)) / bps;
        places[0][topology.from(l)] += n;
        places[1][topology.to(l)] += n;
        long full = (n + 1) * bps + taken[l];
        rise = Math.min(rise, Math.max(1e-9, (double) full / topology.capacityBps(l) - level));
      }
    }
    Cuts cuts = new Cuts();
    for (int d = 0; d < topology.devices(); d++) {
      for (int side = 0; side < 2; side++) {
        if (cuts.demand[side][d] / bps > places[side][d]) {
          return level + rise;
        }
      }
    }
    return level;
  }

  /** What may be used of a link at a level of utilisation. */
  private long room(int link, double level) {
    if (limit[link] <= 0) {
      return 0;
    }
    // Not a bit per second less than exactly so many flows, because of how the level is written.
    double atLevel = level * topology.capacityBps(link) * (1 + 1e-12) + 0.5 - taken[link];
    return Math.min(limit[link], (long) atLevel);
  }

  // ---- one run over rising levels
  // ----------------------------------------------------------------

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
          room[l] = room(l, level);
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
          room[l] += room(l, level) - room(l, roomLevel);
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
        room[l] = room(l, level);
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
      java.util.Map<Long, Integer> numbers = new java.util.HashMap<>();
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
