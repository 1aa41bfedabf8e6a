package io.myelin.node.observe;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.Table;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** Switches of which it is told how long writes take and what becomes of them. */
public final class ObservedSouthbound implements Southbound {
  private final Southbound switches;
  private final MemberEvents events;

  public ObservedSouthbound(Southbound switches, MemberEvents events) {
    this.switches = switches;
    this.events = events;
  }

  @Override
  public CompletableFuture<List<WriteOutcome>> write(DeviceId device, List<TableUpdate> updates) {
    long beganNs = System.nanoTime();
    return switches
        .write(device, updates)
        .whenComplete(
            (outcomes, t) -> {
              if (t != null) {
                events.unanswered(device);
                return;
              }
              Map<WriteOutcome.Kind, Integer> kinds = new EnumMap<>(WriteOutcome.Kind.class);
              outcomes.forEach(o -> kinds.merge(o.kind(), 1, Integer::sum));
              events.written(device, kinds, System.nanoTime() - beganNs);
            });
  }

  @Override
  public Pipeline pipeline() {
    return switches.pipeline();
  }

  @Override
  public void connect(Device device, Listener listener) {
    switches.connect(device, listener);
  }

  @Override
  public void disconnect(DeviceId device) {
    switches.disconnect(device);
  }

  @Override
  public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId device) {
    return switches.readTables(device);
  }

  @Override
  public CompletableFuture<List<List<Count>>> readCounters(DeviceId device, List<String> counters) {
    return switches.readCounters(device, counters);
  }

  @Override
  public CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, Table table) {
    return switches.readDirect(device, table);
  }

  @Override
  public void packetOut(DeviceId device, int port, byte[] frame) {
    switches.packetOut(device, port, frame);
  }

  @Override
  public void submitPacket(DeviceId device, byte[] frame) {
    switches.submitPacket(device, frame);
  }

  @Override
  public void close() {
    switches.close();
  }
}
