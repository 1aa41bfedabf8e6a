package io.myelin.core.port;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import java.util.Collections;
import java.util.SortedMap;

/** How the devices are, for those who only look. Thread-safe. */
public interface DeviceStatus {

  /** Where a device's synchronisation stands. */
  enum Phase {
    /** No session, or not primary. */
    DISCONNECTED,
    /** Tables are being read or written. */
    SYNCING,
    /** Tables are as they should be. */
    READY,
    /** The device refuses entries that it must hold. */
    FAILED
  }

  /**
   * A device at one moment.
   *
   * @param reason for people; empty when READY
   * @param entries acknowledged table entries
   */
  record Status(Phase phase, String reason, int entries) {
    public static final Status UNKNOWN = new Status(Phase.DISCONNECTED, "not connected yet", 0);
  }

  Status of(DeviceId device);

  /** Frames of a device that were rejected since this member leads, by why. */
  default SortedMap<Rejection, Long> rejected(DeviceId device) {
    return Collections.emptySortedMap();
  }

  /**
   * Entries that a device was found to lack, or to have too many of, after it had held all it
   * should: since this member leads.
   */
  default long repaired(DeviceId device) {
    return 0;
  }

  /** Discovery frames that did not come although both ends were there, since this member leads. */
  default long missedFrames() {
    return 0;
  }

  /** Links whose cable goes elsewhere, as discovery sees it; by the link, where it leads. */
  default SortedMap<LinkId, LinkId> miscabled() {
    return Collections.emptySortedMap();
  }

  /** Whether leases may be placed on it: it has held all it should since it was connected. */
  default boolean usable(DeviceId device) {
    return of(device).phase() == Phase.READY;
  }

  /** Whether it holds, this moment, all it should; to be asked on the control thread. */
  default boolean settled(DeviceId device) {
    return of(device).phase() == Phase.READY;
  }

  /** Whether switches were told what a cable needs; to be asked on the control thread. */
  default boolean expects(LinkId link) {
    return true;
  }

  /** Calls back after any device's phase changed; the callback returns at once. */
  void onChange(Runnable callback);
}
