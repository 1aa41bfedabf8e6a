package io.myelin.node.southbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryKey;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.CounterEntry;
import io.myelin.p4.v1.Entity;
import io.myelin.p4.v1.MeterConfig;
import io.myelin.p4.v1.P4RuntimeGrpc;
import io.myelin.p4.v1.PacketReplicationEngineEntry;
import io.myelin.p4.v1.ReadRequest;
import io.myelin.p4.v1.ReadResponse;
import io.myelin.p4.v1.TableEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Wildcard reads of one device (P4Runtime 1.4 §13). */
final class DeviceReads {
  private final long deviceId;
  private final Pipeline pipeline;
  private final EntryDecoder decoder;
  private final P4RuntimeGrpc.P4RuntimeStub stub;

  DeviceReads(
      long deviceId, Pipeline pipeline, EntryDecoder decoder, P4RuntimeGrpc.P4RuntimeStub stub) {
    this.deviceId = deviceId;
    this.pipeline = pipeline;
    this.decoder = decoder;
    this.stub = stub;
  }

  CompletableFuture<Map<EntryKey, Entry>> tables() {
    ReadRequest.Builder request = ReadRequest.newBuilder().setDeviceId(deviceId);
    // Asking for the meter of an entry makes the server return it (§9.1.3).
    request.addEntities(
        Entity.newBuilder()
            .setTableEntry(
                TableEntry.newBuilder().setMeterConfig(MeterConfig.getDefaultInstance())));
    request.addEntities(
        Entity.newBuilder()
            .setPacketReplicationEngineEntry(
                PacketReplicationEngineEntry.newBuilder()
                    .setCloneSessionEntry(CloneSessionEntry.getDefaultInstance())));
    Map<EntryKey, Entry> entries = new HashMap<>();
    return read(
        request.build(),
        e -> {
          Entry entry =
              e.hasPacketReplicationEngineEntry()
                  ? CloneSessions.decode(e.getPacketReplicationEngineEntry().getCloneSessionEntry())
                  : decoder.decode(e.getTableEntry());
          if (entry != null && !entry.key().isDefault()) {
            entries.put(entry.key(), entry);
          }
        },
        entries);
  }

  CompletableFuture<List<Count>> counter(String name) {
    CounterEntry wildcard =
        CounterEntry.newBuilder()
            .setCounterId(pipeline.counter(name).getPreamble().getId())
            .build();
    List<Count> counts = new ArrayList<>();
    return read(
        ReadRequest.newBuilder()
            .setDeviceId(deviceId)
            .addEntities(Entity.newBuilder().setCounterEntry(wildcard))
            .build(),
        e -> {
          CounterEntry c = e.getCounterEntry();
          while (counts.size() <= c.getIndex().getIndex()) {
            counts.add(new Count(0, 0));
          }
          counts.set(
              (int) c.getIndex().getIndex(),
              new Count(c.getData().getPacketCount(), c.getData().getByteCount()));
        },
        counts);
  }

  private <T> CompletableFuture<T> read(ReadRequest request, Consumer<Entity> each, T result) {
    CompletableFuture<T> done = new CompletableFuture<>();
    stub.withDeadlineAfter(DeviceSession.CALL_TIMEOUT_S, TimeUnit.SECONDS)
        .read(
            request,
            new StreamObserver<ReadResponse>() {
              @Override
              public void onNext(ReadResponse r) {
                try {
                  r.getEntitiesList().forEach(each);
                } catch (RuntimeException e) {
                  done.completeExceptionally(e); // a switch that answers nonsense
                }
              }

              @Override
              public void onError(Throwable t) {
                done.completeExceptionally(t);
              }

              @Override
              public void onCompleted() {
                done.complete(result);
              }
            });
    return done;
  }
}
