package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Usage;
import io.myelin.core.tables.DesiredTables;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;

/**
 * Has the log remember what leases carry: now and then, and only what changed.
 *
 * <p>Confined to the control thread.
 */
final class UsageMeter {
  private static final long EVERY_MS = 10_000;
  private static final int BATCH = 1_000;

  private final StateLog stateLog;
  private final Reconciler reconciler;
  private final LongSupplier clockMs;
  private final Map<EntryKey, LeaseName> owners = new HashMap<>();
  private final Map<DeviceId, Long> recordedMs = new TreeMap<>();

  UsageMeter(StateLog stateLog, Reconciler reconciler, LongSupplier clockMs) {
    this.stateLog = stateLog;
    this.reconciler = reconciler;
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
        if (lease != null) {
          own(a.after(), lease);
        }
      }
    }
  }

  private void own(FabricState state, Lease lease) {
    List<Entry> entries = DesiredTables.ofLease(state, lease);
    entries.forEach(e -> owners.put(e.key(), lease.name()));
    DesiredTables.gates(entries).forEach(e -> owners.put(e.key(), lease.name()));
  }

  /** For {@link #read}, when it is asked. */
  long asked() {
    return reconciler.madeSoFar();
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
    new TreeMap<>(counts)
        .forEach(
            (key, count) -> {
              LeaseName owner = owners.get(key);
              Usage.Counter counter = new Usage.Counter(device, key);
              if (owner != null && isNews(state, owner, counter, count)) {
                readings.add(
                    new Command.Reading(
                        owner,
                        counter,
                        reconciler.made(counter, asked),
                        count.packets(),
                        count.bytes()));
              }
            });
    for (int i = 0; i < readings.size(); i += BATCH) {
      stateLog.submit(
          new Command.RecordUsage(readings.subList(i, Math.min(readings.size(), i + BATCH)), now));
    }
    owners.values().removeIf(name -> !state.leases().containsKey(name));
  }

  private static boolean isNews(
      FabricState state, LeaseName owner, Usage.Counter counter, Count count) {
    Usage.Standing last = state.usage().getOrDefault(owner, Usage.NONE).counters().get(counter);
    return last == null
        ? count.packets() > 0
        : last.packets() != count.packets() || last.bytes() != count.bytes();
  }
}
