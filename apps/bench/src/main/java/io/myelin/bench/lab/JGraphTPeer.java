package io.myelin.bench.lab;

import io.myelin.core.model.Device;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.PathRequest;
import io.myelin.core.path.Topology;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jgrapht.Graph;
import org.jgrapht.GraphPath;
import org.jgrapht.alg.interfaces.ShortestPathAlgorithm;
import org.jgrapht.alg.shortestpath.ALTAdmissibleHeuristic;
import org.jgrapht.alg.shortestpath.AStarShortestPath;
import org.jgrapht.alg.shortestpath.BidirectionalDijkstraShortestPath;
import org.jgrapht.alg.shortestpath.DijkstraShortestPath;
import org.jgrapht.alg.shortestpath.EppsteinShortestPathIterator;
import org.jgrapht.alg.shortestpath.IntVertexDijkstraShortestPath;
import org.jgrapht.alg.shortestpath.MartinShortestPath;
import org.jgrapht.alg.shortestpath.YenShortestPathIterator;
import org.jgrapht.graph.builder.GraphTypeBuilder;

/**
 * JGraphT on the same graph: built beforehand, weights are latencies. Edges are the numbers of
 * links.
 *
 * <p>Unconstrained, its contraction hierarchies are left out: they are an index for weights that
 * never change.
 */
final class JGraphTPeer {
  private static final int LANDMARKS = 8;

  /** The value of no path. */
  static final double NONE = Double.POSITIVE_INFINITY;

  /** It ran into its cap. */
  static final double GAVE_UP = Double.NaN;

  /**
   * Where it gives up a request.
   *
   * @param paths that it may look at in order of their latency
   * @param ns of time, looked at between two of them
   */
  record Cap(int paths, long ns) {
    static final Cap DEFAULT = new Cap(2_000, 1_000_000_000L);
  }

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
    EPPSTEIN_THEN_FILTER,
    MARTIN
  }

  /**
   * The same links twice.
   *
   * @param all as they are
   * @param simple with a vertex in the middle of each but the first from one switch to another, for
   *     ways that want no parallel edges; its second half is a negative number and adds nothing
   */
  record Links(Graph<Integer, Integer> all, Graph<Integer, Integer> simple) {}

  /** What decides which links a request may use. */
  private record Needs(long bandwidthBps, Set<String> deniedRegions) {}

  private final PathRequests requests;
  private final Cap cap;
  private final Topology topology;
  private final Graph<Integer, Integer> graph;
  private final Map<Needs, Links> permitted = new HashMap<>();
  private final ALTAdmissibleHeuristic<Integer, Integer> landmarks;

  JGraphTPeer(PathRequests requests, Cap cap) {
    this.requests = requests;
    this.cap = cap;
    topology = requests.topology;
    graph = links(l -> true).all;
    Random random = new Random(1);
    Set<Integer> marks = new HashSet<>();
    while (marks.size() < Math.min(LANDMARKS, topology.devices())) {
      marks.add(random.nextInt(topology.devices()));
    }
    landmarks = new ALTAdmissibleHeuristic<>(graph, marks);
  }

  private Links links(IntPredicate which) {
    Graph<Integer, Integer> all = graph(GraphTypeBuilder.directed().allowingMultipleEdges(true));
    Graph<Integer, Integer> simple =
        graph(GraphTypeBuilder.directed().allowingMultipleEdges(false));
    boolean parallel = false;
    for (int l = 0; l < topology.fabricLinks(); l++) {
      if (!which.test(l)) {
        continue;
      }
      int from = topology.from(l);
      int to = topology.to(l);
      double latency = topology.declaredLatencyNs(l);
      add(all, from, to, l, latency);
      if (simple.containsEdge(from, to)) {
        parallel = true;
        int middle = topology.devices() + l;
        simple.addVertex(middle);
        add(simple, from, middle, l, latency);
        add(simple, middle, to, -1 - l, 0);
      } else {
        add(simple, from, to, l, latency);
      }
    }
    return new Links(parallel ? all : simple, simple);
  }

  private Graph<Integer, Integer> graph(GraphTypeBuilder<Object, Object> type) {
    Graph<Integer, Integer> empty =
        type.allowingSelfLoops(false)
            .weighted(true)
            .vertexClass(Integer.class)
            .edgeClass(Integer.class)
            .buildGraph();
    for (int d = 0; d < topology.devices(); d++) {
      empty.addVertex(d);
    }
    return empty;
  }

  private static void add(Graph<Integer, Integer> g, int from, int to, int edge, double weight) {
    g.addEdge(from, to, edge);
    g.setEdgeWeight(edge, weight);
  }

  /**
   * Only the links that a request may use: what the peer is spared in measurements. Requests that
   * need the same share a graph.
   */
  Links permitted(PathRequest r) {
    Needs needs = new Needs(r.bandwidthBps(), r.constraints().regions().denied());
    return permitted.computeIfAbsent(
        needs,
        n ->
            links(
                l ->
                    requests.conditions.freeBps(l) >= n.bandwidthBps
                        && (n.deniedRegions.isEmpty() || isOutside(n.deniedRegions, l))));
  }

  /** Whether a link and its switches are known to be elsewhere. */
  private boolean isOutside(Set<String> denied, int link) {
    Set<String> touched = new HashSet<>(topology.link(link).facts().regions());
    boolean unknown = touched.isEmpty();
    for (int d : new int[] {topology.from(link), topology.to(link)}) {
      Device device = topology.inventory().devices().get(topology.device(d));
      touched.add(device == null ? "" : device.region());
    }
    return !touched.contains("")
        && !(unknown && touched.size() > 1)
        && Collections.disjoint(denied, touched);
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

  /**
   * The least latency within the request's limits; {@link #NONE}; {@link #GAVE_UP}.
   *
   * @param links what {@link #permitted} says
   */
  double constrained(Constrained way, Links links, PathRequest r) {
    return switch (way) {
      case YEN_THEN_FILTER ->
          firstWithin(new YenShortestPathIterator<>(links.all, from(r), to(r)), r);
      case EPPSTEIN_THEN_FILTER ->
          firstWithin(new EppsteinShortestPathIterator<>(links.simple, from(r), to(r)), r);
      case MARTIN -> martin(links.all, r);
    };
  }

  /**
   * The first path within the limits is the best. So is the first walk: limits are on sums, so the
   * simple path inside a walk keeps to them too, and came before.
   */
  private double firstWithin(Iterator<GraphPath<Integer, Integer>> paths, PathRequest r) {
    long until = System.nanoTime() + cap.ns;
    for (int i = 0; paths.hasNext(); i++) {
      if (i >= cap.paths || System.nanoTime() > until) {
        return GAVE_UP;
      }
      GraphPath<Integer, Integer> path = paths.next();
      if (within(path.getEdgeList(), r.constraints().limits())) {
        return path.getWeight();
      }
    }
    return NONE;
  }

  private double martin(Graph<Integer, Integer> links, PathRequest r) {
    MartinShortestPath<Integer, Integer> all =
        new MartinShortestPath<>(
            links, l -> new double[] {topology.declaredLatencyNs(l), cost(l), jitter(l)});
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
    return link < 0 ? 0 : topology.link(link).costMicrosPerGb();
  }

  private long jitter(int link) {
    return link < 0 ? 0 : topology.link(link).facts().jitterNs().orElse(0);
  }
}
