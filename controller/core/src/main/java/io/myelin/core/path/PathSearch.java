package io.myelin.core.path;

import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Topology.Metric;
import java.util.ArrayList;
import java.util.List;

/**
 * The best path for a request, exactly.
 *
 * <p>Ties, in this order: the objective's value, the load of the busiest link after placement, the
 * other metric (cost, or latency where the objective is cost), hops, then the ids of the links. The
 * first two are exact; the others are judged whenever two ways meet at a switch, so that a path
 * that is better in them but not in the first two may be passed over. The same input gives the same
 * path on every machine.
 */
public final class PathSearch {

  /** What a search ends with. */
  public sealed interface Answer {}

  /**
   * A path.
   *
   * @param value of the objective: ns for LATENCY, micros per gigabyte for COST
   * @param bound that no path undercuts; below {@code value} where nothing is proven
   */
  public record Found(Path path, long value, long bound) implements Answer {
    /**
     * Whether no better path exists; if not, the search ran into its bound on work, or the latency
     * of a link that could be used is not known.
     */
    public boolean provenOptimal() {
      return bound >= value;
    }
  }

  /**
   * No path.
   *
   * @param proven whether there is none; if not, the search ran into its bound on work
   */
  public record NotFound(boolean proven) implements Answer {}

  private PathSearch() {}

  /**
   * The best path.
   *
   * @throws IllegalArgumentException when an endpoint or a switch is not of this topology
   */
  public static Answer find(Topology topology, LinkConditions conditions, PathRequest request) {
    return find(topology, conditions, request, LabelSearch.MAX_LABELS);
  }

  static Answer find(
      Topology topology, LinkConditions conditions, PathRequest request, int maxLabels) {
    LinkFilter filter = new LinkFilter(topology, conditions, request);
    if (accessViolations(topology, filter, request) != 0) {
      return new NotFound(true);
    }
    LabelSearch.Result r =
        LabelSearch.solve(
            new LabelSearch.Question(
                topology,
                conditions,
                request,
                filter,
                Goal.of(request.objective(), request.weights())),
            LabelSearch.Scope.ALL.withMaxLabels(maxLabels));
    return r.links() == null
        ? new NotFound(r.proven())
        : new Found(
            path(topology, conditions, request, r.links()),
            r.value(),
            Certainty.of(topology, conditions, request, filter)
                ? r.bound()
                : Math.min(r.bound(), r.value() - 1));
  }

  /** Bits of the kinds that the access links break. */
  static int accessViolations(Topology topology, LinkFilter filter, PathRequest request) {
    return filter.violations(topology.uplink(request.source()))
        | filter.violations(topology.uplink(request.destination()) + 1);
  }

  /** The path over these links between switches. */
  static Path path(
      Topology topology, LinkConditions conditions, PathRequest request, List<Integer> links) {
    List<LinkId> ids = new ArrayList<>();
    List<PortRef> egress = new ArrayList<>();
    long latency = 0;
    long cost = 0;
    long jitter = 0;
    long loss = 0;
    int noLatency = 0;
    int noJitter = 0;
    int noLoss = 0;
    ids.add(topology.id(topology.uplink(request.source())));
    for (int l : links) {
      ids.add(topology.id(l));
      egress.add(topology.link(l).from());
      boolean known = conditions.knowsLatency(l);
      latency += (known ? conditions.latencyNs(l) : 0) + conditions.queueingNs(l);
      noLatency += known ? 0 : 1;
      noJitter += topology.declares(Metric.JITTER, l) ? 0 : 1;
      noLoss += topology.declares(Metric.LOSS, l) ? 0 : 1;
      cost += topology.floor(Metric.COST, l);
      jitter += topology.floor(Metric.JITTER, l);
      loss += topology.floor(Metric.LOSS, l);
    }
    ids.add(topology.id(topology.uplink(request.destination()) + 1));
    egress.add(request.destination().attachment());
    UnknownLinks unknown = new UnknownLinks(noLatency, noJitter, noLoss);
    return new Path(ids, egress, latency, cost, jitter, loss, unknown);
  }
}
