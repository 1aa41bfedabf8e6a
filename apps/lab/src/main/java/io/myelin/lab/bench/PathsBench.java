package io.myelin.lab.bench;

import io.myelin.core.model.Inventory;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/**
 * Path search on one core, and JGraphT with the same requests in the same run: the fastest of its
 * ways on this topology, found by trying each. Every value that both found is compared.
 */
public final class PathsBench {
  private static final int WARM_UP = 3_000;
  private static final int REQUESTS = 10_000;

  /** The peer's share of a run: requests until this much time of its own has passed. */
  private static final long PEER_NS = 20_000_000_000L;

  private static final int PEER_REQUESTS = 20_000;

  /** Requests for choosing the peer's way. */
  private static final int TRIALS = 5;

  /** A way that takes longer than this for one request is not tried again. */
  private static final long HOPELESS_NS = 10_000_000_000L;

  private final PathRequests requests;
  private final JGraphTPeer peer;
  private final Consumer<String> progress;
  private final List<Figure> figures = new ArrayList<>();
  private long mismatches;
  private int trialsFound;

  /**
   * @param progress gets a line now and then
   */
  public PathsBench(Inventory inventory, long seed, Consumer<String> progress) {
    requests = new PathRequests(inventory, seed);
    peer = new JGraphTPeer(requests);
    this.progress = progress;
  }

  public List<Figure> run() {
    figures.add(new Figure("switches", requests.topology.devices(), "switches"));
    figures.add(new Figure("links", requests.topology.fabricLinks(), "directed links"));
    progress.accept("warming up");
    List<PathRequest> warm = new ArrayList<>();
    for (int i = 0; i < WARM_UP; i++) {
      warm.add(i % 2 == 0 ? requests.plain() : requests.constrained());
    }
    warm.forEach(this::ours);
    measure("", constrained(REQUESTS));
    measure("unconstrained_", plain(REQUESTS));

    JGraphTPeer.Plain plain = fastestPlain();
    compare("unconstrained", plain(PEER_REQUESTS), r -> peer.plain(plain, r));
    JGraphTPeer.Constrained way = fastestConstrained();
    compare("constrained", constrained(PEER_REQUESTS), r -> peer.constrained(way, r));
    progress.accept("JGraphT found a path in " + trialsFound + " trials");
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

  private JGraphTPeer.Plain fastestPlain() {
    JGraphTPeer.Plain best = JGraphTPeer.Plain.DIJKSTRA;
    long least = Long.MAX_VALUE;
    List<PathRequest> trials = plain(20 * TRIALS);
    for (JGraphTPeer.Plain way : JGraphTPeer.Plain.values()) {
      trials.forEach(r -> peer.plain(way, r)); // its warm-up
      long ns = time(trials, r -> peer.plain(way, r));
      progress.accept("JGraphT " + name(way) + ": " + ns / trials.size() / 1_000 + " us");
      best = ns < least ? way : best;
      least = Math.min(least, ns);
    }
    return best;
  }

  private JGraphTPeer.Constrained fastestConstrained() {
    JGraphTPeer.Constrained best = JGraphTPeer.Constrained.YEN_THEN_FILTER;
    long least = Long.MAX_VALUE;
    List<PathRequest> trials = constrained(TRIALS);
    for (JGraphTPeer.Constrained way : JGraphTPeer.Constrained.values()) {
      long first = time(trials.subList(0, 1), r -> peer.constrained(way, r));
      if (first > HOPELESS_NS) {
        progress.accept("JGraphT " + name(way) + ": over " + HOPELESS_NS / 1_000_000_000 + " s");
        continue;
      }
      long ns = time(trials, r -> peer.constrained(way, r));
      progress.accept("JGraphT " + name(way) + ": " + ns / trials.size() / 1_000 + " us");
      best = ns < least ? way : best;
      least = Math.min(least, ns);
    }
    return best;
  }

  private static String name(Enum<?> way) {
    return way.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private long time(List<PathRequest> list, ToDoubleFunction<PathRequest> solver) {
    long began = System.nanoTime();
    for (PathRequest r : list) {
      trialsFound += solver.applyAsDouble(r) < JGraphTPeer.NONE ? 1 : 0;
    }
    return System.nanoTime() - began;
  }

  /** The same requests by turns; where the peer gives up, its time counts as if it had not. */
  private void compare(String what, List<PathRequest> list, ToDoubleFunction<PathRequest> theirs) {
    progress.accept("comparing " + what);
    long ours = 0;
    long their = 0;
    int n = 0;
    int gaveUp = 0;
    for (PathRequest r : list) {
      if (their > PEER_NS) {
        break;
      }
      long at = System.nanoTime();
      double mine = ours(r);
      long between = System.nanoTime();
      double other = theirs.applyAsDouble(r);
      their += System.nanoTime() - between;
      ours += between - at;
      n++;
      if (Double.isNaN(other)) {
        gaveUp++;
      } else if (mine != other) {
        mismatches++;
      }
    }
    figures.add(new Figure("over_jgrapht_" + what, (double) their / ours, "ratio"));
    figures.add(new Figure("jgrapht_" + what + "_requests", n, "requests"));
    figures.add(new Figure("jgrapht_" + what + "_gave_up", gaveUp, "requests"));
  }
}
