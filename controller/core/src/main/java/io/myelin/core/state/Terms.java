package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.path.Constraints;
import io.myelin.core.path.Objective;
import io.myelin.core.path.Scope;
import io.myelin.core.path.Weights;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a lease asks of its path.
 *
 * @param weights of {@link Objective#BALANCED}
 * @param protection what a backup path must not have in common with the path; empty: no backup
 * @param degradation what becomes of it when a failure leaves too little room
 * @param burstBps bits per second that it may have while there is room; 0: no more than its
 *     bandwidth
 */
public record Terms(
    Objective objective,
    Weights weights,
    Constraints constraints,
    SeparatedLeases apart,
    Set<Scope> protection,
    Degradation degradation,
    long burstBps) {

  public Terms {
    degradation = degradation == null ? Degradation.DEFAULT : degradation; // of older versions
    EnumSet<Scope> scopes = EnumSet.noneOf(Scope.class);
    scopes.addAll(protection);
    protection = Collections.unmodifiableSet(scopes);
  }

  /** Shares what is left, if need be. */
  public Terms(
      Objective objective,
      Weights weights,
      Constraints constraints,
      SeparatedLeases apart,
      Set<Scope> protection) {
    this(objective, weights, constraints, apart, protection, Degradation.DEFAULT, 0);
  }

  /** Nothing but an objective. */
  public static Terms of(Objective objective) {
    return new Terms(
        objective,
        Weights.DEFAULT,
        Constraints.FREE,
        SeparatedLeases.FROM_NOBODY,
        Set.of(),
        Degradation.DEFAULT,
        0);
  }

  public Terms with(Objective o) {
    return new Terms(o, weights, constraints, apart, protection, degradation, burstBps);
  }

  public Terms with(Weights w) {
    return new Terms(objective, w, constraints, apart, protection, degradation, burstBps);
  }

  public Terms with(Constraints c) {
    return new Terms(objective, weights, c, apart, protection, degradation, burstBps);
  }

  public Terms with(SeparatedLeases a) {
    return new Terms(objective, weights, constraints, a, protection, degradation, burstBps);
  }

  public Terms withProtection(Set<Scope> scopes) {
    return new Terms(objective, weights, constraints, apart, scopes, degradation, burstBps);
  }

  public Terms with(Degradation d) {
    return new Terms(objective, weights, constraints, apart, protection, d, burstBps);
  }

  public Terms withBurstBps(long bps) {
    return new Terms(objective, weights, constraints, apart, protection, degradation, bps);
  }

  /**
   * Refuses a minimum above a bandwidth, and a burst below it.
   *
   * @param bandwidthBps what is asked for on these terms
   */
  void requireToFit(long bandwidthBps) {
    long minBps = degradation.minBps();
    Invalid.unless(
        minBps <= bandwidthBps,
        "min_bandwidth_bps",
        minBps + " is not allowed; allowed: up to bandwidth_bps, " + bandwidthBps);
    Invalid.unless(
        burstBps == 0 || (burstBps >= bandwidthBps && burstBps <= LeaseSpec.MAX_BANDWIDTH_BPS),
        "burst_bandwidth_bps",
        burstBps
            + " is not allowed; allowed: 0, or bandwidth_bps, "
            + bandwidthBps
            + ", to "
            + LeaseSpec.MAX_BANDWIDTH_BPS);
  }
}
