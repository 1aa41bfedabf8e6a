package io.myelin.bench.lab;

import io.myelin.bench.figure.Figure;
import io.myelin.core.model.Inventory;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Path search on one core, and JGraphT with the same requests in the same run: the fastest of its
 * ways on this topology, found by trying each. Every value that both found is compared.
 */
public final class PathsBench {
  /**
   * How much is done.
   *
   * @param warmUp requests
   * @param requests measured, of either kind
   * @param peerRequests compared with each way of the peer, of either kind
   * @param peerNs a way's own time after which its comparison ends; before it, a quarter of that at
   *     most to warm up
   * @param cap where the peer gives up a request
   */
  record Effort(int warmUp, int requests, int peerRequests, long peerNs, JGraphTPeer.Cap cap) {
    private static final Effort FULL =
        new Effort(3_000, 10_000, 20_000, 10_000_000_000L, JGraphTPeer.Cap.DEFAULT);
  }

  /** A way of the peer. */
  @FunctionalInterface
  private interface Way {
    double value(JGraphTPeer.Links links, PathRequest r);
  }

  /** Requests by turns; the sums are over those that the peer answered. */
  private static final class Comparison {
    long oursNs;
    long peerNs;
    long spentNs;
    int answered;
    int gaveUp;
    int wrong;
    int mismatches;

    double ratio() {
      return answered == 0 ? Double.POSITIVE_INFINITY : (double) peerNs / oursNs;
    }

    /** One that gives up most requests does not solve the problem, however fast the others are. */
    boolean isBetterThan(Comparison o) {
      boolean solves = answered >= gaveUp;
      boolean itDoes = o.answered >= o.gaveUp;
      return solves == itDoes ? ratio() < o.ratio() : solves;
    }
  }

  private final PathRequests requests;
  private final JGraphTPeer peer;
  private final Consumer<String> progress;
  private final Effort effort;
  private final List<Figure> figures = new ArrayList<>();
  private long mismatches;

  /**
   * @param progress gets a line now and then
   */
  public PathsBench(Inventory inventory, long seed, Consumer<String> progress) {
    this(inventory, seed, progress, Effort.FULL);
  }

  PathsBench(Inventory inventory, long seed, Consumer<String> progress, Effort effort) {
    requests = new PathRequests(inventory, seed);
    peer = new JGraphTPeer(requests, effort.cap);
    this.progress = progress;
    this.effort = effort;
  }

  public List<Figure> run() {
    figures.add(new Figure("switches", requests.topology.devices(), "switches"));
    figures.add(new Figure("links", requests.topology.fabricLinks(), "directed links"));
    progress.accept("warming up");
    List<PathRequest> warm = new ArrayList<>();
    for (int i = 0; i < effort.warmUp; i++) {
      warm.add(i % 2 == 0 ? requests.plain() : requests.constrained());
    }
    warm.forEach(this::ours);
    measure("", constrained(effort.requests));
    measure("unconstrained_", plain(effort.requests));

    Map<JGraphTPeer.Plain, Way> plain = new EnumMap<>(JGraphTPeer.Plain.class);
    for (JGraphTPeer.Plain way : JGraphTPeer.Plain.values()) {
      plain.put(way, (links, r) -> peer.plain(way, r));
    }
    compare(
        "unconstrained",
        plain,
        (links, r) -> peer.plain(JGraphTPeer.Plain.DIJKSTRA, r),
        plain(effort.peerRequests));
    Map<JGraphTPeer.Constrained, Way> constrained = new EnumMap<>(JGraphTPeer.Constrained.class);
    for (JGraphTPeer.Constrained way : JGraphTPeer.Constrained.values()) {
      constrained.put(way, (links, r) -> peer.constrained(way, links, r));
    }
    compare(
        "constrained",
        constrained,
        (links, r) -> peer.constrained(JGraphTPeer.Constrained.MARTIN, links, r),
        constrained(effort.peerRequests));
    figures.add(new Figure("objective_mismatches", mismatches, "requests"));
    return figures;
  }

