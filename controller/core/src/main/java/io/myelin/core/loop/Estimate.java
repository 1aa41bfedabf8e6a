package io.myelin.core.loop;

/**
 * What is known of a link now.
 *
 * @param utilisation share of capacity; at least 1 while a queue is above its threshold
 * @param queueingNs what a packet of RoCE without a lease waits
 * @param leasedQueueingNs what a packet of a lease waits
 * @param loss share of packets that were meant for the link and not sent
 * @param marked share of packets that were marked CE here
 * @param confidence 1: as fresh as it gets; towards 0: old
 * @param ageMs of the newest thing heard
 */
public record Estimate(
    double utilisation,
    long queueingNs,
    long leasedQueueingNs,
    double loss,
    double marked,
    double confidence,
    long ageMs) {
  /** Nothing was ever heard. */
  public static final Estimate UNKNOWN = new Estimate(0, 0, 0, 0, 0, 0, Long.MAX_VALUE);

  public boolean isUnknown() {
    return ageMs == Long.MAX_VALUE;
  }
}
