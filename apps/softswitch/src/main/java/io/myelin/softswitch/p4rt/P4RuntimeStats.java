package io.myelin.softswitch.p4rt;

/**
 * What passed over the streams, and what was lost, since the server was made.
 *
 * @param packetIns packet-ins handed to a stream, once per stream
 * @param packetInsDropped packet-ins lost: no primary, a slow client, or a frame without header
 * @param packetOuts packet-outs injected
 * @param packetOutsRefused packet-outs answered with a stream error
 * @param notificationsDropped digest lists and idle timeouts lost to a slow or absent client
 */
public record P4RuntimeStats(
    long packetIns,
    long packetInsDropped,
    long packetOuts,
    long packetOutsRefused,
    long notificationsDropped) {}
