package io.myelin.core.loop;

/**
 * How eager the loops are.
 *
 * @param target utilisation that a decision must lead to, and that no other link may exceed for it
 * @param gain least predicted gain, as a share: of utilisation, or of a flow's rate
 * @param dwellMs a lease, flow or group of routes that was moved stays at least so long
 * @param settleMs nothing more is done about a link for so long after a decision about it
 * @param movesPerInterval bound on decisions
 * @param intervalMs in which they are counted
 * @param slack the optimiser leaves alone what is within this share of its bound
 * @param churn share of all traffic that the optimiser may move at once
 */
public record Policy(
    double target,
    double gain,
    long dwellMs,
    long settleMs,
    int movesPerInterval,
    long intervalMs,
    double slack,
    double churn) {

  /** For fabrics whose round trips are below a millisecond. */
  public static final Policy DEFAULT = new Policy(0.9, 0.1, 2_000, 50, 20, 1_000, 0.03, 0.2);
}
