package io.myelin.lab.roce;

/**
 * What a host counted since it was made.
 *
 * @param goodputBytes payload received in order
 * @param retransmits data packets sent again
 * @param outOfOrder data packets that arrived ahead of a gap, and were dropped
 * @param foreign frames for another address, or of a protocol that the host does not speak
 */
public record HostStats(
    long dataPacketsSent,
    long dataPacketsReceived,
    long goodputBytes,
    long messagesCompleted,
    long retransmits,
    long outOfOrder,
    long naks,
    long timeouts,
    long cnpsSent,
    long cnpsReceived,
    long malformed,
    long foreign,
    long queueDrops) {}
