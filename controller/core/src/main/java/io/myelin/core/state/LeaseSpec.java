package io.myelin.core.state;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TimeWindow;

/**
 * What a tenant asks for.
 *
 * @param bandwidthBps bits per second of Ethernet frames
 * @param startTimeMs milliseconds since 1970, {@link #AT_ONCE} for none
 * @param expireTimeMs milliseconds since 1970, {@link #NEVER} for none
 */
public record LeaseSpec(
    EndpointId source,
    EndpointId destination,
    TrafficSelector traffic,
    long bandwidthBps,
    Terms terms,
    long startTimeMs,
    long expireTimeMs) {

  public static final long AT_ONCE = 0;
  public static final long NEVER = TimeWindow.FOREVER;

  /** 1 Pb/s: beyond any cable; keeps sums of many leases far from overflow. */
  public static final long MAX_BANDWIDTH_BPS = 1_000_000_000_000_000L;

  public LeaseSpec {
    Invalid.unless(
        bandwidthBps > 0 && bandwidthBps <= MAX_BANDWIDTH_BPS,
        "bandwidth_bps",
        bandwidthBps + " is not allowed; allowed: 1 to " + MAX_BANDWIDTH_BPS);
    terms.requireToFit(bandwidthBps);
    Invalid.unless(
        !source.equals(destination), "destination", "'" + destination + "' is the source as well");
    Invalid.unless(startTimeMs >= 0, "start_time", "is before 1970");
    Invalid.unless(expireTimeMs > startTimeMs, "expire_time", "is not behind start_time");
  }

  /** At once. */
  public LeaseSpec(
      EndpointId source,
      EndpointId destination,
      TrafficSelector traffic,
      long bandwidthBps,
      Terms terms,
      long expireTimeMs) {
    this(source, destination, traffic, bandwidthBps, terms, AT_ONCE, expireTimeMs);
  }

  /** What it is for, when it is asked for at {@code createTimeMs}. */
  public TimeWindow window(long createTimeMs) {
    long start = Math.max(startTimeMs, createTimeMs);
    return new TimeWindow(start, Math.max(start + 1, expireTimeMs));
  }

  /** Bits per second that it may be given above its bandwidth, when there is room. */
  public long burstRoomBps() {
    return Math.max(0, terms.burstBps() - bandwidthBps);
  }

  public LeaseSpec withBandwidthBps(long bps) {
    return new LeaseSpec(source, destination, traffic, bps, terms, startTimeMs, expireTimeMs);
  }

  public LeaseSpec with(Terms t) {
    return new LeaseSpec(source, destination, traffic, bandwidthBps, t, startTimeMs, expireTimeMs);
  }

  public LeaseSpec withTimes(long startMs, long expireMs) {
    return new LeaseSpec(source, destination, traffic, bandwidthBps, terms, startMs, expireMs);
  }
}
