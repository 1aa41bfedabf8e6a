package io.myelin.core.te;

import io.myelin.core.path.Topology;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.function.IntPredicate;

/**
 * Candidate paths of pairs of switches, in flat arrays: paths of pair i are {@code firstPath(i)} to
 * {@code firstPath(i + 1)}, links of path p are {@code link(firstLink(p))} on, by their numbers in
 * {@link Topology}.
 *
 * <p>Found for all sources of a destination at once: a tree of shortest ways to it by latency, then
 * another one for which links of the first are dearer, and so on. The first path of a pair is its
 * shortest, the others avoid it where that is not too far, all are free of loops, and k trees cost
 * k Dijkstra runs a destination instead of k a pair.
 */
public final class PathSet {
  /** What a link's length is multiplied by for each earlier tree that it is in. */
  private static final double PENALTY = 2.5;

  /** Of links whose latency nobody declared: that of 100 km of fibre. */
  private static final long UNKNOWN_LATENCY_NS = 500_000;

  private final int[] pairStart;
  private final int[] linkStart;
  private final int[] links;

  PathSet(int[] pairStart, int[] linkStart, int[] links) {
    this.pairStart = pairStart;
    this.linkStart = linkStart;
    this.links = links;
  }

  /** How many pairs there are. */
  public int pairs() {
    return pairStart.length - 1;
  }

  /** How many paths of all pairs there are. */
  public int paths() {
    return linkStart.length - 1;
  }

  /** Number of a pair's first path. */
  public int firstPath(int pair) {
    return pairStart[pair];
  }

  /** Place of a path's first link. */
  public int firstLink(int path) {
    return linkStart[path];
  }

  /** The link at a place. */
  public int link(int place) {
    return links[place];
  }

  /** Links of a path, in order. */
  public int[] linksOf(int path) {
    return Arrays.copyOfRange(links, linkStart[path], linkStart[path + 1]);
  }

  /** The same for some of the pairs, in the order given. */
  public PathSet only(int[] pairs) {
    int[] starts = new int[pairs.length + 1];
    for (int i = 0; i < pairs.length; i++) {
      starts[i + 1] = starts[i] + pairStart[pairs[i] + 1] - pairStart[pairs[i]];
    }
    int[] ends = new int[starts[pairs.length] + 1];
    int[] some = new int[links.length];
    int n = 0;
    int path = 0;
    for (int pair : pairs) {
      for (int p = pairStart[pair]; p < pairStart[pair + 1]; p++) {
        int length = linkStart[p + 1] - linkStart[p];
        System.arraycopy(links, linkStart[p], some, n, length);
        n += length;
        ends[++path] = n;
      }
    }
    return new PathSet(starts, ends, Arrays.copyOf(some, n));
  }

  /**
   * Up to k paths for each pair; none where there is no way.
   *
   * @param from switch of each pair, by number
   * @param to switch of each pair; another one
   * @param k 1 to 64
   * @param usable links that may be used
   */
  public static PathSet find(Topology topology, int[] from, int[] to, int k, IntPredicate usable) {
    if (k < 1 || k > 64) {
      throw new IllegalArgumentException("k: " + k + " is not allowed; allowed: 1 to 64");
    }
    return new Finder(topology, from, to, k, usable).find();
  }

  /**
   * Up to k of the ways with the fewest links for each pair: what routing can divide without loops.
   *
   * @param from switch of each pair, by number
   * @param to switch of each pair; another one
   * @param k 1 to 64
   * @param usable links that may be used
   */
  public static PathSet shortest(
      Topology topology, int[] from, int[] to, int k, IntPredicate usable) {
    if (k < 1 || k > 64) {
      throw new IllegalArgumentException("k: " + k + " is not allowed; allowed: 1 to 64");
    }
    return ShortestPaths.find(topology, from, to, k, usable);
  }

  private static final class Finder {
    private final Topology t;
    private final int[] from;
    private final int[] to;
    private final int k;
    private final double[] length;
    private final int[][] in;
    private int[] links = new int[1024];
    private int used;

