package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TimeWindow;

/**
 * What leases have of a link.
 *
 * @param heldBps of leases whose entries are, or may be, in the switches, bits per second
 * @param booked of leases that live, over the time for which they are granted
 * @param backups what is set aside for leases whose own path breaks
 * @param leases that hold or book something here
 */
public record LinkBookings(
    long heldBps, Calendar booked, Backups backups, PersistentMap<LeaseName, Boolean> leases) {
  static final LinkBookings NONE =
      new LinkBookings(0, Calendar.EMPTY, Backups.NONE, PersistentMap.empty());

  /** The most that is booked at any moment of a window, with what is set aside. */
  public long takenBps(TimeWindow w) {
    return booked.peakBps(w) + backups.neededBps(w);
  }
}
