package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import java.util.Map;

/**
 * What a host counted since it was made.
 *
 * @param dataPacketsSent RDMA WRITE packets, retransmits included
 * @param dataBytesSent payload of these
 * @param dataPacketsReceived with a good ICRC for this host, duplicates and early ones included
 * @param dataBytesReceived payload of these
 * @param goodputBytes payload received in order, each byte once
 * @param messagesPosted by this host
 * @param messagesCompleted of these, acknowledged whole
 * @param messagesReceived whole, from others
 * @param retransmits data packets sent again
 * @param outOfOrder data packets that arrived ahead of a gap, and were dropped
 * @param duplicates data packets that arrived again
 * @param naksSent one a gap
 * @param naksReceived PSN sequence errors that others reported
 * @param timeouts of queue pairs that then went back
 * @param markedReceived data packets that arrived marked CE
 * @param cnpsSent for congestion marks on arriving data
 * @param cnpsReceived for congestion marks on data of ours
 * @param icrcErrors RoCEv2 packets for this host whose ICRC did not match
 * @param malformed frames whose lengths, checksums or header values contradict the standards
 * @param foreign well-formed frames that are not for this host: another MAC or IP address, an
 *     unknown or closed queue pair, a sender that is not the queue pair's peer, another protocol
 * @param queueDrops control frames that found the egress queue or the queue for an unresolved
 *     neighbour full, or whose neighbour did not answer
 * @param received data packets with a good ICRC for this host's addresses by who sent them and the
 *     queue pair they named, open or not
 */
public record HostStats(
    long dataPacketsSent,
    long dataBytesSent,
    long dataPacketsReceived,
    long dataBytesReceived,
    long goodputBytes,
    long messagesPosted,
    long messagesCompleted,
    long messagesReceived,
    long retransmits,
    long outOfOrder,
    long duplicates,
    long naksSent,
    long naksReceived,
    long timeouts,
    long markedReceived,
    long cnpsSent,
    long cnpsReceived,
    long icrcErrors,
    long malformed,
    long foreign,
    long queueDrops,
    Map<Flow, Long> received) {

  /**
   * Who sent to which queue pair.
   *
   * @param destQpn 24 bits
   */
  public record Flow(IpAddress source, int destQpn) {}

  public HostStats {
    received = Map.copyOf(received);
  }

  /** Data packets from {@code source} to queue pair {@code destQpn}. */
  public long received(IpAddress source, int destQpn) {
    return received.getOrDefault(new Flow(source, destQpn), 0L);
  }
}
