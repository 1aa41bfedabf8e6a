package io.myelin.core.state;

import io.myelin.core.path.Path;

/**
 * A lease as the state holds it.
 *
 * @param endsAs what RELEASING ends in: RELEASED, EXPIRED or FAILED
 * @param generation counts the changes of what the switches must hold; an acknowledgement of an
 *     older generation says nothing about this one
 * @param revision of the last change of any kind; the etag
 * @param reason why it is in this state, for people; empty when it is as asked
 */
public record Lease(
    LeaseName name,
    LeaseSpec spec,
    LeaseState state,
    LeaseState endsAs,
    Path path,
    String reason,
    long generation,
    long revision,
    long createTimeMs,
    long updateTimeMs) {

  /** See DESIGN: states of a lease. */
  public enum LeaseState {
    PROVISIONING,
    ACTIVE,
    DEGRADED,
    RELEASING,
    RELEASED,
    EXPIRED,
    FAILED;

    /**
     * Whether the switches should steer its packets. Those of a degraded lease go by WCMP: better
     * than into the hole that its path has become.
     */
    public boolean steers() {
      return this == PROVISIONING || this == ACTIVE;
    }

    /** Whether it lives: holds bandwidth, and steering entries while it has a working path. */
    public boolean holds() {
      return switch (this) {
        case PROVISIONING, ACTIVE, DEGRADED -> true;
        case RELEASING, RELEASED, EXPIRED, FAILED -> false;
      };
    }

    /** Whether it still occupies its bandwidth: until its entries are gone from the switches. */
    public boolean reserves() {
      return holds() || this == RELEASING;
    }
  }

  /** This lease as it was while it held its entries: to know which must be gone. */
  public Lease asHeld() {
    return new Lease(
        name,
        spec,
        LeaseState.ACTIVE,
        endsAs,
        path,
        reason,
        generation,
        revision,
        createTimeMs,
        updateTimeMs);
  }

  Lease in(LeaseState s, String why, long rev, long timeMs) {
    return new Lease(name, spec, s, endsAs, path, why, generation, rev, createTimeMs, timeMs);
  }

  Lease releasing(LeaseState end, String why, long rev, long timeMs) {
    return new Lease(
        name,
        spec,
        LeaseState.RELEASING,
        end,
        path,
        why,
        generation + 1,
        rev,
        createTimeMs,
        timeMs);
  }

  Lease on(LeaseSpec sp, Path p, LeaseState s, String why, long rev, long timeMs) {
    return new Lease(name, sp, s, endsAs, p, why, generation + 1, rev, createTimeMs, timeMs);
  }
}
