package io.myelin.sim;

/**
 * What one NIC sends to another.
 *
 * @param from number of the NIC in {@link SimFabric}
 * @param bytes of payload
 */
public record SimFlow(int from, int to, double bytes) {}
