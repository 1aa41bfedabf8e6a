package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TimeWindow;
import java.util.List;

/**
 * What changes about a link.
 *
 * @param health what discovery says of it
 * @param bookings what leases have of it
 * @param drained whether an operator wants it empty
 * @param slowed whether its lowest classes are marked earlier
 */
public record LinkState(LinkHealth health, LinkBookings bookings, boolean drained, boolean slowed) {

  /** Of a link of which nothing is known. */
  public static final LinkState INITIAL =
      new LinkState(LinkHealth.UNKNOWN, LinkBookings.NONE, false, false);

  /** Of a link that was added while the fabric runs: not to be used before it was seen. */
  static final LinkState UNSEEN = new LinkState(LinkHealth.UNSEEN, LinkBookings.NONE, false, false);

  /** Whether nothing was ever said or booked of it. */
  public boolean isInitial() {
    return !observed() && up() && heldBps() == 0 && leases().isEmpty() && !drained && !slowed;
  }

  LinkState observed(boolean isUp, long latencyNs, long failedMs) {
    return new LinkState(health.observed(isUp, latencyNs, failedMs), bookings, drained, slowed);
  }

  LinkState drained(boolean now) {
    return new LinkState(health, bookings, now, slowed);
  }

  LinkState slowed(boolean now) {
    return new LinkState(health, bookings, drained, now);
  }

  LinkState with(long held, Calendar book, Backups spare, PersistentMap<LeaseName, Boolean> users) {
    return new LinkState(health, new LinkBookings(held, book, spare, users), drained, slowed);
  }

  public boolean observed() {
    return health.observed();
  }

  public boolean up() {
    return health.up();
  }

  /** Nanoseconds, or {@link Command.ObserveLink#UNKNOWN}. */
  public long measuredLatencyNs() {
    return health.measuredLatencyNs();
  }

  /** When it last went down, oldest first. */
  public List<Long> failuresMs() {
    return health.failuresMs();
  }

  /** Bits per second of leases whose entries are, or may be, in the switches. */
  public long heldBps() {
    return bookings.heldBps();
  }

  public Calendar booked() {
    return bookings.booked();
  }

  public Backups backups() {
    return bookings.backups();
  }

  public PersistentMap<LeaseName, Boolean> leases() {
    return bookings.leases();
  }

  /** The most that is booked at any moment of a window, with what is set aside. */
  public long takenBps(TimeWindow w) {
    return bookings.takenBps(w);
  }
}
