package io.myelin.core.model;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Largest packets, in bytes behind the Ethernet header; 0 is not known. */
public final class Mtu {
  /** Of Ethernet, where nobody says another (IEEE 802.3 §3.2.7). */
  public static final int ETHERNET_BYTES = 1_500;

  /** 4 bytes each (RFC 3032 §2.1). */
  public static final int LABEL_BYTES = 4;

  /** What p4/myelin.p4 adds to a host's packet at most. */
  public static final int LABELS_BYTES = LABEL_BYTES * Device.MYELIN_MAX_LABELS;

  private static final int LEAST_BYTES = 576;
  private static final int MOST_BYTES = 65_535;

  private Mtu() {}

  static void require(int bytes) {
    Invalid.unless(
        bytes == 0 || (bytes >= LEAST_BYTES && bytes <= MOST_BYTES),
        "mtu",
        bytes + " bytes are not allowed; allowed: " + LEAST_BYTES + " to " + MOST_BYTES);
  }

  /**
   * Cables that do not carry what hosts send once it bears labels, and why, by the link. Where no
   * host says what it sends, it is what Ethernet allows; of cables without an MTU nothing is known.
   */
  public static SortedMap<LinkId, String> tooSmall(Inventory inventory) {
    int most = 0;
    String who = "hosts send up to " + ETHERNET_BYTES + " unless the inventory says otherwise";
    for (Map.Entry<EndpointId, Endpoint> e : inventory.endpoints()) {
      if (e.getValue().mtuBytes() > most) {
        most = e.getValue().mtuBytes();
        who = e.getKey() + " sends up to " + most;
      }
    }
    int needed = (most == 0 ? ETHERNET_BYTES : most) + LABELS_BYTES;
    SortedMap<LinkId, String> all = new TreeMap<>();
    for (Map.Entry<LinkId, Link> e : inventory.links()) {
      int mtu = e.getValue().facts().mtuBytes();
      if (mtu > 0 && mtu < needed) {
        all.put(
            e.getKey(),
            e.getKey()
                + " carries packets of "
                + mtu
                + " bytes; "
                + who
                + ", and labels add up to "
                + LABELS_BYTES
                + ": "
                + needed
                + " are needed");
      }
    }
    return all;
  }
}
