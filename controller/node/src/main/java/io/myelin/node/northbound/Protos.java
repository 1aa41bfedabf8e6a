package io.myelin.node.northbound;

import com.google.protobuf.Timestamp;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Path;
import io.myelin.core.path.Scope;
import io.myelin.core.state.Degradation;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.JobName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.SeparatedLeases;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.state.Usage;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseState;
import io.myelin.v1.LeaseUsage;
import java.util.Set;

/** Between the API's messages and the core's values. */
final class Protos {
  private Protos() {}

  /** The lease that a request describes. Throws {@link Invalid} naming the field. */
  static LeaseSpec spec(Lease m, long nowMs) {
    return RequestFields.within("lease", () -> leaseSpec(m, nowMs));
  }

  private static LeaseSpec leaseSpec(Lease m, long nowMs) {
    return new LeaseSpec(
        RequestFields.endpoint("lease.source", m.getSource()),
        RequestFields.endpoint("lease.destination", m.getDestination()),
        traffic(m),
        m.getBandwidthBps(),
        new Terms(
            objective(m),
            PathProtos.weights(m.getWeights()),
            constraints(m),
            apart(m),
            protection(m),
            degradation(m),
            m.getBurstBandwidthBps()),
        startTimeMs(m, nowMs),
        expireTimeMs(m, startTimeMs(m, nowMs), nowMs));
  }

  static Degradation degradation(Lease m) {
    return PathProtos.degradation("lease.", m.getDegradation(), m.getMinBandwidthBps());
  }

  static Objective objective(Lease m) {
    return PathProtos.objective("lease.objective", m.getObjective());
  }

  static Constraints constraints(Lease m) {
    return PathProtos.constraints("lease.constraints", m.getConstraints());
  }

  static SeparatedLeases apart(Lease m) {
    return PathProtos.apart(
        "lease.constraints.disjoint_from", m.getConstraints().getDisjointFrom());
  }

  static Set<Scope> protection(Lease m) {
    return PathProtos.scopes("lease.protection", m.getProtectionList());
  }

  static long startTimeMs(Lease m, long nowMs) {
    return RequestFields.start("lease", m.hasStartTime() ? m.getStartTime() : null, nowMs);
  }

  private static TrafficSelector traffic(Lease m) {
    if (!m.hasTraffic()) {
      return TrafficSelector.ROCE;
    }
    TrafficSelector.Kind kind =
        switch (m.getTraffic().getKind()) {
          case KIND_ALL -> TrafficSelector.Kind.ALL;
          case KIND_ROCE, KIND_UNSPECIFIED -> TrafficSelector.Kind.ROCE;
          case UNRECOGNIZED ->
              throw new Invalid(
                  "lease.traffic.kind",
                  m.getTraffic().getKindValue() + " is not allowed; allowed: ALL, ROCE");
        };
    m.getTraffic()
        .getDestQpsList()
        .forEach(qp -> RequestFields.unsigned("lease.traffic.dest_qps", qp));
    int classes = RequestFields.unsigned("lease.traffic.qp_classes", m.getTraffic().getQpClasses());
    return new TrafficSelector(
        kind,
        m.getTraffic().getDestQpsList(),
        Math.max(1, classes),
        RequestFields.unsigned("lease.traffic.qp_class", m.getTraffic().getQpClass()));
  }

  /**
   * When the lease ends that a message describes.
   *
   * @param startMs when it begins; in the past: it has begun, and a ttl counts from now
   */
  static long expireTimeMs(Lease m, long startMs, long nowMs) {
    return RequestFields.expiry(
        "lease",
        m.hasExpireTime() ? m.getExpireTime() : null,
        m.hasTtl() ? m.getTtl() : null,
        startMs,
        nowMs);
  }

