package io.myelin.core.model;

/**
 * One direction of a cable between two devices.
 *
 * @param capacityBps bits per second
 * @param latencyNs propagation, nanoseconds
 * @param costMicrosPerGb millionths of the currency unit per gigabyte carried
 */
public record Link(
    PortRef from, PortRef to, long capacityBps, long latencyNs, long costMicrosPerGb) {

  /** Latency assumed where neither inventory nor measurement knows it: 100 m of fibre. */
  public static final long DEFAULT_LATENCY_NS = 500;

  public Link {
    Invalid.unless(
        capacityBps > 0, "capacity", capacityBps + " is not allowed; it must be positive");
    Invalid.unless(latencyNs >= 0, "latency", latencyNs + " ns is not allowed");
    Invalid.unless(costMicrosPerGb >= 0, "cost", costMicrosPerGb + " is not allowed");
    Invalid.unless(
        !from.device().equals(to.device()), "b", "a link from " + from + " to its own device");
  }

  public LinkId id() {
    return LinkId.between(from, to);
  }

  /** The other direction of the same cable. */
  public LinkId reverseId() {
    return LinkId.between(to, from);
  }
}
