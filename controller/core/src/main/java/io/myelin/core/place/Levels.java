package io.myelin.core.place;

import io.myelin.core.path.Topology;
import java.util.List;

/** Levels of utilisation to aim at: the lowest that could do, and how much there is room for. */
final class Levels {
  /** Levels that are tried between the bound and the limit. */
  private static final int LEVELS = 16;

  private final Topology topology;
  private final long[] limit;
  private final long[] taken;
  private final List<FlowPlacer.Flow> flows;

  Levels(Topology topology, long[] limit, long[] taken, List<FlowPlacer.Flow> flows) {
    this.topology = topology;
    this.limit = limit;
    this.taken = taken;
    this.flows = flows;
  }

  /** How far apart levels are. */
  double step(double highest, double level) {
    double smallest = 1;
    for (FlowPlacer.Flow f : flows) {
      for (int l : capacitySample(f)) {
        smallest = Math.min(smallest, (double) f.bps() / topology.capacityBps(l));
      }
    }
    return Math.max(smallest, (highest - level) / LEVELS);
  }

  private int[] capacitySample(FlowPlacer.Flow f) {
    for (int l = 0; l < topology.fabricLinks(); l++) {
      if (topology.from(l) == f.from()) {
        return new int[] {l};
      }
    }
    return new int[0];
  }

  /** What leaves a switch must leave it somewhere, and so for what enters it. */
  double bound() {
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
      for (FlowPlacer.Flow f : flows) {
        if (f.from() != f.to()) {
          demand[0][f.from()] += f.bps();
          demand[1][f.to()] += f.bps();
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
      taken[side][device] += Levels.this.taken[link];
      capacity[side][device] += topology.capacityBps(link);
    }
  }

  /** The lowest level that has places enough for equal flows; the bound, for others. */
  double firstLevel(double bound) {
    long bps = 0;
    for (FlowPlacer.Flow f : flows) {
      if (f.from() != f.to() && bps != 0 && f.bps() != bps) {
        return bound;
      }
      bps = f.from() == f.to() ? bps : f.bps();
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
  long room(int link, double level) {
    if (limit[link] <= 0) {
      return 0;
    }
    // Not a bit per second less than exactly so many flows, because of how the level is written.
    double atLevel = level * topology.capacityBps(link) * (1 + 1e-12) + 0.5 - taken[link];
    return Math.min(limit[link], (long) atLevel);
  }
}
