package io.myelin.core.path;

import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Invalid;

/**
 * What a path is asked for. The time it is for lies in {@link LinkConditions}.
 *
 * @param bandwidthBps that every link on the way must still have, bits per second
 * @param weights of {@link Objective#BALANCED}
 * @param apart what belongs to paths that it must be disjoint from
 */
public record PathRequest(
    Endpoint source,
    Endpoint destination,
    long bandwidthBps,
    Objective objective,
    Weights weights,
    Constraints constraints,
    Constraints.Avoid apart) {

  public PathRequest {
    Invalid.unless(
        !source.id().equals(destination.id()),
        "destination",
        "'" + destination.id() + "' is the source as well");
    Invalid.unless(bandwidthBps >= 0, "bandwidth_bps", bandwidthBps + " is not allowed");
  }

  /** A request without constraints. */
  public static PathRequest of(
      Endpoint source, Endpoint destination, long bandwidthBps, Objective objective) {
    return new PathRequest(
        source,
        destination,
        bandwidthBps,
        objective,
        Weights.DEFAULT,
        Constraints.FREE,
        Constraints.Avoid.NOTHING);
  }

  public PathRequest with(Constraints c) {
    return new PathRequest(source, destination, bandwidthBps, objective, weights, c, apart);
  }

  public PathRequest with(Weights w) {
    return new PathRequest(source, destination, bandwidthBps, objective, w, constraints, apart);
  }

  public PathRequest withBandwidthBps(long bps) {
    return new PathRequest(source, destination, bps, objective, weights, constraints, apart);
  }

  public PathRequest withApart(Constraints.Avoid a) {
    return new PathRequest(source, destination, bandwidthBps, objective, weights, constraints, a);
  }
}
