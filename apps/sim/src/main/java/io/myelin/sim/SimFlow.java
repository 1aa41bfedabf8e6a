package io.myelin.sim;

/**
 * What one NIC sends to another.
 *
 * @param from number of the NIC in {@link FlowFabric}
 * @param bytes of payload
 */
public record SimFlow(int from, int to, double bytes) {}
