package io.myelin.node.northbound;

import io.myelin.core.model.Invalid;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Terms;
import io.myelin.v1.ExtendLeaseRequest;
import io.myelin.v1.UpdateLeaseRequest;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What an update makes of a lease's specification: the fields of its mask, no others. */
final class LeaseUpdate {
  private static final List<String> FIELDS =
      List.of(
          "bandwidth_bps",
          "objective",
          "weights",
          "constraints",
          "protection",
          "degradation",
          "min_bandwidth_bps",
          "burst_bandwidth_bps",
          "start_time",
          "expire_time",
          "ttl");

  private static final String UPDATABLE = String.join(", ", FIELDS);

  private static final String IDENTITY =
      "it says which packets the lease is for; create another one and release this one";

  /** Why fields that a creation takes cannot be changed. */
  private static final Map<String, String> NOT_UPDATABLE =
      Map.of(
          "source", IDENTITY,
          "destination", IDENTITY,
          "traffic", IDENTITY,
          "name", "names stay");

  private LeaseUpdate() {}

  /**
   * The specification that a lease is to have. The order of the mask's paths does not matter: each
   * field is what the message says, and a {@code ttl} counts from the start that results, or from
   * now where the lease has begun.
   *
   * @throws Invalid naming the field
   */
  static LeaseSpec apply(Lease lease, UpdateLeaseRequest m, long nowMs) {
    Set<String> mask = new LinkedHashSet<>(m.getUpdateMask().getPathsList());
    Invalid.unless(!mask.isEmpty(), "update_mask", "is required; allowed: " + UPDATABLE);
    for (String path : mask) {
      String why = NOT_UPDATABLE.get(path);
      Invalid.unless(
          FIELDS.contains(path),
          "update_mask",
          "'"
              + path
              + "' cannot be changed"
              + (why == null ? "" : ": " + why)
              + "; allowed: "
              + UPDATABLE);
    }
    Invalid.unless(
        !mask.contains("start_time") || lease.state() == LeaseState.SCHEDULED,
        "update_mask",
        "'start_time' cannot be changed any more: the lease is " + lease.state());
    return RequestFields.within("lease", () -> changed(lease, mask, m.getLease(), nowMs));
  }

  /**
   * The specification of a lease whose end is put off, and never brought nearer.
   *
   * @throws Invalid naming the field
   */
  static LeaseSpec extended(Lease lease, ExtendLeaseRequest m, long nowMs) {
    LeaseSpec old = lease.spec();
    long end =
        switch (m.getExtensionCase()) {
          case TTL -> Math.max(nowMs, old.startTimeMs()) + RequestFields.millis("ttl", m.getTtl());
          case EXPIRE_TIME -> RequestFields.millis("expire_time", m.getExpireTime());
          case EXTENSION_NOT_SET ->
              throw new Invalid("ttl", "is required, or expire_time: when the lease is to end");
        };
    Invalid.unless(end > nowMs, "expire_time", "is in the past");
    return old.withTimes(old.startTimeMs(), Math.max(end, old.expireTimeMs()));
  }

  private static LeaseSpec changed(
      Lease lease, Set<String> mask, io.myelin.v1.Lease to, long nowMs) {
    LeaseSpec old = lease.spec();
    Terms terms = old.terms();
    terms = mask.contains("objective") ? terms.with(Protos.objective(to)) : terms;
    terms = mask.contains("weights") ? terms.with(PathProtos.weights(to.getWeights())) : terms;
    terms =
        mask.contains("constraints")
            ? terms.with(Protos.constraints(to)).with(Protos.apart(to))
            : terms;
    terms = mask.contains("protection") ? terms.withProtection(Protos.protection(to)) : terms;
    terms =
        PathProtos.room(
            "lease.",
            terms,
            mask,
            to.getDegradation(),
            to.getMinBandwidthBps(),
            to.getBurstBandwidthBps());
    long start = mask.contains("start_time") ? Protos.startTimeMs(to, nowMs) : old.startTimeMs();
    boolean ends = mask.contains("expire_time") || mask.contains("ttl");
    return new LeaseSpec(
        old.source(),
        old.destination(),
        old.traffic(),
        mask.contains("bandwidth_bps") ? to.getBandwidthBps() : old.bandwidthBps(),
        terms,
        start,
        ends ? Protos.expireTimeMs(to, start, nowMs) : old.expireTimeMs());
  }
}
