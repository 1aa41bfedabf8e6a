package io.myelin.node.control;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.Table;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A switch in memory that answers when the test says so. */
public class FakeSwitch implements Southbound {
  final Map<EntryKey, Entry> tables = new HashMap<>();
  final List<List<TableUpdate>> batches = new ArrayList<>();
  final List<Runnable> unanswered = new ArrayList<>();
  private final List<CompletableFuture<List<WriteOutcome>>> writes = new ArrayList<>();
  Function<TableUpdate, WriteOutcome.@Nullable Kind> refuse = u -> null;

  /** Answers that hide what became of each update, as a switch without details. */
  boolean silent;

  int reads;

  /** The connection breaks: calls that were not answered fail. */
  void breakOff() {
    unanswered.clear();
    writes.forEach(w -> w.completeExceptionally(new IllegalStateException("broken off")));
  }

  /** Answers all calls so far, and those that follow from them. */
  void answerAll() {
    while (!unanswered.isEmpty()) {
      unanswered.remove(0).run();
    }
  }

  @Override
  public Pipeline pipeline() {
    return MyelinPipeline.INSTANCE;
  }

  @Override
  public void connect(Device device, Listener listener) {}

  @Override
  public void disconnect(DeviceId device) {}

  @Override
  public CompletableFuture<List<WriteOutcome>> write(DeviceId device, List<TableUpdate> updates) {
    batches.add(updates);
    CompletableFuture<List<WriteOutcome>> result = new CompletableFuture<>();
    unanswered.add(() -> result.complete(apply(updates)));
    writes.add(result);
    return result;
  }

  private List<WriteOutcome> apply(List<TableUpdate> updates) {
    List<WriteOutcome> outcomes = new ArrayList<>();
    for (TableUpdate u : updates) {
      WriteOutcome.Kind kind = refuse.apply(u);
      boolean there = tables.containsKey(u.entry().key()) || u.entry().key().isDefault();
      if (kind == null && there == (u.type() == TableUpdate.Type.INSERT)) {
        kind = WriteOutcome.Kind.UNKNOWN;
      }
      if (kind != null) {
        outcomes.add(new WriteOutcome(kind, "refused by the test"));
        continue;
      }
      outcomes.add(WriteOutcome.acknowledged());
      if (u.type() == TableUpdate.Type.DELETE) {
        tables.remove(u.entry().key());
      } else {
        tables.put(u.entry().key(), u.entry());
      }
    }
    boolean all = outcomes.stream().allMatch(WriteOutcome::isAcknowledged);
    return silent && !all && updates.size() > 1
        ? Collections.nCopies(updates.size(), WriteOutcome.unknown("no details"))
        : outcomes;
  }

  @Override
  public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId device) {
    reads++;
    CompletableFuture<Map<EntryKey, Entry>> result = new CompletableFuture<>();
    unanswered.add(
        () -> {
          Map<EntryKey, Entry> read = new HashMap<>(tables);
          read.keySet().removeIf(EntryKey::isDefault);
          result.complete(read);
        });
    return result;
  }

  @Override
  public CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, Table table) {
    return CompletableFuture.completedFuture(Map.of());
  }

  @Override
  public CompletableFuture<List<List<Count>>> readCounters(DeviceId device, List<String> counters) {
    return CompletableFuture.completedFuture(
        counters.stream().map(name -> List.<Count>of()).toList());
  }

  @Override
  public void packetOut(DeviceId device, int port, byte[] frame) {}

  @Override
  public void submitPacket(DeviceId device, byte[] frame) {}

  @Override
  public void close() {}
}
