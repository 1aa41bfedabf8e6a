package io.myelin.core.model;

/**
 * One direction of a cable between two devices.
 *
 * @param capacityBps bits per second
 * @param latencyNs propagation, nanoseconds; 0: unknown, to be measured
 * @param costMicrosPerGb millionths of the currency unit per gigabyte carried
 */
public record Link(
    PortRef from,
    PortRef to,
    long capacityBps,
    long latencyNs,
    long costMicrosPerGb,
    LinkFacts facts) {

  /** Latency assumed where neither inventory nor measurement knows it: 100 m of fibre. */
  public static final long DEFAULT_LATENCY_NS = 500;

  /** 100 s, and 1,000 currency units a gigabyte: sums along any path stay far from overflow. */
  private static final long MAX_LATENCY_NS = 100_000_000_000L;

  private static final long MAX_COST_MICROS = 1_000_000_000L;

  /** A link of which nothing else is known. */
  public Link(PortRef from, PortRef to, long capacityBps, long latencyNs, long costMicrosPerGb) {
    this(from, to, capacityBps, latencyNs, costMicrosPerGb, LinkFacts.UNKNOWN);
  }

  public Link {
    Invalid.unless(
        capacityBps > 0, "capacity", capacityBps + " is not allowed; it must be positive");
    within("latency", latencyNs, MAX_LATENCY_NS);
    within("costMicrosPerGb", costMicrosPerGb, MAX_COST_MICROS);
    Invalid.unless(
        !from.device().equals(to.device()), "b", "a link from " + from + " to its own device");
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
