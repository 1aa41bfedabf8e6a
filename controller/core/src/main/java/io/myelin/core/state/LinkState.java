package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TimeWindow;
import java.util.ArrayList;
import java.util.List;

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
 * @param failuresMs when it last went down while it was in use, oldest first; at most {@link
 *     #FAILURES}: what damping needs to know, whoever leads
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
    boolean slowed,
    List<Long> failuresMs) {

  /** Failures that are remembered: with more, damping comes to the same. */
  public static final int FAILURES = 8;

  public LinkState {
    // States that were written before format 5 have none.
    failuresMs = failuresMs == null ? List.of() : List.copyOf(failuresMs);
  }

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
          false,
          List.of());

  /** Of a link that was added while the fabric runs: not to be used before it was seen. */
  static final LinkState UNSEEN = INITIAL.up(false);

  /** Whether nothing was ever said or booked of it. */
  public boolean isInitial() {
    return !observed && up && heldBps == 0 && leases.isEmpty() && !drained && !slowed;
  }

  private LinkState up(boolean now) {
    return new LinkState(
        observed,
        now,
        measuredLatencyNs,
        heldBps,
        booked,
        backups,
        leases,
        drained,
        slowed,
        failuresMs);
  }

  /**
   * @param failedMs when it failed, if that is to be remembered; 0: it is not
   */
  LinkState observed(boolean isUp, long latencyNs, long failedMs) {
    return new LinkState(
        true,
        isUp,
        latencyNs,
        heldBps,
        booked,
        backups,
        leases,
        drained,
        slowed,
        up && !isUp && failedMs > 0 ? failedAt(failedMs) : failuresMs);
  }

  private List<Long> failedAt(long failedMs) {
    List<Long> all = new ArrayList<>(failuresMs);
    all.add(failedMs);
    return all.subList(Math.max(0, all.size() - FAILURES), all.size());
  }

  LinkState drained(boolean now) {
    return new LinkState(
        observed, up, measuredLatencyNs, heldBps, booked, backups, leases, now, slowed, failuresMs);
  }

  LinkState slowed(boolean now) {
    return new LinkState(
        observed,
        up,
        measuredLatencyNs,
        heldBps,
        booked,
        backups,
        leases,
        drained,
        now,
        failuresMs);
  }

  /** The most that is booked at any moment of a window, with what is set aside. */
  public long takenBps(TimeWindow w) {
    return booked.peakBps(w) + backups.neededBps(w);
  }

  LinkState with(long held, Calendar book, Backups spare, PersistentMap<LeaseName, Boolean> users) {
    return new LinkState(
        observed, up, measuredLatencyNs, held, book, spare, users, drained, slowed, failuresMs);
  }
}
