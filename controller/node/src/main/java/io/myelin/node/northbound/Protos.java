package io.myelin.node.northbound;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Path;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.TrafficSelector;
import io.myelin.v1.Hop;
import io.myelin.v1.Lease;
import io.myelin.v1.LeaseState;
import java.util.List;

/** Between the API's messages and the core's values. */
final class Protos {
  /** A year: longer leases are typing errors; use no expiry instead. */
  private static final long MAX_TTL_S = 366L * 24 * 3600;

  private Protos() {}

  /** The lease that a request describes. Throws {@link Invalid} naming the field. */
  static LeaseSpec spec(Lease m, long nowMs) {
    return new LeaseSpec(
        endpoint("lease.source", m.getSource()),
        endpoint("lease.destination", m.getDestination()),
        traffic(m),
        m.getBandwidthBps(),
        objective(m.getObjective()),
        expireTimeMs(m, nowMs));
  }

  private static EndpointId endpoint(String field, String name) {
    Invalid.unless(!name.isEmpty(), field, "is required: the name of an endpoint");
    try {
      return new EndpointId(name);
    } catch (Invalid e) {
      throw e.under(field);
    }
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
    List<Integer> qps = m.getTraffic().getDestQpsList();
    return new TrafficSelector(kind, qps);
  }

  static Objective objective(io.myelin.v1.Objective o) {
    return switch (o) {
      case OBJECTIVE_UNSPECIFIED, OBJECTIVE_LATENCY -> Objective.LATENCY;
      case OBJECTIVE_COST -> Objective.COST;
      case OBJECTIVE_BALANCED -> Objective.BALANCED;
      case UNRECOGNIZED ->
          throw new Invalid("lease.objective", "is not allowed; allowed: LATENCY, COST, BALANCED");
    };
  }

  static long expireTimeMs(Lease m, long nowMs) {
    switch (m.getExpirationCase()) {
      case EXPIRE_TIME -> {
        long ms = millis("lease.expire_time", m.getExpireTime());
        Invalid.unless(ms > nowMs, "lease.expire_time", "is in the past");
        return ms;
      }
      case TTL -> {
        Duration d = m.getTtl();
        boolean ok =
            (d.getSeconds() > 0 || (d.getSeconds() == 0 && d.getNanos() >= 1_000_000))
                && d.getNanos() >= 0
                && d.getNanos() < 1_000_000_000
                && d.getSeconds() <= MAX_TTL_S;
        Invalid.unless(ok, "lease.ttl", "is not allowed; allowed: 1 ms to 366 days");
        return nowMs + d.getSeconds() * 1000 + d.getNanos() / 1_000_000;
      }
      case EXPIRATION_NOT_SET -> {
        return LeaseSpec.NEVER;
      }
    }
    throw new AssertionError(m.getExpirationCase());
  }

  private static long millis(String field, Timestamp t) {
    boolean ok =
        t.getNanos() >= 0
            && t.getNanos() < 1_000_000_000
            && Math.abs(t.getSeconds()) < 253402300800L;
    Invalid.unless(ok, field, "is not a time between the years 1 and 9999");
    return t.getSeconds() * 1000 + t.getNanos() / 1_000_000;
  }

  static Timestamp timestamp(long ms) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(ms, 1000))
        .setNanos((int) Math.floorMod(ms, 1000L) * 1_000_000)
        .build();
  }

  static Lease lease(io.myelin.core.state.Lease lease) {
    LeaseSpec spec = lease.spec();
    Lease.Builder b =
        Lease.newBuilder()
            .setName(lease.name().toString())
            .setState(state(lease.state()))
            .setReason(lease.reason())
            .addPaths(path(lease.path()))
            .setGrantedBandwidthBps(lease.state().holds() ? spec.bandwidthBps() : 0)
            .setEtag(String.valueOf(lease.revision()))
            .setCreateTime(timestamp(lease.createTimeMs()))
            .setUpdateTime(timestamp(lease.updateTimeMs()));
    return describe(b, spec).build();
  }

  /** What a request would get: no name, no state. */
  static Lease preview(LeaseSpec spec, Path path) {
    Lease.Builder b =
        Lease.newBuilder().addPaths(path(path)).setGrantedBandwidthBps(spec.bandwidthBps());
    return describe(b, spec).build();
  }

  private static Lease.Builder describe(Lease.Builder b, LeaseSpec spec) {
    b.setSource(spec.source().value())
        .setDestination(spec.destination().value())
        .setBandwidthBps(spec.bandwidthBps())
        .setObjective(
            switch (spec.objective()) {
              case LATENCY -> io.myelin.v1.Objective.OBJECTIVE_LATENCY;
              case COST -> io.myelin.v1.Objective.OBJECTIVE_COST;
              case BALANCED -> io.myelin.v1.Objective.OBJECTIVE_BALANCED;
            })
        .setTraffic(
            io.myelin.v1.TrafficSelector.newBuilder()
                .setKind(
                    switch (spec.traffic().kind()) {
                      case ALL -> io.myelin.v1.TrafficSelector.Kind.KIND_ALL;
                      case ROCE -> io.myelin.v1.TrafficSelector.Kind.KIND_ROCE;
                    })
                .addAllDestQps(spec.traffic().destQps()));
    if (spec.expireTimeMs() != LeaseSpec.NEVER) {
      b.setExpireTime(timestamp(spec.expireTimeMs()));
    }
    return b;
  }

  private static io.myelin.v1.Path path(Path path) {
    io.myelin.v1.Path.Builder b =
        io.myelin.v1.Path.newBuilder()
            .setLatencyNs(path.latencyNs())
            .setCostMicrosPerGb(path.costMicrosPerGb());
    for (PortRef p : path.egress()) {
      b.addHops(
          Hop.newBuilder().setDevice(p.device().value()).setPort(p.port()).setLabel(Path.label(p)));
    }
    return b.build();
  }

  private static LeaseState state(io.myelin.core.state.Lease.LeaseState s) {
    return switch (s) {
      case PROVISIONING -> LeaseState.LEASE_STATE_PROVISIONING;
      case ACTIVE -> LeaseState.LEASE_STATE_ACTIVE;
      case DEGRADED -> LeaseState.LEASE_STATE_DEGRADED;
      case RELEASING -> LeaseState.LEASE_STATE_RELEASING;
      case RELEASED -> LeaseState.LEASE_STATE_RELEASED;
      case EXPIRED -> LeaseState.LEASE_STATE_EXPIRED;
      case FAILED -> LeaseState.LEASE_STATE_FAILED;
    };
  }
}