  static Timestamp timestamp(long ms) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(ms, 1000))
        .setNanos((int) Math.floorMod(ms, 1000L) * 1_000_000)
        .build();
  }

  static Lease lease(FabricState state, io.myelin.core.state.Lease lease) {
    Inventory inventory = state.inventory();
    Usage usage = state.usage().get(lease.name());
    LeaseSpec spec = lease.spec();
    boolean unconfirmed =
        lease.state() == io.myelin.core.state.Lease.LeaseState.ACTIVE
            && !state.unconfirmed(lease).isEmpty();
    Lease.Builder b =
        Lease.newBuilder()
            .setName(lease.name().toString())
            .setState(unconfirmed ? LeaseState.LEASE_STATE_UNCONFIRMED : state(lease.state()))
            .setReason(unconfirmed ? state.unconfirmed(lease) : lease.reason())
            .addPaths(PathProtos.path(inventory, lease.path()))
            .setGrantedBandwidthBps(lease.grantedBps())
            .setEtag(String.valueOf(lease.revision()))
            .setCreateTime(timestamp(lease.createTimeMs()))
            .setUpdateTime(timestamp(lease.updateTimeMs()));
    if (usage != null) {
      b.setUsage(
          LeaseUsage.newBuilder()
              .setPackets(usage.packets())
              .setBytes(usage.bytes())
              .setReadTime(timestamp(usage.timeMs())));
    }
    JobName job = lease.job();
    if (job != null) {
      b.setJob(job.toString());
    }
    return describe(backup(b, inventory, lease.route()), spec).build();
  }

  private static Lease.Builder backup(Lease.Builder b, Inventory inventory, Route route) {
    Path backup = route.backup();
    return backup == null ? b : b.setBackup(PathProtos.path(inventory, backup));
  }

  /** A lease as it would be: no name, no state, no etag, since it is not. */
  static Lease preview(FabricState state, io.myelin.core.state.Lease lease) {
    return lease(state, lease).toBuilder()
        .clearName()
        .clearState()
        .clearEtag()
        .clearCreateTime()
        .clearUpdateTime()
        .clearUsage()
        .build();
  }

  private static Lease.Builder describe(Lease.Builder b, LeaseSpec spec) {
    b.setSource(spec.source().value())
        .setDestination(spec.destination().value())
        .setBandwidthBps(spec.bandwidthBps())
        .setObjective(PathProtos.objective(spec.terms().objective()))
        .setDegradation(PathProtos.degradation(spec.terms().degradation()))
        .setMinBandwidthBps(spec.terms().degradation().minBps())
        .setBurstBandwidthBps(spec.terms().burstBps())
        .setTraffic(
            io.myelin.v1.TrafficSelector.newBuilder()
                .setKind(
                    switch (spec.traffic().kind()) {
                      case ALL -> io.myelin.v1.TrafficSelector.Kind.KIND_ALL;
                      case ROCE -> io.myelin.v1.TrafficSelector.Kind.KIND_ROCE;
                    })
                .addAllDestQps(spec.traffic().destQps())
                .setQpClasses(spec.traffic().qpClasses() > 1 ? spec.traffic().qpClasses() : 0)
                .setQpClass(spec.traffic().qpClass()));
    if (spec.terms().objective() == Objective.BALANCED) {
      b.setWeights(PathProtos.weights(spec.terms().weights()));
    }
    io.myelin.v1.Constraints c =
        PathProtos.constraints(spec.terms().constraints(), spec.terms().apart());
    if (!c.equals(io.myelin.v1.Constraints.getDefaultInstance())) {
      b.setConstraints(c);
    }
    spec.terms().protection().forEach(scope -> b.addProtection(PathProtos.scope(scope)));
    if (spec.startTimeMs() != LeaseSpec.AT_ONCE) {
      b.setStartTime(timestamp(spec.startTimeMs()));
    }
    if (spec.expireTimeMs() != LeaseSpec.NEVER) {
      b.setExpireTime(timestamp(spec.expireTimeMs()));
    }
    return b;
  }

  private static LeaseState state(io.myelin.core.state.Lease.LeaseState s) {
    return switch (s) {
      case SCHEDULED -> LeaseState.LEASE_STATE_SCHEDULED;
      case PROVISIONING -> LeaseState.LEASE_STATE_PROVISIONING;
      case ACTIVE -> LeaseState.LEASE_STATE_ACTIVE;
      case REDUCED, DEGRADED -> LeaseState.LEASE_STATE_DEGRADED;
      case RELEASING -> LeaseState.LEASE_STATE_RELEASING;
      case RELEASED -> LeaseState.LEASE_STATE_RELEASED;
      case EXPIRED -> LeaseState.LEASE_STATE_EXPIRED;
      case FAILED -> LeaseState.LEASE_STATE_FAILED;
    };
  }
}
