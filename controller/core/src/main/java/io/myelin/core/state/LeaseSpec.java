package io.myelin.core.state;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.path.Objective;

/**
 * What a tenant asks for.
 *
 * @param bandwidthBps bits per second of Ethernet frames
 * @param expireTimeMs milliseconds since 1970, {@link #NEVER} for none
 */
public record LeaseSpec(
    EndpointId source,
    EndpointId destination,
    TrafficSelector traffic,
    long bandwidthBps,
    Objective objective,
    long expireTimeMs) {

  public static final long NEVER = Long.MAX_VALUE;

  /** 1 Pb/s: beyond any cable; keeps sums of many leases far from overflow. */
  public static final long MAX_BANDWIDTH_BPS = 1_000_000_000_000_000L;

  public LeaseSpec {
    Invalid.unless(
        bandwidthBps > 0 && bandwidthBps <= MAX_BANDWIDTH_BPS,
        "bandwidth_bps",
        bandwidthBps + " is not allowed; allowed: 1 to " + MAX_BANDWIDTH_BPS);
    Invalid.unless(
        !source.equals(destination), "destination", "'" + destination + "' is the source as well");
  }

  public LeaseSpec withBandwidthBps(long bps) {
    return new LeaseSpec(source, destination, traffic, bps, objective, expireTimeMs);
  }

  public LeaseSpec withObjective(Objective o) {
    return new LeaseSpec(source, destination, traffic, bandwidthBps, o, expireTimeMs);
  }

  public LeaseSpec withExpireTimeMs(long ms) {
    return new LeaseSpec(source, destination, traffic, bandwidthBps, objective, ms);
  }
}
