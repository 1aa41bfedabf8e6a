package io.myelin.lab;

import io.myelin.core.model.Invalid;

/**
 * A leaf-spine fabric: every leaf has one cable to every spine.
 *
 * @param rateBps of every port, bits per second
 * @param latencyNs of every cable
 * @param queueBytes of every priority queue of a switch port
 * @param mtu RDMA payload a packet
 */
public record FabricSpec(
    int leaves,
    int spines,
    int hostsPerLeaf,
    long rateBps,
    long latencyNs,
    long queueBytes,
    int mtu) {

  /** 4 leaves, 4 spines, 4 hosts a leaf: non-blocking, and small enough for a laptop. */
  public static final FabricSpec DEFAULT =
      new FabricSpec(4, 4, 4, 40_000_000, 20_000, 200_000, 4096);

  /** Ports of a switch: 1 to spines are cables (at a leaf), the rest hosts. */
  private static final int MAX_PORTS = 254;

  public FabricSpec {
    Invalid.unless(
        leaves >= 1 && leaves <= MAX_PORTS,
        "leaves",
        leaves + " is not allowed; allowed: 1 to " + MAX_PORTS);
    Invalid.unless(
        spines >= 0 && spines + hostsPerLeaf <= MAX_PORTS,
        "spines",
        spines + " is not allowed; spines and hosts a leaf together: up to " + MAX_PORTS);
    Invalid.unless(spines >= 1 || leaves == 1, "spines", "several leaves need at least one spine");
    Invalid.unless(hostsPerLeaf >= 1, "hosts", hostsPerLeaf + " is not allowed; at least 1");
    Invalid.unless(rateBps >= 1_000_000, "rate", rateBps + " is not allowed; at least 1M");
    Invalid.unless(latencyNs >= 0, "latency", latencyNs + " ns is not allowed");
  }

  /**
   * Payload that one port at line rate carries, bits per second: Ethernet, IPv4, UDP, BTH and ICRC
   * are around it, and 24 bytes of preamble, FCS and gap.
   */
  public double payloadBps() {
    return rateBps * (double) mtu / (mtu + 14 + 20 + 8 + 12 + 4 + 24);
  }

  public int hosts() {
    return leaves * hostsPerLeaf;
  }
}
