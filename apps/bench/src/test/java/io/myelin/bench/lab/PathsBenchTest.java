package io.myelin.bench.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.bench.figure.Figure;
import io.myelin.core.model.Inventory;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.PathSearch;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PathsBenchTest {
  private static final JGraphTPeer.Cap CAP = new JGraphTPeer.Cap(200, 100_000_000L);
  private static final long PEER_NS = 500_000_000L;

  private static final List<String> NAMES =
      List.of(
          "switches",
          "links",
          "p50_us",
          "p99_us",
          "max_us",
          "requests_per_s",
          "feasible_share",
          "unconstrained_p50_us",
          "unconstrained_p99_us",
          "unconstrained_max_us",
          "unconstrained_requests_per_s",
          "unconstrained_feasible_share",
          "over_jgrapht_unconstrained",
          "jgrapht_unconstrained_requests",
          "jgrapht_unconstrained_gave_up",
          "jgrapht_unconstrained_wrong",
          "over_jgrapht_constrained",
          "jgrapht_constrained_requests",
          "jgrapht_constrained_gave_up",
          "jgrapht_constrained_wrong",
          "objective_mismatches");

  private static Inventory fabric(String text) {
    return GeneratedFabric.parse("--topology", text).inventory(FabricOptions.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"fat-tree:4", "wan:6"})
  void agreesWithThePeerAndNamesEveryFigure(String fabric) {
    PathsBench.Effort effort = new PathsBench.Effort(50, 100, 60, PEER_NS, CAP);
    List<Figure> figures = new PathsBench(fabric(fabric), 1, line -> {}, effort).run();
    assertEquals(NAMES, figures.stream().map(Figure::name).toList());
    assertEquals(0, value(figures, "objective_mismatches"));
    assertEquals(0, value(figures, "jgrapht_unconstrained_gave_up"));
    figures.forEach(f -> assertTrue(Double.isFinite(f.value()), f.name()));
    assertTrue(
        value(figures, "jgrapht_constrained_gave_up")
            < value(figures, "jgrapht_constrained_requests"));
  }

  private static double value(List<Figure> figures, String name) {
    return figures.stream().filter(f -> f.name().equals(name)).findFirst().orElseThrow().value();
  }

  /** Each of the peer's ways, not only the fastest; regions are denied, and some deny all paths. */
  @ParameterizedTest
  @ValueSource(strings = {"fat-tree:4", "wan:6"})
  void everyWayOfThePeerFindsTheSame(String fabric) {
    PathRequests requests = new PathRequests(fabric(fabric), 2);
    JGraphTPeer peer = new JGraphTPeer(requests, CAP);
    Set<JGraphTPeer.Constrained> answered = EnumSet.noneOf(JGraphTPeer.Constrained.class);
    for (int i = 0; i < 60; i++) {
      PathRequest r = requests.constrained();
      double ours =
          PathSearch.find(requests.topology, requests.conditions, r)
                  instanceof PathSearch.Found found
              ? found.value()
              : JGraphTPeer.NONE;
      for (JGraphTPeer.Constrained way : JGraphTPeer.Constrained.values()) {
        double theirs = peer.constrained(way, peer.permitted(r), r);
        if (!Double.isNaN(theirs)) {
          assertEquals(ours, theirs, way + ", request " + i);
          answered.add(way);
        }
      }
    }
    assertEquals(EnumSet.allOf(JGraphTPeer.Constrained.class), answered);
  }

  @Test
  void someRequestsDenyARegionWhereThereAreSeveral() {
    assertEquals(0, denying("fat-tree:4"));
    int some = denying("wan:6");
    assertTrue(some > 20 && some < 80, some + " of 100");
  }

  private static int denying(String fabric) {
    PathRequests requests = new PathRequests(fabric(fabric), 3);
    int n = 0;
    for (int i = 0; i < 100; i++) {
      n += requests.constrained().constraints().regions().denied().isEmpty() ? 0 : 1;
    }
    return n;
  }
}
