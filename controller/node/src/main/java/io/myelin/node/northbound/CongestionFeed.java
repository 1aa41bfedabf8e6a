package io.myelin.node.northbound;

import io.myelin.core.collect.ChangeHistory;
import io.myelin.core.loop.Loops;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.Telemetry;
import io.myelin.core.port.Telemetry.Congestion;
import io.myelin.core.port.Telemetry.Flow;
import io.myelin.core.port.Telemetry.Queue;
import io.myelin.v1.CongestionEvent;
import io.myelin.v1.WatchCongestionResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code WatchCongestion}: to a slow client, the last event of each queue, and each decision as it
 * is by then.
 */
final class CongestionFeed extends Feed<CongestionFeed.Key, WatchCongestionResponse> {
  /** Decisions of a snapshot. */
  private static final int DECISIONS = 100;

  /** Something that is told. */
  sealed interface Key {
    record QueueKey(Queue queue) implements Key {}

    record DecisionKey(long id) implements Key {}
  }

  private final StateLog stateLog;
  private final Telemetry telemetry;
  private final Loops loops;

  CongestionFeed(StateLog stateLog, Telemetry telemetry, Loops loops, String process) {
    super(ChangeHistory.ofProcess(process));
    this.stateLog = stateLog;
    this.telemetry = telemetry;
    this.loops = loops;
  }

  @Override
  @Nullable WatchCongestionResponse message(Key key, String resumeToken) {
    if (key instanceof Key.DecisionKey d) {
      return loops.decisions().stream()
          .filter(x -> x.id() == d.id())
          .findFirst()
          .map(
              x ->
                  plain(WatchCongestionResponse.Type.TYPE_DECISION, resumeToken).toBuilder()
                      .setDecision(LoopProtos.decision(x))
                      .build())
          .orElse(null);
    }
    Congestion c = telemetry.congestion(((Key.QueueKey) key).queue());
    return c == null
        ? null
        : WatchCongestionResponse.newBuilder()
            .setType(WatchCongestionResponse.Type.TYPE_CONGESTION)
            .setEvent(event(c))
            .setResumeToken(resumeToken)
            .build();
  }

  private CongestionEvent event(Congestion c) {
    Queue q = c.queue();
    CongestionEvent.Builder b =
        CongestionEvent.newBuilder()
            .setDevice(q.device().value())
            .setPort(q.port())
            .setQueue(q.queue())
            .setLink(link(q))
            .setDepthPackets(c.depth())
            .setKMinPackets(c.kMin())
            .setHot(c.hot())
            .setPacketBytes(c.packetBytes())
            .setSwitchTimeUs(c.switchTimeUs())
            .setEventTime(Protos.timestamp(c.atMs()));
    Flow flow = c.flow();
    if (flow != null) {
      b.setSourceIp(flow.source().toString()).setDestinationIp(flow.destination().toString());
      b.setDestinationQp(Math.max(0, flow.destQp()));
    }
    return b.build();
  }

  private String link(Queue q) {
    if (q.port() < 1 || q.port() >= PortRef.CPU) {
      return "";
    }
    PortRef port = new PortRef(q.device(), q.port());
    LinkId id = stateLog.state().inventory().linkFrom(port);
    if (id != null) {
      return id.value();
    }
    return stateLog.state().inventory().endpointsAt(q.device()).stream()
        .filter(e -> e.attachment().equals(port))
        .map(e -> e.downlink().value())
        .findFirst()
        .orElse("");
  }

  @Override
  WatchCongestionResponse synced(String resumeToken) {
    return plain(WatchCongestionResponse.Type.TYPE_SYNCED, resumeToken);
  }

  @Override
  WatchCongestionResponse heartbeat(String resumeToken) {
    return plain(WatchCongestionResponse.Type.TYPE_HEARTBEAT, resumeToken);
  }

  private static WatchCongestionResponse plain(WatchCongestionResponse.Type type, String token) {
    return WatchCongestionResponse.newBuilder().setType(type).setResumeToken(token).build();
  }

  @Override
  List<Key> keys() {
    List<Key> keys = new ArrayList<>();
    telemetry.congestion().forEach(c -> keys.add(new Key.QueueKey(c.queue())));
    loops.decisions().stream()
        .limit(DECISIONS)
        .sorted(Comparator.comparingLong(RecordedDecision::id))
        .forEach(d -> keys.add(new Key.DecisionKey(d.id())));
    return keys;
  }
}
