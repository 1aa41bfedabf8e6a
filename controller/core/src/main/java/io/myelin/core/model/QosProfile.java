package io.myelin.core.model;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How queues mark, when they tell the controller, and which DSCP goes to which queue.
 *
 * <p>RED thresholds are given for one port speed and scale with the port's. Switches count packets,
 * so bytes become packets of one size.
 *
 * @param kMinBytes below this depth nothing is marked, at {@code referenceBps}
 * @param kMaxBytes above this depth everything is marked, at {@code referenceBps}
 * @param pMaxPpm probability of a mark at {@code kMaxBytes}, millionths
 * @param referenceBps port speed that the depths are for, bits per second
 * @param packetBytes size of a data packet on the wire
 * @param holdoffUs least time between two congestion events of a port, microseconds
 * @param dscpQueues queues, 0 to 6, of traffic other than RoCE by its DSCP; the rest is best effort
 */
public record QosProfile(
    long kMinBytes,
    long kMaxBytes,
    int pMaxPpm,
    long referenceBps,
    int packetBytes,
    long holdoffUs,
    Map<Integer, Integer> dscpQueues) {

  /**
   * 100 KB, 400 KB and 0.2 at 100 Gb/s; packets of RoCE's most common path MTU, 1,024 bytes, with
   * their headers; an event a millisecond and port.
   */
  public static final QosProfile DEFAULT =
      new QosProfile(100_000, 400_000, 200_000, 100_000_000_000L, 1_090, 1_000, Map.of());

  /** A queue this short is a burst, not congestion, however slow the port. */
  private static final long MIN_K_MIN_PACKETS = 4;

  private static final int SLOWED = 4;

  /** What a switch's depth field holds. */
  private static final long MAX_DEPTH = (1 << 19) - 1;

  public QosProfile {
    Invalid.unless(kMinBytes > 0, "kMin", kMinBytes + " bytes is not allowed; above 0");
    Invalid.unless(
        kMaxBytes > kMinBytes,
        "kMax",
        kMaxBytes + " bytes is not allowed; above kMin, " + kMinBytes);
    Invalid.unless(
        pMaxPpm > 0 && pMaxPpm <= 1_000_000,
        "pMax",
        pMaxPpm / 1e6 + " is not allowed; above 0, up to 1");
    Invalid.unless(referenceBps > 0, "at", referenceBps + " is not allowed; it must be positive");
    Invalid.unless(
        packetBytes >= 64 && packetBytes <= 65_535,
        "packetBytes",
        packetBytes + " is not allowed; 64 to 65535");
    Invalid.unless(
        holdoffUs >= 0 && holdoffUs <= 60_000_000L,
        "holdoff",
        holdoffUs + " us is not allowed; 0 to 60s");
    SortedMap<Integer, Integer> sorted = new TreeMap<>(dscpQueues);
    sorted.forEach(
        (dscp, queue) -> {
          Invalid.unless(
              dscp >= 0 && dscp < 64, "dscpQueues", "DSCP " + dscp + " is not within 0 to 63");
          Invalid.unless(
              queue >= 0 && queue < 7,
              "dscpQueues",
              "queue " + queue + " of DSCP " + dscp + " is not within 0 to 6 (7: control)");
        });
    dscpQueues = java.util.Collections.unmodifiableSortedMap(sorted);
  }

  /**
   * Thresholds of a port, in packets.
   *
   * @param slope probability of a mark per packet of depth above {@code kMin}, in 2^-20
   * @param quantum depth must move so far before the controller hears again
   */
  public record Thresholds(long kMin, long kMax, long slope, long quantum) {}

  /** Thresholds of a port of this speed. */
  public Thresholds at(long portBps) {
    long kMin = packets(kMinBytes, portBps);
    long kMax = packets(kMaxBytes, portBps);
    if (kMin < MIN_K_MIN_PACKETS) { // too slow for its share: keeps the ratio
      kMin = MIN_K_MIN_PACKETS;
      kMax = Math.max(kMax, Math.round(kMin * (double) kMaxBytes / kMinBytes));
    }
    kMin = Math.min(kMin, MAX_DEPTH - 1);
    kMax = Math.max(kMin + 1, Math.min(kMax, MAX_DEPTH));
    long slope = Math.max(1, Math.round(pMaxPpm * 1.048576 / (kMax - kMin)));
    return new Thresholds(kMin, kMax, slope, kMin);
  }

  /**
   * For classes that are to yield on a port: marked from a quarter of the depth on, and all of it
   * from a quarter of the depth at which all would be marked.
   */
  public QosProfile slowed() {
    long kMin = Math.max(1, kMinBytes / SLOWED);
    return new QosProfile(
        kMin,
        Math.max(kMin + 1, kMaxBytes / SLOWED),
        1_000_000,
        referenceBps,
        packetBytes,
        holdoffUs,
        dscpQueues);
  }

  private long packets(long bytes, long portBps) {
    return Math.round((double) bytes * portBps / referenceBps / packetBytes);
  }
}
