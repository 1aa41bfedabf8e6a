package io.myelin.core.state;

import io.myelin.core.model.Invalid;

/**
 * What a scheduler asks for a job.
 *
 * @param qpsPerPair queue pairs over which each flow is spread, each with a path of its own: queue
 *     pair numbers by their remainder; a power of two
 * @param bandwidthBps that the busiest NIC of the job sends or receives, each way; all flows get
 *     the same share of it, so that none of them waits for another
 * @param terms of every path
 * @param startTimeMs {@link LeaseSpec#AT_ONCE}, or when it begins
 * @param expireTimeMs when it ends, or {@link LeaseSpec#NEVER}
 */
public record JobSpec(
    Collective collective,
    int qpsPerPair,
    long bandwidthBps,
    Terms terms,
    long startTimeMs,
    long expireTimeMs) {

  /** As many as NCCL and its like open between two NICs at most. */
  public static final int MAX_QPS = 64;

  public JobSpec {
    Invalid.unless(
        qpsPerPair >= 1 && qpsPerPair <= MAX_QPS && Integer.bitCount(qpsPerPair) == 1,
        "qps_per_pair",
        qpsPerPair + " is not allowed; allowed: powers of two from 1 to " + MAX_QPS);
    Invalid.unless(
        bandwidthBps > 0 && bandwidthBps <= LeaseSpec.MAX_BANDWIDTH_BPS,
        "bandwidth_bps",
        bandwidthBps + " is not allowed; allowed: 1 to " + LeaseSpec.MAX_BANDWIDTH_BPS);
    terms.requireToFit(bandwidthBps);
    Invalid.unless(
        terms.protection().isEmpty(), "protection", "is not supported for jobs; use leases");
    Invalid.unless(startTimeMs >= 0, "start_time", "is before 1970");
    Invalid.unless(expireTimeMs > startTimeMs, "expire_time", "is not behind start_time");
  }

  /** At once, until it is released. */
  public static JobSpec of(Collective collective, int qpsPerPair, long bandwidthBps, Terms terms) {
    return new JobSpec(
        collective, qpsPerPair, bandwidthBps, terms, LeaseSpec.AT_ONCE, LeaseSpec.NEVER);
  }

  public JobSpec withBandwidthBps(long bps) {
    return new JobSpec(collective, qpsPerPair, bps, terms, startTimeMs, expireTimeMs);
  }

  public JobSpec withTimes(long startMs, long expireMs) {
    return new JobSpec(collective, qpsPerPair, bandwidthBps, terms, startMs, expireMs);
  }
}
