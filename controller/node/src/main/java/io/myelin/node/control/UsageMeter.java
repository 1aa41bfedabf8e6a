package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Usage;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Has the log remember what leases carry: now and then, and only what changed.
 *
 * <p>Confined to the control thread.
 */
final class UsageMeter {
  private static final long EVERY_MS = 10_000;
  private static final int BATCH = 1_000;
  private static final int SLACK = 1_000;

  private final StateLog stateLog;
  private final Pipeline pipeline;
  private final LongSupplier clockMs;
  private final Map<EntryKey, LeaseName> owners = new HashMap<>();
  private final Map<LeaseName, Set<EntryKey>> owned = new HashMap<>();
  private final Map<EntryKey, Map<DeviceId, Long>> made = new HashMap<>();
  private final Map<DeviceId, Long> recordedMs = new TreeMap<>();
  private long serial;

  UsageMeter(StateLog stateLog, Pipeline pipeline, LongSupplier clockMs) {
    this.pipeline = pipeline;
    this.stateLog = stateLog;
    this.clockMs = clockMs;
  }

  void start(FabricState state) {
    state.leases().forEach((name, lease) -> own(state, lease));
  }

  /** Entries of a lease are its own as long as it is remembered. */
  void applied(Applied a) {
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LeaseChanged c) {
        Lease lease = a.after().leases().get(c.lease());
        LeaseName was = c.lease().formerly();
        if (was != null && !a.before().leases().containsKey(c.lease())) {
          inherit(was, c.lease());
        }
        if (lease != null) {
          own(a.after(), lease);
        } else {
          disown(c.lease());
        }
      }
    }
  }

  /** A lease that ended is called otherwise now: what its entries still count is not another's. */
  private void inherit(LeaseName was, LeaseName is) {
    Set<EntryKey> keys = owned.remove(was);
    if (keys != null) {
      keys.forEach(key -> owners.replace(key, was, is));
      owned.put(is, keys);
    }
  }

  private void own(FabricState state, Lease lease) {
    List<Entry> entries = pipeline.ofLease(state, lease);
    entries.forEach(e -> own(e.key(), lease.name()));
    pipeline.gates(entries).forEach(e -> own(e.key(), lease.name()));
  }

  private void own(EntryKey key, LeaseName lease) {
    owners.put(key, lease);
    owned.computeIfAbsent(lease, n -> new HashSet<>()).add(key);
  }

  /** But for what another lease has taken over. */
  private void disown(LeaseName lease) {
    for (EntryKey key : owned.getOrDefault(lease, Set.of())) {
      if (owners.remove(key, lease)) {
        made.remove(key);
      }
    }
    owned.remove(lease);
  }

  /** An entry is new on a device: what it counts begins at 0. */
  void made(DeviceId device, EntryKey key) {
    if (pipeline.steers(key)) {
      made.computeIfAbsent(key, k -> new HashMap<>(2))
          .put(device, stateLog.leadership().term() << 32 | ++serial);
      if (made.size() > 2 * owners.size() + SLACK) { // flows that were led belong to no lease
        made.keySet().retainAll(owners.keySet());
      }
    }
  }

  /** Names this moment: what a switch answers may be older than what is made meanwhile. */
  long asked() {
    return serial;
  }

  /** Which entry it is that counts; null: it was made before this leadership, or after a moment. */
  private @Nullable Long made(DeviceId device, EntryKey key, long until) {
    Long number = made.getOrDefault(key, Map.of()).get(device);
    return number == null || (number & 0xffff_ffffL) > until ? null : number;
  }

  /**
   * What the entries of one device have counted.
   *
   * @param asked as {@link #asked} said then
   */
  void read(DeviceId device, Map<EntryKey, Count> counts, long asked) {
    long now = clockMs.getAsLong();
    if (now - recordedMs.getOrDefault(device, 0L) < EVERY_MS) {
      return;
    }
    recordedMs.put(device, now);
    FabricState state = stateLog.state();
    List<Command.Reading> readings = new ArrayList<>();
    counts.forEach(
        (key, count) -> {
          LeaseName owner = owners.get(key);
          Usage.Counter counter = new Usage.Counter(device, key.text());
          if (owner != null && isNews(state, owner, counter, count)) {
            readings.add(
                new Command.Reading(
                    owner, counter, made(device, key, asked), count.packets(), count.bytes()));
          }
        });
    readings.sort(Comparator.comparing(Command.Reading::counter));
    for (int i = 0; i < readings.size(); i += BATCH) {
      stateLog.submit(
          new Command.RecordUsage(readings.subList(i, Math.min(readings.size(), i + BATCH)), now));
    }
  }

  private static boolean isNews(
      FabricState state, LeaseName owner, Usage.Counter counter, Count count) {
    Usage.Standing last = state.usage().getOrDefault(owner, Usage.NONE).counters().get(counter);
    return last == null
        ? count.packets() > 0
        : last.packets() != count.packets() || last.bytes() != count.bytes();
  }
}
