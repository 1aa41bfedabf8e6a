package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Path;
import org.jspecify.annotations.Nullable;

/**
 * A lease as the state holds it.
 *
 * @param endsAs what RELEASING ends in: RELEASED, EXPIRED or FAILED
 * @param reason why it is in this state, for people; empty when it is as asked
 * @param version which of its versions this is
 * @param share how much it has
 * @param job that it is a part of, and with which it changes and ends; null: none
 */
public record Lease(
    LeaseName name,
    LeaseSpec spec,
    LeaseState state,
    LeaseState endsAs,
    Route route,
    String reason,
    LeaseVersion version,
    LeaseShare share,
    @Nullable JobName job) {

  public Lease {
    long shortBps = share.shortBps();
    long extraBps = share.extraBps();
    Invalid.unless(
        shortBps >= 0 && shortBps < spec.bandwidthBps(),
        "shortBps",
        shortBps + " of " + spec.bandwidthBps() + " is not allowed");
    Invalid.unless(
        extraBps == 0 || (extraBps > 0 && shortBps == 0 && extraBps <= spec.burstRoomBps()),
        "extraBps",
        extraBps + " is not allowed; allowed: up to " + spec.burstRoomBps() + " where it is whole");
  }

  /** See DESIGN: states of a lease. */
  public enum LeaseState {
    /** Booked for later; the switches know nothing of it yet. */
    SCHEDULED,
    PROVISIONING,
    ACTIVE,
    /** On a path, with less than it asks for: its share of what a failure left. */
    REDUCED,
    /** Without a path. */
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
      return this == PROVISIONING || this == ACTIVE || this == REDUCED;
    }

    /** Whether it is granted: it may be changed, moved and released. */
    public boolean lives() {
      return switch (this) {
        case SCHEDULED, PROVISIONING, ACTIVE, REDUCED, DEGRADED -> true;
        case RELEASING, RELEASED, EXPIRED, FAILED -> false;
      };
    }

    /** Whether it occupies its bandwidth now: until its entries are gone from the switches. */
    public boolean occupies() {
      return switch (this) {
        case PROVISIONING, ACTIVE, REDUCED, DEGRADED, RELEASING -> true;
        case SCHEDULED, RELEASED, EXPIRED, FAILED -> false;
      };
    }

    /** Whether nothing will happen to it any more. */
    public boolean ended() {
      return !lives() && !occupies();
    }
  }

  /** Counts the changes of what the switches must hold. */
  public long generation() {
    return version.generation();
  }

  /** Of the last change of any kind; the etag. */
  public long revision() {
    return version.revision();
  }

  public long createTimeMs() {
    return version.createTimeMs();
  }

  public long updateTimeMs() {
    return version.updateTimeMs();
  }

  /** Bits per second that it occupies for as long as its entries may be in the switches. */
  public long heldBps() {
    return share.heldBps();
  }

  /** Bits per second by which its share is less than what it asks for; 0: it is whole. */
  public long shortBps() {
    return share.shortBps();
  }

  /** Bits per second that it is given above what it asks for, up to its burst. */
  public long extraBps() {
    return share.extraBps();
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
    if (extraBps() > sp.burstRoomBps()) {
      return bursting(sp.burstRoomBps(), timeMs).staying(sp, r, rev, timeMs);
    }
    return new Lease(name, sp, state, endsAs, r, reason, version.changed(rev, timeMs), share, job);
  }

  /** Bits per second that are booked for it: what it asks for, or its share of that. */
  public long bookedBps() {
    return spec.bandwidthBps() - shortBps();
  }

  /** Bits per second that its packets may have now, in the queue of leases; 0: none. */
  public long grantedBps() {
    return state.lives() && state != LeaseState.DEGRADED ? bookedBps() + extraBps() : 0;
  }

  /** Whether a switch has yet to say that it holds what it is to hold of this lease. */
  public boolean awaitsSwitch() {
    return state == LeaseState.PROVISIONING
        || (state == LeaseState.ACTIVE && heldBps() > grantedBps());
  }

  /** Whether it may be given more than it asks for, in as far as there is room. */
  public boolean elastic() {
    return state == LeaseState.ACTIVE && shortBps() == 0 && spec.burstRoomBps() > 0;
  }

  /** The time it is granted for. */
  public TimeWindow window() {
    return spec.window(createTimeMs());
  }

  /** This lease as it was while it held its entries: to know which must be gone. */
  public Lease asHeld() {
    return new Lease(name, spec, LeaseState.ACTIVE, endsAs, route, reason, version, share, job);
  }

  Lease in(LeaseState s, String why, long rev, long timeMs) {
    return new Lease(
        name,
        spec,
        s,
        endsAs,
        route,
        why,
        version.changed(rev, timeMs),
        new LeaseShare(heldBps(), shortBps(), s == LeaseState.ACTIVE ? extraBps() : 0),
        job);
  }

  /** The same under another name, and perhaps of a job of another name. */
  Lease called(LeaseName other, @Nullable JobName ofJob) {
    return new Lease(other, spec, state, endsAs, route, reason, version, share, ofJob);
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
        version.next(rev, timeMs),
        share,
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
    return holding(0);
  }

  /**
   * The same, holding what it held before it changed, until the switches acknowledge that it has
   * less; where it goes another way, that is one step in the switch.
   */
  Lease holdingAs(Lease before) {
    boolean stays = before.path().equals(path()) && before.state().steers();
    return stays && before.heldBps() > heldBps() ? holding(before.heldBps()) : this;
  }

  /** The same, holding so many bits per second. */
  Lease holding(long bps) {
    return new Lease(
        name,
        spec,
        state,
        endsAs,
        route,
        reason,
        version,
        new LeaseShare(bps, shortBps(), extraBps()),
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
        version.next(rev, timeMs),
        LeaseShare.whole(sp.bandwidthBps()),
        job);
  }

  /**
   * With a share of what it asks for, or all of it. On the same path it holds what it held until
   * the switches acknowledge the change: others grow only then.
   */
  Lease sharing(Route r, long grantedBps, String why, long rev, long timeMs) {
    boolean stays = r.path().equals(path()) && state.steers();
    return new Lease(
        name,
        spec,
        LeaseState.PROVISIONING,
        endsAs,
        r,
        why,
        version.next(rev, timeMs),
        new LeaseShare(
            stays ? Math.max(heldBps(), grantedBps) : grantedBps,
            spec.bandwidthBps() - grantedBps,
            0),
        job);
  }

  /**
   * With another part of its burst; what it gives back it holds until the switches acknowledge
   * that. Nobody asked for it: its etag stays.
   */
  Lease bursting(long bps, long timeMs) {
    return new Lease(
        name,
        spec,
        state,
        endsAs,
        route,
        reason,
        version.next(revision(), timeMs),
        new LeaseShare(Math.max(heldBps(), bookedBps() + bps), shortBps(), bps),
        job);
  }

  /** The switches hold what it asks them for. */
  Lease acknowledged(long rev, long timeMs) {
    boolean whole = shortBps() == 0;
    return new Lease(
        name,
        spec,
        whole ? LeaseState.ACTIVE : LeaseState.REDUCED,
        endsAs,
        route,
        whole ? "" : reason,
        // A burst nobody asked for.
        version.changed(state == LeaseState.ACTIVE ? revision() : rev, timeMs),
        new LeaseShare(bookedBps() + extraBps(), shortBps(), extraBps()),
        job);
  }
}
