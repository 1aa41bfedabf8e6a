package io.myelin.node.southbound;

import io.grpc.stub.StreamObserver;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Table;
import io.myelin.core.port.Southbound.Count;
import io.myelin.p4.v1.CloneSessionEntry;
import io.myelin.p4.v1.CounterData;
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
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Wildcard reads of one device (P4Runtime 1.4 §13). */
final class DeviceReads {
  /** More than all tables of our program hold together: an answer without end ends here. */
  private static final int MAX_ENTITIES = 1 << 20;

  private final long deviceId;
  private final CompiledProgram program;
  private final EntryDecoder decoder;
  private final P4RuntimeGrpc.P4RuntimeStub stub;

  DeviceReads(
      long deviceId,
      CompiledProgram program,
      EntryDecoder decoder,
      P4RuntimeGrpc.P4RuntimeStub stub) {
    this.deviceId = deviceId;
    this.program = program;
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
                  ? decoder.decode(e.getPacketReplicationEngineEntry().getCloneSessionEntry())
                  : decoder.decode(e.getTableEntry());
          if (entry != null && !entry.key().isDefault()) {
            entries.put(entry.key(), entry);
          }
        },
        entries);
  }

  CompletableFuture<List<List<Count>>> counters(List<String> names) {
    ReadRequest.Builder request = ReadRequest.newBuilder().setDeviceId(deviceId);
    List<List<Count>> counts = new ArrayList<>();
    Map<Integer, List<Count>> byId = new HashMap<>();
    Map<Integer, Long> sizes = new HashMap<>();
    for (String name : names) {
      int id = program.counter(name).getPreamble().getId();
      sizes.put(id, program.counter(name).getSize());
      request.addEntities(
          Entity.newBuilder().setCounterEntry(CounterEntry.newBuilder().setCounterId(id)));
      counts.add(byId.computeIfAbsent(id, k -> new ArrayList<>()));
    }
    return read(
        request.build(),
        e -> {
          CounterEntry c = e.getCounterEntry();
          List<Count> one = byId.get(c.getCounterId());
          if (one == null) {
            return; // not asked for
          }
          long index = c.getIndex().getIndex();
          if (index < 0 || index >= sizes.getOrDefault(c.getCounterId(), 0L)) {
            throw new IllegalArgumentException(
                "counter " + c.getCounterId() + " has no index " + index);
          }
          while (one.size() <= index) {
            one.add(new Count(0, 0));
          }
          one.set((int) index, count(c.getData()));
        },
        counts);
  }

  CompletableFuture<Map<EntryKey, Count>> direct(Table table) {
    ReadRequest request =
        ReadRequest.newBuilder()
            .setDeviceId(deviceId)
            .addEntities(
                Entity.newBuilder()
                    .setTableEntry(
                        TableEntry.newBuilder()
                            .setTableId(program.table(table.p4Name()).getPreamble().getId())
                            // Asking for the counter of an entry makes the server return it.
                            .setCounterData(CounterData.getDefaultInstance())))
            .build();
    Map<EntryKey, Count> counts = new HashMap<>();
    return read(
        request,
        e -> {
          Entry entry = decoder.decode(e.getTableEntry());
          if (entry != null && !entry.key().isDefault()) {
            counts.put(entry.key(), count(e.getTableEntry().getCounterData()));
          }
        },
        counts);
  }

  private static Count count(CounterData d) {
    return new Count(d.getPacketCount(), d.getByteCount());
  }

  private <T> CompletableFuture<T> read(ReadRequest request, Consumer<Entity> each, T result) {
    CompletableFuture<T> done = new CompletableFuture<>();
    AtomicInteger entities = new AtomicInteger();
    stub.withDeadlineAfter(DeviceSession.CALL_TIMEOUT_S, TimeUnit.SECONDS)
        .read(
            request,
            new StreamObserver<ReadResponse>() {
              @Override
              public void onNext(ReadResponse r) {
                if (done.isDone()) {
                  return; // what it goes on to say is not kept
                }
                try {
                  if (entities.addAndGet(r.getEntitiesCount()) > MAX_ENTITIES) {
                    throw new IllegalArgumentException(
                        "the switch answers with more than " + MAX_ENTITIES + " entities");
                  }
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