  private List<PathRequest> plain(int n) {
    List<PathRequest> list = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      list.add(requests.plain());
    }
    return list;
  }

  private List<PathRequest> constrained(int n) {
    List<PathRequest> list = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      list.add(requests.constrained());
    }
    return list;
  }

  private double ours(PathRequest r) {
    return PathSearch.find(requests.topology, requests.conditions, r)
            instanceof PathSearch.Found found
        ? found.value()
        : JGraphTPeer.NONE;
  }

  private void measure(String prefix, List<PathRequest> list) {
    progress.accept("measuring " + list.size() + " requests");
    long[] ns = new long[list.size()];
    int found = 0;
    long began = System.nanoTime();
    for (int i = 0; i < ns.length; i++) {
      long at = System.nanoTime();
      found += ours(list.get(i)) == JGraphTPeer.NONE ? 0 : 1;
      ns[i] = System.nanoTime() - at;
    }
    double seconds = (System.nanoTime() - began) / 1e9;
    Arrays.sort(ns);
    figures.add(new Figure(prefix + "p50_us", ns[ns.length / 2] / 1e3, "us"));
    figures.add(new Figure(prefix + "p99_us", ns[ns.length * 99 / 100] / 1e3, "us"));
    figures.add(new Figure(prefix + "max_us", ns[ns.length - 1] / 1e3, "us"));
    figures.add(new Figure(prefix + "requests_per_s", ns.length / seconds, "requests/s"));
    figures.add(new Figure(prefix + "feasible_share", (double) found / ns.length, "share"));
  }

  /**
   * Every way of the peer with the same requests; the figure is that of the fastest.
   *
   * @param judge answers where a way of the peer and ours do not agree: JGraphT 1.5.3's Eppstein
   *     leaves out some paths
   */
  private <W extends Enum<W>> void compare(
      String what, Map<W, Way> ways, Way judge, List<PathRequest> list) {
    Comparison best = null;
    for (Map.Entry<W, Way> way : ways.entrySet()) {
      byTurns(list, way.getValue(), judge, effort.peerNs / 4);
      Comparison c = byTurns(list, way.getValue(), judge, effort.peerNs);
      mismatches += c.mismatches;
      best = best == null || c.isBetterThan(best) ? c : best;
      String name = way.getKey().name().toLowerCase(Locale.ROOT);
      progress.accept(
          String.format(
              Locale.ROOT,
              "JGraphT %s: %.2f times ours on %d requests; gave up %d more; %d answers wrong",
              name.replace('_', ' '),
              c.ratio(),
              c.answered,
              c.gaveUp,
              c.wrong));
    }
    if (best != null) {
      figures.add(new Figure("over_jgrapht_" + what, best.ratio(), "ratio"));
      int n = best.answered + best.gaveUp;
      figures.add(new Figure("jgrapht_" + what + "_requests", n, "requests"));
      figures.add(new Figure("jgrapht_" + what + "_gave_up", best.gaveUp, "requests"));
      figures.add(new Figure("jgrapht_" + what + "_wrong", best.wrong, "requests"));
    }
  }

  /** Until all are answered, or until the peer has spent its time. */
  private Comparison byTurns(List<PathRequest> list, Way theirs, Way judge, long ns) {
    Comparison c = new Comparison();
    for (PathRequest r : list) {
      if (c.spentNs > ns) {
        break;
      }
      JGraphTPeer.Links links = peer.permitted(r);
      long began = System.nanoTime();
      double mine = ours(r);
      long between = System.nanoTime();
      double other = theirs.value(links, r);
      long ended = System.nanoTime();
      c.spentNs += ended - between;
      if (Double.isNaN(other)) {
        c.gaveUp++;
        continue;
      }
      c.oursNs += between - began;
      c.peerNs += ended - between;
      c.answered++;
      if (mine != other) {
        boolean right = judge.value(links, r) == mine;
        c.wrong += right ? 1 : 0;
        c.mismatches += right ? 0 : 1;
      }
    }
    return c;
  }
}
