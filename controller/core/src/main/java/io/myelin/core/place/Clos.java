package io.myelin.core.place;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A topology seen as a folded Clos network of two tiers (leaf-spine, rail-optimised) or three (fat
 * tree): leaves choose a plane, and where that does not join them, a core of the plane.
 *
 * <p>In two tiers a plane is a spine and joins all leaves. In three it is one aggregation switch of
 * every pod with the cores above them. Parallel cables to a spine, or to a core, are planes, or
 * cores, of their own. Links that are missing, e.g. in a fabric that was never completed, are -1.
 *
 * <p>Source: C. Clos, BSTJ 32(2), 1953; Al-Fares et al., SIGCOMM 2008.
 */
final class Clos {
  static final int NONE = -1;

  private final int[] leafOf;
  private final int leaves;
  private final int planes;
  private final int aggregations;
  private final int cores;
  private final int[] up;
  private final int[] down;
  private final int[] aggregation;
  private final int[] coreUp;
  private final int[] coreDown;

  private Clos(
      int[] leafOf, int leaves, int planes, int aggregations, int cores, List<Cable> cables) {
    this.leafOf = leafOf;
    this.leaves = leaves;
    this.planes = planes;
    this.aggregations = aggregations;
    this.cores = cores;
    up = filled(leaves * planes);
    down = filled(leaves * planes);
    aggregation = filled(leaves * planes);
    coreUp = filled(aggregations * Math.max(1, cores));
    coreDown = filled(aggregations * Math.max(1, cores));
    for (Cable c : cables) {
      if (c.leaf != NONE) {
        up[c.leaf * planes + c.colour] = c.up;
        down[c.leaf * planes + c.colour] = c.down;
        aggregation[c.leaf * planes + c.colour] = c.aggregation;
      } else {
        coreUp[c.aggregation * cores + c.colour] = c.up;
        coreDown[c.aggregation * cores + c.colour] = c.down;
      }
    }
  }

  private static int[] filled(int n) {
    int[] a = new int[n];
    Arrays.fill(a, NONE);
    return a;
  }

  /** A cable of a leaf to an aggregation switch, or (leaf -1) of one of these to a core. */
  private record Cable(int leaf, int aggregation, int colour, int up, int down) {}

  /** The structure of a topology; null: it is not such a network. */
  static @Nullable Clos of(Topology t) {
    return new Recogniser(t).recognise();
  }

  /** The number of a switch among the leaves; -1: it is none. */
  int leaf(int device) {
    return leafOf[device];
  }

  int leaves() {
    return leaves;
  }

  /** What a leaf chooses from. */
  int planes() {
    return planes;
  }

  /** What an aggregation switch chooses from; 0 in two tiers. */
  int cores() {
    return cores;
  }

  /** Aggregation switches of all planes together. */
  int aggregations() {
    return aggregations;
  }

  /** Links by leaf · planes + plane. */
  int[] up() {
    return up;
  }

  int[] down() {
    return down;
  }

  /** Links by aggregation · cores + core. */
  int[] coreUp() {
    return coreUp;
  }

  int[] coreDown() {
    return coreDown;
  }

  /** The switch at which a leaf enters a plane. */
  int aggregation(int leaf, int plane) {
    return aggregation[leaf * planes + plane];
  }

  /** Whether a plane joins two leaves only through a core. */
  boolean needsCore(int from, int to, int plane) {
    return aggregation(from, plane) != aggregation(to, plane);
  }

  /** How many ways there may be between two leaves; some may not exist. */
  int choices() {
    return planes * Math.max(1, cores);
  }

  int choice(int plane, int core) {
    return plane * Math.max(1, cores) + Math.max(0, core);
  }

  int plane(int choice) {
    return choice / Math.max(1, cores);
  }

  int core(int choice) {
    return choice % Math.max(1, cores);
  }

  /**
   * The links of a way, in order; null: it does not exist, or is another one's duplicate.
   *
   * @param choice see {@link #choice}
   */
  int @Nullable [] links(int from, int to, int choice) {
    int plane = plane(choice);
    int core = core(choice);
    int first = up[from * planes + plane];
    int last = down[to * planes + plane];
    if (first == NONE || last == NONE) {
      return null;
    }
    if (!needsCore(from, to, plane)) {
      return core == 0 ? new int[] {first, last} : null;
    }
    if (cores == 0) {
      return null;
    }
    int rise = coreUp[aggregation(from, plane) * cores + core];
    int fall = coreDown[aggregation(to, plane) * cores + core];
    return rise == NONE || fall == NONE ? null : new int[] {first, rise, fall, last};
  }

  /** The choice that a path over these links is; -1: none of ours. */
  int choiceOf(int from, int to, int[] links) {
    if (links.length != 2 && links.length != 4) {
      return NONE;
    }
    for (int p = 0; p < planes; p++) {
      if (up[from * planes + p] == links[0]) {
        int n = Math.max(1, cores);
        for (int c = 0; c < n; c++) {
          int[] ours = links(from, to, choice(p, c));
          if (ours != null && Arrays.equals(ours, links)) {
            return choice(p, c);
          }
        }
      }
    }
    return NONE;
  }

  /** Finds tiers by distance from the endpoints, planes as what is connected above the leaves. */
  private static final class Recogniser {
    private final Topology t;
    private final int[] tier;
    private final int[] leafOf;
    private final List<List<Integer>> upLinks = new ArrayList<>();
    private int leaves;

