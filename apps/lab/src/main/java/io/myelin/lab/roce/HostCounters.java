package io.myelin.lab.roce;

import io.myelin.core.model.IpAddress;
import java.util.HashMap;
import java.util.Map;

/** The counters behind {@link HostStats}, which says what each means. */
final class HostCounters {
  /** Flows told apart; packets of further ones are counted in the totals only. */
  private static final int MAX_FLOWS = 65_536;

  long dataPacketsSent;
  long dataBytesSent;
  long dataPacketsReceived;
  long dataBytesReceived;
  long goodputBytes;
  long messagesPosted;
  long messagesCompleted;
  long messagesReceived;
  long retransmits;
  long outOfOrder;
  long duplicates;
  long naksSent;
  long naksReceived;
  long timeouts;
  long markedReceived;
  long cnpsSent;
  long cnpsReceived;
  long icrcErrors;
  long malformed;
  long foreign;
  long queueDrops;

  private final Map<HostStats.Flow, long[]> received = new HashMap<>();

  /** The cell that counts the packets of a flow; callers may keep it. */
  long[] received(IpAddress source, int destQpn) {
    HostStats.Flow flow = new HostStats.Flow(source, destQpn);
    long[] cell = received.get(flow);
    if (cell == null) {
      cell = new long[1];
      if (received.size() < MAX_FLOWS) {
        received.put(flow, cell);
      }
    }
    return cell;
  }

  HostStats snapshot() {
    Map<HostStats.Flow, Long> flows = new HashMap<>();
    received.forEach(
        (flow, cell) -> {
          if (cell[0] > 0) {
            flows.put(flow, cell[0]);
          }
        });
    return new HostStats(
        dataPacketsSent,
        dataBytesSent,
        dataPacketsReceived,
        dataBytesReceived,
        goodputBytes,
        messagesPosted,
        messagesCompleted,
        messagesReceived,
        retransmits,
        outOfOrder,
        duplicates,
        naksSent,
        naksReceived,
        timeouts,
        markedReceived,
        cnpsSent,
        cnpsReceived,
        icrcErrors,
        malformed,
        foreign,
        queueDrops,
        flows);
  }
}