    Finder(Topology t, int[] from, int[] to, int k, IntPredicate usable) {
      this.t = t;
      this.from = from;
      this.to = to;
      this.k = k;
      length = new double[t.fabricLinks()];
      int[] count = new int[t.devices()];
      for (int l = 0; l < length.length; l++) {
        long ns = t.declaredLatencyNs(l);
        length[l] = usable.test(l) ? (ns > 0 ? ns : UNKNOWN_LATENCY_NS) : Double.POSITIVE_INFINITY;
        count[t.to(l)]++;
      }
      in = new int[t.devices()][];
      for (int d = 0; d < in.length; d++) {
        in[d] = new int[count[d]];
      }
      for (int l = length.length - 1; l >= 0; l--) {
        in[t.to(l)][--count[t.to(l)]] = l;
      }
    }

    PathSet find() {
      // Pairs of one destination after the other; they are put in the order of asking at the end.
      int[][] byDestination = group();
      int[] start = new int[from.length * k];
      int[] end = new int[from.length * k];
      int[] found = new int[from.length];
      for (int d = 0; d < byDestination.length; d++) {
        if (byDestination[d].length > 0) {
          trees(d, byDestination[d], start, end, found);
        }
      }
      int[] pairStart = new int[from.length + 1];
      for (int p = 0; p < from.length; p++) {
        pairStart[p + 1] = pairStart[p] + found[p];
      }
      int[] linkStart = new int[pairStart[from.length] + 1];
      int[] ordered = new int[used];
      int n = 0;
      for (int p = 0; p < from.length; p++) {
        for (int i = 0; i < found[p]; i++) {
          int length = end[p * k + i] - start[p * k + i];
          System.arraycopy(links, start[p * k + i], ordered, n, length);
          n += length;
          linkStart[pairStart[p] + i + 1] = n;
        }
      }
      return new PathSet(pairStart, linkStart, Arrays.copyOf(ordered, n));
    }

    private int[][] group() {
      int[] count = new int[t.devices()];
      for (int d : to) {
        count[d]++;
      }
      int[][] groups = new int[count.length][];
      for (int d = 0; d < groups.length; d++) {
        groups[d] = new int[count[d]];
      }
      for (int p = to.length - 1; p >= 0; p--) {
        groups[to[p]][--count[to[p]]] = p;
      }
      return groups;
    }

    private void trees(int destination, int[] pairs, int[] start, int[] end, int[] found) {
      double[] dear = length.clone();
      for (int tree = 0; tree < k; tree++) {
        int[] next = shortest(destination, dear);
        for (int p : pairs) {
          int begin = used;
          int at = from[p];
          while (at != destination && next[at] >= 0) {
            push(next[at]);
            at = t.to(next[at]);
          }
          if (at != destination || known(p, begin, start, end, found[p])) {
            used = begin;
          } else {
            start[p * k + found[p]] = begin;
            end[p * k + found[p]++] = used;
          }
        }
        for (int l : next) {
          if (l >= 0) {
            dear[l] *= PENALTY;
          }
        }
      }
    }

    private boolean known(int pair, int begin, int[] start, int[] end, int found) {
      for (int i = 0; i < found; i++) {
        if (Arrays.equals(links, start[pair * k + i], end[pair * k + i], links, begin, used)) {
          return true;
        }
      }
      return false;
    }

    private void push(int link) {
      if (used == links.length) {
        links = Arrays.copyOf(links, 2 * used);
      }
      links[used++] = link;
    }

    private record Open(double distance, int device) implements Comparable<Open> {
      @Override
      public int compareTo(Open o) {
        int c = Double.compare(distance, o.distance);
        return c != 0 ? c : Integer.compare(device, o.device);
      }
    }

    /** The first link from each switch to the destination; -1: no way. */
    private int[] shortest(int destination, double[] dear) {
      double[] distance = new double[t.devices()];
      int[] next = new int[t.devices()];
      Arrays.fill(distance, Double.POSITIVE_INFINITY);
      Arrays.fill(next, -1);
      distance[destination] = 0;
      PriorityQueue<Open> open = new PriorityQueue<>();
      open.add(new Open(0, destination));
      while (!open.isEmpty()) {
        Open o = open.remove();
        if (o.distance > distance[o.device]) {
          continue;
        }
        for (int l : in[o.device]) {
          int there = t.from(l);
          double d = o.distance + dear[l];
          if (d < distance[there]) {
            distance[there] = d;
            next[there] = l;
            open.add(new Open(d, there));
          }
        }
      }
      return next;
    }
  }
}