    Recogniser(Topology t) {
      this.t = t;
      tier = filled(t.devices());
      leafOf = filled(t.devices());
      for (int d = 0; d < t.devices(); d++) {
        upLinks.add(new ArrayList<>());
      }
    }

    @Nullable Clos recognise() {
      for (Map.Entry<EndpointId, Endpoint> e : t.inventory().endpoints()) {
        tier[t.number(e.getValue().attachment().device())] = 0;
      }
      for (int d = 0; d < t.devices(); d++) {
        if (tier[d] == 0) {
          leafOf[d] = leaves++;
        }
      }
      for (int below = 0; below < 2; below++) {
        for (int l = 0; l < t.fabricLinks(); l++) {
          if (tier[t.from(l)] == below && tier[t.to(l)] == NONE) {
            tier[t.to(l)] = below + 1;
          }
        }
      }
      for (int l = 0; l < t.fabricLinks(); l++) {
        int from = tier[t.from(l)];
        int to = tier[t.to(l)];
        if (from == NONE || to == NONE || Math.abs(from - to) != 1 || t.reverse(l) == NONE) {
          return null;
        }
        if (from < to) {
          upLinks.get(t.from(l)).add(l);
        }
      }
      boolean three = false;
      for (int d = 0; d < t.devices(); d++) {
        three |= tier[d] == 2;
      }
      return leaves == 0 ? null : three ? threeTiers() : twoTiers();
    }

    private Clos twoTiers() {
      List<Cable> cables = new ArrayList<>();
      int[] number = filled(t.devices());
      int spines = 0;
      int parallel = 1;
      for (int d = 0; d < t.devices(); d++) {
        if (tier[d] == 1) {
          number[d] = spines++;
        } else {
          parallel = Math.max(parallel, mostParallel(d));
        }
      }
      for (int d = 0; d < t.devices(); d++) {
        if (tier[d] != 0) {
          continue;
        }
        int[] used = new int[spines];
        for (int l : upLinks.get(d)) {
          int spine = number[t.to(l)];
          // First cables of all spines, then second ones: they are filled in this order.
          int plane = used[spine]++ * spines + spine;
          cables.add(new Cable(leafOf[d], spine, plane, l, t.reverse(l)));
        }
      }
      return new Clos(leafOf, leaves, spines * parallel, spines, 0, cables);
    }

    private int mostParallel(int device) {
      int[] count = new int[t.devices()];
      int most = 0;
      for (int l : upLinks.get(device)) {
        most = Math.max(most, ++count[t.to(l)]);
      }
      return most;
    }

    private @Nullable Clos threeTiers() {
      int[] plane = planesOf();
      int planes = 0;
      int aggregations = 0;
      int[] number = filled(t.devices());
      int[] coresOf = new int[t.devices()];
      int[] coreNumber = filled(t.devices());
      int cores = 0;
      for (int d = 0; d < t.devices(); d++) {
        planes = Math.max(planes, plane[d] + 1);
        if (tier[d] == 1) {
          number[d] = aggregations++;
        } else if (tier[d] == 2) {
          coreNumber[d] = coresOf[plane[d]]++;
          cores = Math.max(cores, coresOf[plane[d]]);
        }
      }
      int parallel = 1;
      for (int d = 0; d < t.devices(); d++) {
        if (tier[d] == 1) {
          parallel = Math.max(parallel, mostParallel(d));
        }
      }
      List<Cable> cables = new ArrayList<>();
      for (int d = 0; d < t.devices(); d++) {
        int[] used = new int[Math.max(planes, cores)];
        for (int l : upLinks.get(d)) {
          int above = t.to(l);
          if (tier[d] == 0) {
            if (used[plane[above]]++ > 0) {
              return null; // two ways into one plane: another kind of network
            }
            cables.add(new Cable(leafOf[d], number[above], plane[above], l, t.reverse(l)));
          } else {
            int core = used[coreNumber[above]]++ * cores + coreNumber[above];
            cables.add(new Cable(NONE, number[d], core, l, t.reverse(l)));
          }
        }
      }
      return new Clos(leafOf, leaves, planes, aggregations, cores * parallel, cables);
    }

    /** Connected components of the two upper tiers. */
    private int[] planesOf() {
      int[] plane = filled(t.devices());
      int planes = 0;
      for (int d = 0; d < t.devices(); d++) {
        if (tier[d] == 1 && plane[d] == NONE) {
          flood(d, planes++, plane);
        }
      }
      return plane;
    }

    private void flood(int start, int number, int[] plane) {
      List<List<Integer>> down = downLinks();
      List<Integer> open = new ArrayList<>(List.of(start));
      plane[start] = number;
      while (!open.isEmpty()) {
        int d = open.remove(open.size() - 1);
        List<Integer> around = new ArrayList<>(upLinks.get(d));
        around.addAll(down.get(d));
        for (int l : around) {
          int other = t.from(l) == d ? t.to(l) : t.from(l);
          if (tier[other] > 0 && plane[other] == NONE) {
            plane[other] = number;
            open.add(other);
          }
        }
      }
    }

    private @Nullable List<List<Integer>> downLinks;

    private List<List<Integer>> downLinks() {
      List<List<Integer>> known = downLinks;
      if (known == null) {
        known = new ArrayList<>();
        for (int d = 0; d < t.devices(); d++) {
          known.add(new ArrayList<>());
        }
        for (List<Integer> links : upLinks) {
          for (int l : links) {
            known.get(t.to(l)).add(l);
          }
        }
        downLinks = known;
      }
      return known;
    }
  }
}
