package io.myelin.node.northbound;

import io.myelin.core.model.Invalid;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseSpec;
import io.myelin.v1.UpdateLeaseRequest;

/** What an update makes of a lease's specification: the fields of its mask, no others. */
final class LeaseUpdate {
  private static final String UPDATABLE =
      "bandwidth_bps, objective, weights, constraints, protection, start_time, expire_time, ttl";

  private LeaseUpdate() {}

  static LeaseSpec apply(Lease lease, UpdateLeaseRequest m, long nowMs) {
    Invalid.unless(
        m.getUpdateMask().getPathsCount() > 0, "update_mask", "is required; allowed: " + UPDATABLE);
    LeaseSpec spec = lease.spec();
    io.myelin.v1.Lease to = m.getLease();
    for (String path : m.getUpdateMask().getPathsList()) {
      spec =
          switch (path) {
            case "bandwidth_bps" -> spec.withBandwidthBps(to.getBandwidthBps());
            case "objective" -> spec.with(spec.terms().with(Protos.objective(to)));
            case "weights" -> spec.with(spec.terms().with(PathProtos.weights(to.getWeights())));
            case "constraints" ->
                spec.with(spec.terms().with(Protos.constraints(to)).with(Protos.apart(to)));
            case "protection" -> spec.with(spec.terms().withProtection(Protos.protection(to)));
            case "start_time" -> {
              Invalid.unless(
                  lease.state() == LeaseState.SCHEDULED,
                  "update_mask",
                  "'start_time' cannot be changed any more: the lease is " + lease.state());
              yield spec.withTimes(Protos.startTimeMs(to, nowMs), spec.expireTimeMs());
            }
            case "expire_time", "ttl" ->
                spec.withTimes(spec.startTimeMs(), Protos.expireTimeMs(to, nowMs));
            default ->
                throw new Invalid(
                    "update_mask", "'" + path + "' cannot be changed; allowed: " + UPDATABLE);
          };
    }
    return spec;
  }
}
