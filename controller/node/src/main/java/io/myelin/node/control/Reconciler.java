package io.myelin.node.control;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.tables.DesiredTables;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows the state and has every device hold what {@link DesiredTables} says. Tells the log when a
 * lease's entries are there, gone, or refused.
 *
 * <p>Confined to the control thread, but for {@link #of}.
 */
final class Reconciler implements DeviceStatus {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private final StateLog stateLog;
  private final Southbound southbound;
  private final ScheduledExecutorService control;
  private final LongSupplier clockMs;
  private final Southbound.Listener listener;
  private final Map<DeviceId, DeviceSync> devices = new ConcurrentSkipListMap<>();
  private final Map<DeviceId, Device> connected = new ConcurrentSkipListMap<>();
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();

  Reconciler(
      StateLog stateLog,
      Southbound southbound,
      ScheduledExecutorService control,
      LongSupplier clockMs,
      Southbound.Listener listener) {
    this.stateLog = stateLog;
    this.southbound = southbound;
    this.control = control;
    this.clockMs = clockMs;
    this.listener = listener;
  }

  @Override
  public Status of(DeviceId device) {
    DeviceSync sync = devices.get(device);
    return sync == null ? Status.UNKNOWN : sync.status();
  }

  @Override
  public void onChange(Runnable callback) {
    callbacks.add(callback);
  }

  /** The state at the start; {@link #applied} follows from there. */
  void start(FabricState state) {
    everything(state);
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      follow(state, e.getValue());
    }
  }

  void applied(Applied a) {
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LeaseChanged c) {
        leaseChanged(a, c.lease());
      }
    }
    if (a.changesReachability()) {
      everything(a.after()); // routes are on every device
    }
  }

  void ready(DeviceId device) {
    DeviceSync sync = devices.get(device);
    if (sync != null) {
      sync.ready();
    }
  }

  void lost(DeviceId device, String why) {
    DeviceSync sync = devices.get(device);
    if (sync != null) {
      sync.lost(why);
    }
  }

  private void everything(FabricState state) {
    for (Map.Entry<DeviceId, Device> e : List.copyOf(connected.entrySet())) {
      DeviceId gone = e.getKey();
      if (!e.getValue().equals(state.inventory().devices().get(gone))) {
        southbound.disconnect(gone);
        connected.remove(gone);
        devices.remove(gone);
      }
    }
    for (Map.Entry<DeviceId, Device> e : state.inventory().devices()) {
      DeviceSync sync =
          devices.computeIfAbsent(
              e.getKey(),
              id ->
                  new DeviceSync(id, southbound, control, () -> callbacks.forEach(Runnable::run)));
      sync.replaceDesired(DesiredTables.of(state, e.getKey()));
      if (connected.putIfAbsent(e.getKey(), e.getValue()) == null) {
        southbound.connect(e.getValue(), listener);
      }
    }
  }

  private void leaseChanged(Applied a, LeaseName name) {
    Lease before = a.before().leases().get(name);
    Lease after = a.after().leases().get(name);
    List<Entry> old = entries(a.before(), before);
    List<Entry> now = entries(a.after(), after);
    if (!old.equals(now)) {
      DeviceId from =
          old.isEmpty() || before == null ? null : DesiredTables.ingress(a.before(), before);
      DeviceId to = now.isEmpty() || after == null ? null : DesiredTables.ingress(a.after(), after);
      if (to != null) {
        List<EntryKey> kept = now.stream().map(Entry::key).toList();
        List<Entry> drop =
            to.equals(from)
                ? old.stream().filter(e -> !kept.contains(e.key())).toList()
                : List.of();
        sync(to).change(drop, now);
      }
      if (from != null && !from.equals(to)) {
        sync(from).change(old, List.of());
      }
    }
    if (after != null) {
      follow(a.after(), after);
    }
  }

  private static List<Entry> entries(FabricState state, @Nullable Lease lease) {
    return lease == null ? List.of() : DesiredTables.ofLease(state, lease);
  }

  private DeviceSync sync(DeviceId device) {
    DeviceSync sync = devices.get(device);
    if (sync == null) {
      throw new AssertionError("a lease enters at " + device + ", which the inventory lacks");
    }
    return sync;
  }

  /** Reports to the log when the switches hold what the lease's state asks for. */
  private void follow(FabricState state, Lease lease) {
    LeaseName name = lease.name();
    long generation = lease.generation();
    if (lease.state() == LeaseState.PROVISIONING) {
      sync(DesiredTables.ingress(state, lease))
          .settled(keys(DesiredTables.ofLease(state, lease)))
          .whenComplete(
              (done, t) ->
                  submit(
                      t == null
                          ? new Command.Provisioned(name, generation, clockMs.getAsLong())
                          : new Command.ProvisioningFailed(
                              name, generation, message(t), clockMs.getAsLong())));
    } else if (lease.state() == LeaseState.RELEASING) {
      Lease held = lease.asHeld();
      sync(DesiredTables.ingress(state, lease))
          .settled(keys(DesiredTables.ofLease(state, held)))
          .whenComplete(
              (done, t) -> submit(new Command.Released(name, generation, clockMs.getAsLong())));
    }
  }

  private static String message(Throwable t) {
    return t.getMessage() == null ? t.toString() : t.getMessage();
  }

  private static List<EntryKey> keys(List<Entry> entries) {
    List<EntryKey> keys = new ArrayList<>();
    entries.forEach(e -> keys.add(e.key()));
    return keys;
  }

  private void submit(Command command) {
    stateLog
        .submit(command)
        .whenComplete(
            (a, t) -> {
              if (t != null) {
                log.error("the log lost {}", command, t);
              }
            });
  }
}
