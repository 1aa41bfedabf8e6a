package io.myelin.core.model;

/**
 * One direction of a cable between two devices.
 *
 * @param capacityBps bits per second
 * @param latencyNs propagation, nanoseconds, above 0 where it is known; what is not declared is
 *     measured, and unknown until then
 * @param costMicrosPerGb millionths of the currency unit per gigabyte carried
 */
public record Link(
    PortRef from,
    PortRef to,
    long capacityBps,
    Amount latencyNs,
    long costMicrosPerGb,
    LinkFacts facts) {

  /**
   * What a link whose latency nobody knows counts as when ways are compared, and nowhere else: 100
   * m of fibre. No limit is kept by it, nothing is proven with it, no answer shows it.
   */
  public static final long DEFAULT_LATENCY_NS = 500;

  /** 100 s, and 1,000 currency units a gigabyte: sums along any path stay far from overflow. */
  private static final long MAX_LATENCY_NS = 100_000_000_000L;

  private static final long MAX_COST_MICROS = 1_000_000_000L;

  /**
   * A link of which nothing else is known.
   *
   * @param latencyNs 0: unknown
   */
  public Link(PortRef from, PortRef to, long capacityBps, long latencyNs, long costMicrosPerGb) {
    this(from, to, capacityBps, latencyNs, costMicrosPerGb, LinkFacts.UNKNOWN);
  }

  /**
   * @param latencyNs 0: unknown
   */
  public Link(
      PortRef from,
      PortRef to,
      long capacityBps,
      long latencyNs,
      long costMicrosPerGb,
      LinkFacts facts) {
    this(from, to, capacityBps, latency(latencyNs), costMicrosPerGb, facts);
  }

  public Link {
    Invalid.unless(
        capacityBps > 0, "capacity", capacityBps + " is not allowed; it must be positive");
    within("latency", latencyNs.value(), MAX_LATENCY_NS);
    Invalid.unless(
        !latencyNs.known() || latencyNs.value() > 0,
        "latency",
        "0 is not allowed; leave it out where it is not known");
    within("costMicrosPerGb", costMicrosPerGb, MAX_COST_MICROS);
    Invalid.unless(
        !from.device().equals(to.device()), "b", "a link from " + from + " to its own device");
  }

  private static Amount latency(long ns) {
    within("latency", ns, MAX_LATENCY_NS);
    return Amount.positive(ns);
  }

  private static void within(String field, long value, long max) {
    Invalid.unless(
        value >= 0 && value <= max, field, value + " is not allowed; allowed: 0 to " + max);
  }

  public LinkId id() {
    return LinkId.between(from, to);
  }

  /** The other direction of the same cable. */
  public LinkId reverseId() {
    return LinkId.between(to, from);
  }
}
