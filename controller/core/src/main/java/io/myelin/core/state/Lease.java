package io.myelin.core.state;

import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Path;
import org.jspecify.annotations.Nullable;

/**
 * A lease as the state holds it.
 *
 * @param endsAs what RELEASING ends in: RELEASED, EXPIRED or FAILED
 * @param generation counts the changes of what the switches must hold; an acknowledgement of an
 *     older generation says nothing about this one
 * @param revision of the last change of any kind; the etag
 * @param reason why it is in this state, for people; empty when it is as asked
 * @param heldBps bits per second that it occupies for as long as its entries may be in the
 *     switches: its bandwidth, or nothing once others of its job were given that
 * @param job that it is a part of, and with which it changes and ends; null: none
 */
public record Lease(
    LeaseName name,
    LeaseSpec spec,
    LeaseState state,
    LeaseState endsAs,
    Route route,
    String reason,
    long generation,
    long revision,
    long createTimeMs,
    long updateTimeMs,
    long heldBps,
    @Nullable JobName job) {

  /** See DESIGN: states of a lease. */
  public enum LeaseState {
    /** Booked for later; the switches know nothing of it yet. */
    SCHEDULED,
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

    /** Whether it is granted: it may be changed, moved and released. */
    public boolean lives() {
      return switch (this) {
        case SCHEDULED, PROVISIONING, ACTIVE, DEGRADED -> true;
        case RELEASING, RELEASED, EXPIRED, FAILED -> false;
      };
    }

    /** Whether it occupies its bandwidth now: until its entries are gone from the switches. */
    public boolean occupies() {
      return switch (this) {
        case PROVISIONING, ACTIVE, DEGRADED, RELEASING -> true;
        case SCHEDULED, RELEASED, EXPIRED, FAILED -> false;
      };
    }

    /** Whether nothing will happen to it any more. */
    public boolean ended() {
      return !lives() && !occupies();
    }
  }

  /** The way its packets take. */
  public Path path() {
    return route.path();
  }

  /** The way that they take when the first one breaks; null: none is set aside. */
  public @Nullable Path backup() {
    return route.backup();
  }

  /** Whether it asks for a backup and has none. */
  public boolean unprotected() {
    return state.lives() && !spec.terms().protection().isEmpty() && backup() == null;
  }

  /** On the same path, with other terms or another backup: nothing for the switches to follow. */
  Lease staying(LeaseSpec sp, Route r, long rev, long timeMs) {
    return new Lease(
        name,
        sp,
        state,
        endsAs,
        r,
        reason,
        generation,
        rev,
        createTimeMs,
        timeMs,
        sp.bandwidthBps(),
        job);
  }

  /** The time it is granted for. */
  public TimeWindow window() {
    return spec.window(createTimeMs);
  }

  /** This lease as it was while it held its entries: to know which must be gone. */
  public Lease asHeld() {
    return new Lease(
        name,
        spec,
        LeaseState.ACTIVE,
        endsAs,
        route,
        reason,
        generation,
        revision,
        createTimeMs,
        updateTimeMs,
        heldBps,
        job);
  }

  Lease in(LeaseState s, String why, long rev, long timeMs) {
    return new Lease(
        name, spec, s, endsAs, route, why, generation, rev, createTimeMs, timeMs, heldBps, job);
  }

  /** The same under another name, and perhaps of a job of another name. */
  Lease called(LeaseName other, @Nullable JobName ofJob) {
    return new Lease(
        other,
        spec,
        state,
        endsAs,
        route,
        reason,
        generation,
        revision,
        createTimeMs,
        updateTimeMs,
        heldBps,
        ofJob);
  }

  /** On its way to its end, which it reaches at once if the switches know nothing of it. */
  Lease releasing(LeaseState end, String why, long rev, long timeMs) {
    return new Lease(
        name,
        spec,
        state.occupies() ? LeaseState.RELEASING : end,
        end,
        route,
        why,
        generation + 1,
        rev,
        createTimeMs,
        timeMs,
        heldBps,
        job);
  }

  /** Stands before what a switch said when it refused to remove a lease's entries. */
  private static final String STILL_BOOKED = "still booked: ";

  /** The same, with what a switch said when it refused to remove its entries. */
  Lease removalRefused(String why, long rev, long timeMs) {
    String end = endReason();
    return in(state, (end.isEmpty() ? "" : end + "; ") + STILL_BOOKED + why, rev, timeMs);
  }

  /** Why it ends, without what is in the way of that. */
  String endReason() {
    int at = reason.indexOf(STILL_BOOKED);
    return at < 0 ? reason : at == 0 ? "" : reason.substring(0, at - "; ".length());
  }

  /** The same, its room given to others of its job: what is in the switches is only in passing. */
  Lease ceding() {
    return new Lease(
        name,
        spec,
        state,
        endsAs,
        route,
        reason,
        generation,
        revision,
        createTimeMs,
        updateTimeMs,
        0,
        job);
  }

  /** On other terms; what the switches hold of it, if anything, must follow. */
  Lease on(LeaseSpec sp, Route r, String why, long rev, long timeMs) {
    LeaseState s = state == LeaseState.SCHEDULED ? state : LeaseState.PROVISIONING;
    return new Lease(
        name,
        sp,
        s,
        endsAs,
        r,
        why,
        generation + 1,
        rev,
        createTimeMs,
        timeMs,
        sp.bandwidthBps(),
        job);
  }
}
