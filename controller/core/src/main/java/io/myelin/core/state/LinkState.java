package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TimeWindow;

/**
 * What changes about a link.
 *
 * @param observed whether discovery ever spoke of it; a link nobody spoke of counts as up
 * @param measuredLatencyNs or {@link Command.ObserveLink#UNKNOWN}
 * @param heldBps of leases whose entries are, or may be, in the switches
 * @param booked of leases that live, over the time for which they are granted
 * @param backups what is set aside for leases whose own path breaks
 * @param leases that hold or book something here
 * @param drained whether an operator wants it empty
 * @param slowed whether its lowest classes are marked earlier
 */
public record LinkState(
    boolean observed,
    boolean up,
    long measuredLatencyNs,
    long heldBps,
    Calendar booked,
    Backups backups,
    PersistentMap<LeaseName, Boolean> leases,
    boolean drained,
    boolean slowed) {

  /** Of a link of which nothing is known. */
  public static final LinkState INITIAL =
      new LinkState(
          false,
          true,
          Command.ObserveLink.UNKNOWN,
          0,
          Calendar.EMPTY,
          Backups.NONE,
          PersistentMap.empty(),
          false,
          false);

  /** Whether nothing was ever said or booked of it. */
  public boolean isInitial() {
    return !observed && heldBps == 0 && leases.isEmpty() && !drained && !slowed;
  }

  LinkState observed(boolean isUp, long latencyNs) {
    return new LinkState(true, isUp, latencyNs, heldBps, booked, backups, leases, drained, slowed);
  }

  LinkState drained(boolean now) {
    return new LinkState(
        observed, up, measuredLatencyNs, heldBps, booked, backups, leases, now, slowed);
  }

  LinkState slowed(boolean now) {
    return new LinkState(
        observed, up, measuredLatencyNs, heldBps, booked, backups, leases, drained, now);
  }

  /** The most that is booked at any moment of a window, with what is set aside. */
  public long takenBps(TimeWindow w) {
    return booked.peakBps(w) + backups.neededBps(w);
  }

  LinkState with(long held, Calendar book, Backups spare, PersistentMap<LeaseName, Boolean> users) {
    return new LinkState(
        observed, up, measuredLatencyNs, held, book, spare, users, drained, slowed);
  }
}
