package io.myelin.node.control;

/**
 * Which of the last serial numbers were taken: a bit for each, as receivers of IPsec keep against
 * replays (RFC 4303 §3.4.3). What comes late is told from what comes again.
 *
 * <p>Not thread-safe.
 */
final class SerialWindow {
  /** Rounds of discovery; at ten a second, a minute and a half. 128 bytes a link. */
  static final int SIZE = 1_024;

  private final long[] taken = new long[SIZE / Long.SIZE];
  private long newest;

  /**
   * Takes a number.
   *
   * @param serial from 1
   * @return false: it was taken before, or is so old that nobody knows
   */
  boolean take(long serial) {
    if (serial <= newest - SIZE || serial < 1) {
      return false;
    }
    for (long s = Math.max(newest + 1, serial - SIZE + 1); s <= serial; s++) {
      taken[word(s)] &= ~bit(s);
    }
    newest = Math.max(newest, serial);
    boolean first = (taken[word(serial)] & bit(serial)) == 0;
    taken[word(serial)] |= bit(serial);
    return first;
  }

  private static int word(long serial) {
    return (int) (serial % SIZE) / Long.SIZE;
  }

  private static long bit(long serial) {
    return 1L << (serial % Long.SIZE);
  }
}
