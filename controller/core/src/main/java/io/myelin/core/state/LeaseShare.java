package io.myelin.core.state;

/**
 * How much a lease has, bits per second.
 *
 * @param heldBps that it occupies for as long as its entries may be in the switches: what it books,
 *     more until the switches acknowledged that it has less, or nothing once others of its job were
 *     given that
 * @param shortBps by which its share is less than what it asks for; 0: it is whole
 * @param extraBps that it is given above what it asks for, up to its burst; taken back without a
 *     word
 */
public record LeaseShare(long heldBps, long shortBps, long extraBps) {
  /** All that it asks for. */
  static LeaseShare whole(long bps) {
    return new LeaseShare(bps, 0, 0);
  }
}
