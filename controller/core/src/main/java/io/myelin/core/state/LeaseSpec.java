package io.myelin.core.state;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Scope;
import io.myelin.core.path.Weights;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a tenant asks for.
 *
 * @param bandwidthBps bits per second of Ethernet frames
 * @param weights of {@link Objective#BALANCED}
 * @param protection what a backup path must not have in common with the path; empty: no backup
 * @param startTimeMs milliseconds since 1970, {@link #AT_ONCE} for none
 * @param expireTimeMs milliseconds since 1970, {@link #NEVER} for none
 */
public record LeaseSpec(
    EndpointId source,
    EndpointId destination,
    TrafficSelector traffic,
    long bandwidthBps,
    Objective objective,
    Weights weights,
    Constraints constraints,
    Apart apart,
    Set<Scope> protection,
    long startTimeMs,
    long expireTimeMs) {

  public static final long AT_ONCE = 0;
  public static final long NEVER = TimeWindow.FOREVER;

  /** 1 Pb/s: beyond any cable; keeps sums of many leases far from overflow. */
  public static final long MAX_BANDWIDTH_BPS = 1_000_000_000_000_000L;

  public LeaseSpec {
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    scopes.addAll(protection);
    protection = Collections.unmodifiableSet(scopes);
    Invalid.unless(
        bandwidthBps > 0 && bandwidthBps <= MAX_BANDWIDTH_BPS,
        "bandwidth_bps",
        bandwidthBps + " is not allowed; allowed: 1 to " + MAX_BANDWIDTH_BPS);
    Invalid.unless(
        !source.equals(destination), "destination", "'" + destination + "' is the source as well");
    Invalid.unless(startTimeMs >= 0, "start_time", "is before 1970");
    Invalid.unless(expireTimeMs > startTimeMs, "expire_time", "is not behind start_time");
  }

  /** Without constraints, and at once. */
  public LeaseSpec(
      EndpointId source,
      EndpointId destination,
      TrafficSelector traffic,
      long bandwidthBps,
      Objective objective,
      long expireTimeMs) {
    this(
        source,
        destination,
        traffic,
        bandwidthBps,
        objective,
        Weights.DEFAULT,
        Constraints.FREE,
        Apart.FROM_NOBODY,
        Set.of(),
        AT_ONCE,
        expireTimeMs);
  }

  /** What it is for, when it is asked for at {@code createTimeMs}. */
  public TimeWindow window(long createTimeMs) {
    long start = Math.max(startTimeMs, createTimeMs);
    return new TimeWindow(start, Math.max(start + 1, expireTimeMs));
  }

  public LeaseSpec withBandwidthBps(long bps) {
    return new LeaseSpec(
        source,
        destination,
        traffic,
        bps,
        objective,
        weights,
        constraints,
        apart,
        protection,
        startTimeMs,
        expireTimeMs);
  }

  public LeaseSpec withObjective(Objective o, Weights w) {
    return new LeaseSpec(
        source,
        destination,
        traffic,
        bandwidthBps,
        o,
        w,
        constraints,
        apart,
        protection,
        startTimeMs,
        expireTimeMs);
  }

  public LeaseSpec withConstraints(Constraints c, Apart a) {
    return new LeaseSpec(
        source,
        destination,
        traffic,
        bandwidthBps,
        objective,
        weights,
        c,
        a,
        protection,
        startTimeMs,
        expireTimeMs);
  }

  public LeaseSpec withProtection(Set<Scope> scopes) {
    return new LeaseSpec(
        source,
        destination,
        traffic,
        bandwidthBps,
        objective,
        weights,
        constraints,
        apart,
        scopes,
        startTimeMs,
        expireTimeMs);
  }

  public LeaseSpec withTimes(long startMs, long expireMs) {
    return new LeaseSpec(
        source,
        destination,
        traffic,
        bandwidthBps,
        objective,
        weights,
        constraints,
        apart,
        protection,
        startMs,
        expireMs);
  }
}
