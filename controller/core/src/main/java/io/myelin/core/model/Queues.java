package io.myelin.core.model;

/** The queues of a port that have a meaning of their own; the highest number goes first. */
public final class Queues {
  /**
   * ACK, NAK and CNP. The queue above, 7, belongs to the controller's own frames: hosts make these,
   * as many as they like, and must not keep discovery from its links.
   */
  public static final int RESPONSES = 6;

  /** What leases bought: never more than the links hold, so that it hardly ever waits. */
  public static final int LEASED = 5;

  /** RoCE data without a lease. */
  public static final int ROCE = 3;

  /** Everything else. */
  public static final int BEST_EFFORT = 0;

  private Queues() {}
}
