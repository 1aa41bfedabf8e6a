package io.myelin.core.routing;

import io.myelin.core.model.Device;

/** What decides how a switch spreads flows that nobody has placed; simulations need it, too. */
public final class Spreading {
  /** Bound on a member's weight: keeps the selector's replicated members few. */
  private static final long MAX_WEIGHT = 16;

  private Spreading() {}

  /** A switch's hash seed, 32 bits: its own, so that no two tiers make the same choice. */
  public static long seed(Device device) {
    // Fibonacci hashing spreads consecutive device ids over 32 bits (Knuth, TAOCP 3, §6.4).
    return (device.p4DeviceId() * 0x9e3779b9L) & 0xffff_ffffL;
  }

  /** How often a link is in its WCMP group, given the narrowest link of the group. */
  public static int weight(long capacityBps, long narrowestBps) {
    return (int) Math.min(MAX_WEIGHT, Math.max(1, capacityBps / narrowestBps));
  }
}
