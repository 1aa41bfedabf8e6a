package io.myelin.lab.bench;

import io.myelin.core.path.Constraints;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.Topology;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jgrapht.Graph;
import org.jgrapht.GraphPath;
import org.jgrapht.alg.interfaces.ShortestPathAlgorithm;
import org.jgrapht.alg.shortestpath.ALTAdmissibleHeuristic;
import org.jgrapht.alg.shortestpath.AStarShortestPath;
import org.jgrapht.alg.shortestpath.BidirectionalDijkstraShortestPath;
import org.jgrapht.alg.shortestpath.DijkstraShortestPath;
import org.jgrapht.alg.shortestpath.IntVertexDijkstraShortestPath;
import org.jgrapht.alg.shortestpath.MartinShortestPath;
import org.jgrapht.alg.shortestpath.YenShortestPathIterator;
import org.jgrapht.graph.MaskSubgraph;
import org.jgrapht.graph.builder.GraphTypeBuilder;

/**
 * JGraphT on the same graph: built beforehand, weights are latencies. Edges are the numbers of
 * links.
 *
 * <p>Unconstrained, its contraction hierarchies are left out: they are an index for weights that
 * never change.
 */
final class JGraphTPeer {
  /** Paths that Yen's algorithm may try for one request, and the time it may take. */
  private static final int MAX_PATHS = 2_000;

  private static final long MAX_NS = 1_000_000_000L;

  private static final int LANDMARKS = 8;

  /** The value of no path. */
  static final double NONE = Double.POSITIVE_INFINITY;

  /** It ran into its cap. */
  static final double GAVE_UP = Double.NaN;

  /** Its ways to a shortest path. */
  enum Plain {
    DIJKSTRA,
    INT_VERTEX_DIJKSTRA,
    BIDIRECTIONAL_DIJKSTRA,
    A_STAR_WITH_LANDMARKS
  }

  /** Its ways to a constrained one. */
  enum Constrained {
    YEN_THEN_FILTER,
    MARTIN
  }

  private final PathRequests requests;
  private final Topology topology;
  private final Graph<Integer, Integer> graph;
  private final ALTAdmissibleHeuristic<Integer, Integer> landmarks;

  JGraphTPeer(PathRequests requests) {
    this.requests = requests;
    topology = requests.topology;
    graph =
        GraphTypeBuilder.<Integer, Integer>directed()
            .allowingMultipleEdges(true)
            .allowingSelfLoops(false)
            .weighted(true)
            .buildGraph();
    for (int d = 0; d < topology.devices(); d++) {
      graph.addVertex(d);
    }
    for (int l = 0; l < topology.fabricLinks(); l++) {
      graph.addEdge(topology.from(l), topology.to(l), l);
      graph.setEdgeWeight(l, (double) topology.declaredLatencyNs(l));
    }
    Random random = new Random(1);
    Set<Integer> marks = new HashSet<>();
    while (marks.size() < Math.min(LANDMARKS, topology.devices())) {
      marks.add(random.nextInt(topology.devices()));
    }
    landmarks = new ALTAdmissibleHeuristic<>(graph, marks);
  }

  private int from(PathRequest r) {
    return topology.number(r.source().attachment().device());
  }

  private int to(PathRequest r) {
    return topology.number(r.destination().attachment().device());
  }

  double plain(Plain way, PathRequest r) {
    ShortestPathAlgorithm<Integer, Integer> algorithm =
        switch (way) {
          case DIJKSTRA -> new DijkstraShortestPath<>(graph);
          case INT_VERTEX_DIJKSTRA -> new IntVertexDijkstraShortestPath<>(graph);
          case BIDIRECTIONAL_DIJKSTRA -> new BidirectionalDijkstraShortestPath<>(graph);
          case A_STAR_WITH_LANDMARKS -> new AStarShortestPath<>(graph, landmarks);
        };
    GraphPath<Integer, Integer> path = algorithm.getPath(from(r), to(r));
    return path == null ? NONE : path.getWeight();
  }

  double constrained(Constrained way, PathRequest r) {
    Graph<Integer, Integer> wide =
        new MaskSubgraph<>(
            graph, v -> false, l -> requests.conditions.freeBps(l) < r.bandwidthBps());
    return switch (way) {
      case YEN_THEN_FILTER -> yen(wide, r);
      case MARTIN -> martin(wide, r);
    };
  }

  private double yen(Graph<Integer, Integer> wide, PathRequest r) {
    long until = System.nanoTime() + MAX_NS;
    YenShortestPathIterator<Integer, Integer> paths =
        new YenShortestPathIterator<>(wide, from(r), to(r));
    for (int i = 0; paths.hasNext(); i++) {
      if (i >= MAX_PATHS || System.nanoTime() > until) {
        return GAVE_UP;
      }
      GraphPath<Integer, Integer> path = paths.next();
      if (within(path.getEdgeList(), r.constraints().limits())) {
        return path.getWeight();
      }
    }
    return NONE;
  }

  private double martin(Graph<Integer, Integer> wide, PathRequest r) {
    MartinShortestPath<Integer, Integer> all =
        new MartinShortestPath<>(
            wide, l -> new double[] {topology.declaredLatencyNs(l), cost(l), jitter(l)});
    double best = NONE;
    for (GraphPath<Integer, Integer> path : all.getPaths(from(r), to(r))) {
      if (within(path.getEdgeList(), r.constraints().limits())) {
        double latency = 0;
        for (int l : path.getEdgeList()) {
          latency += topology.declaredLatencyNs(l);
        }
        best = Math.min(best, latency);
      }
    }
    return best;
  }

  private boolean within(List<Integer> links, Constraints.Limits limits) {
    long cost = 0;
    long jitter = 0;
    for (int l : links) {
      cost += cost(l);
      jitter += jitter(l);
    }
    return cost <= limits.costMicrosPerGb() && jitter <= limits.jitterNs();
  }

  private long cost(int link) {
    return topology.link(link).costMicrosPerGb();
  }

  private long jitter(int link) {
    return topology.link(link).facts().jitterNs();
  }
}
