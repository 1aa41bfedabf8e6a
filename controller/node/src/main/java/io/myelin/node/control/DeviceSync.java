package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.port.DeviceStatus.Phase;
import io.myelin.core.port.DeviceStatus.Status;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.Southbound.Failure;
import io.myelin.core.reconcile.Difference;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryKey;
import io.myelin.core.tables.P4Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one device's tables to what they should hold and keeps them there: the only writer.
 *
 * <p>Changes are queued by stage: tables in filling order, then removals in the reverse order
 * ({@link P4Table}). Batches of one stage may overlap; the next stage starts when all of the last
 * one is acknowledged, because P4Runtime promises no order within or between batches (1.4 §12.2).
 *
 * <p>Confined to the control thread.
 */
final class DeviceSync {
  private static final Logger log = LoggerFactory.getLogger(DeviceSync.class);

  /** Updates a batch: large enough to amortise a call, small enough for 4 MiB messages. */
  static final int BATCH = 1_000;

  /** Batches under way at once: one is encoded while others are on the wire and in the switch. */
  static final int WINDOW = 4;

  /** Before an update that failed for a passing reason is tried again. */
  private static final long RETRY_MS = 200;

  private static final int TABLES = P4Table.values().length;

  private final DeviceId device;
  private final Southbound southbound;
  private final ScheduledExecutorService control;
  private final Runnable onStatus;
  private final Consumer<EntryKey> onMade;

  private Map<EntryKey, Entry> desired = new HashMap<>();
  private Map<EntryKey, Entry> actual = new HashMap<>();
  private final List<LinkedHashSet<EntryKey>> queued = new ArrayList<>();
  private final Set<EntryKey> inFlightKeys = new HashSet<>();
  private final Map<EntryKey, String> refused = new HashMap<>();
  private final Set<EntryKey> failing = new HashSet<>(); // somebody was told
  private final Map<EntryKey, List<Waiter>> waiters = new HashMap<>();
  private int inFlight;
  private int inFlightStage;
  private boolean connected;
  private boolean synced; // actual is known
  private boolean resync; // actual is doubtful: read again once nothing is in flight
  private long session;
  private volatile Status status = Status.UNKNOWN;
  private volatile boolean whole;

  /**
   * @param onMade is told of every entry that is new on the device
   */
  DeviceSync(
      DeviceId device,
      Southbound southbound,
      ScheduledExecutorService control,
      Runnable onStatus,
      Consumer<EntryKey> onMade) {
    this.device = device;
    this.southbound = southbound;
    this.control = control;
    this.onStatus = onStatus;
    this.onMade = onMade;
    for (int i = 0; i < 2 * TABLES; i++) {
      queued.add(new LinkedHashSet<>());
    }
  }

  /** Any thread. */
  Status status() {
    return status;
  }

  /** Whether it has held all it should since it was connected. Any thread. */
  boolean usable() {
    return whole;
  }

  // ---- what should be ------------------------------------------------------------------------

  /** Replaces everything that the device should hold. */
  void replaceDesired(Map<EntryKey, Entry> wanted) {
    Map<EntryKey, Entry> before = desired;
    desired = new HashMap<>(wanted);
    for (TableUpdate u : Difference.of(desired, before)) {
      enqueue(u.entry().key());
    }
    pump();
  }

  /** Replaces everything but what leases and led flows have there. */
  void replaceBase(Map<EntryKey, Entry> wanted) {
    Map<EntryKey, Entry> all = new HashMap<>(wanted);
    desired.forEach(
        (key, entry) -> {
          if (key.table() == P4Table.PATH_STEERING) {
            all.put(key, entry);
          }
        });
    replaceDesired(all);
  }

  /** Completes when nothing is left to be written. */
  CompletableFuture<Void> settled() {
    List<EntryKey> keys = new ArrayList<>();
    Difference.of(desired, actual).forEach(u -> keys.add(u.entry().key()));
    return settled(keys);
  }

  /** Removes and adds entries; returns when they are queued. */
  void change(Collection<Entry> remove, Collection<Entry> add) {
    for (Entry e : remove) {
      desired.remove(e.key());
      enqueue(e.key());
    }
    for (Entry e : add) {
      desired.put(e.key(), e);
      enqueue(e.key());
    }
    pump();
  }

  /**
   * Completes when the device holds, for each of these keys, what it should hold by then;
   * exceptionally with {@link Refused} when it will not.
   */
  CompletableFuture<Void> settled(Collection<EntryKey> keys) {
    Waiter waiter = new Waiter();
    for (EntryKey key : keys) {
      String why = refused.get(key);
      if (why != null) {
        waiter.future.completeExceptionally(new Refused(device, why));
        return waiter.future;
      }
      if (!isSettled(key)) {
        waiter.remaining.add(key);
        waiters.computeIfAbsent(key, k -> new ArrayList<>(1)).add(waiter);
      }
    }
    if (waiter.remaining.isEmpty()) {
      waiter.future.complete(null);
    }
    return waiter.future;
  }

  private boolean isSettled(EntryKey key) {
    Entry want = desired.get(key);
    return synced
        && !inFlightKeys.contains(key)
        && (want == null ? !actual.containsKey(key) : want.equals(actual.get(key)));
  }

  private static final class Waiter {
    final Set<EntryKey> remaining = new HashSet<>();
    final CompletableFuture<Void> future = new CompletableFuture<>();
  }

  /** The device refuses an entry for good. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refused(DeviceId device, String why) {
      super("switch " + device + " refused the entry: " + why);
    }
  }

  // ---- what is -------------------------------------------------------------------------------

  void ready() {
    connected = true;
    whole = false; // it may have restarted: nobody knows before its tables are read
    session++;
    inFlight = 0;
    inFlightKeys.clear();
    read();
  }

  void lost(String why) {
    connected = false;
    whole = false;
    synced = false;
    session++;
    inFlight = 0;
    inFlightKeys.clear();
    publish(Phase.DISCONNECTED, why);
  }

  private void read() {
    synced = false;
    resync = false;
    long mine = session;
    publish(Phase.SYNCING, "reading tables");
    southbound
        .readTables(device)
        .whenCompleteAsync(
            (tables, t) -> {
              if (mine != session) {
                return;
              }
              if (tables == null) {
                log.warn("{}: reading tables failed, again in {} ms", device, RETRY_MS, t);
                later(mine, this::read);
                return;
              }
              adopt(tables);
            },
            control);
  }

  /** Takes what was read as the truth and queues the difference (invariant 3). */
  private void adopt(Map<EntryKey, Entry> tables) {
    actual = tables;
    synced = true;
    refused.clear();
    failing.clear();
    queued.forEach(Set::clear);
    List<TableUpdate> difference = Difference.of(desired, actual);
    difference.forEach(u -> enqueue(u.entry().key()));
    if (!difference.isEmpty()) {
      log.info("{}: {} entries read, {} to change", device, tables.size(), difference.size());
    }
    for (EntryKey key : new TreeSet<>(waiters.keySet())) {
      settle(key);
    }
    pump();
  }

  // ---- writing -------------------------------------------------------------------------------

  private int stage(EntryKey key) {
    int table = key.table().stage();
    return desired.containsKey(key) ? table : 2 * TABLES - 1 - table;
  }

  private void enqueue(EntryKey key) {
    refused.remove(key);
    if (inFlightKeys.contains(key)) {
      return; // looked at again when its acknowledgement arrives
    }
    int table = key.table().stage();
    queued.get(table).remove(key);
    queued.get(2 * TABLES - 1 - table).remove(key);
    queued.get(stage(key)).add(key);
  }

  private void pump() {
    if (!connected || !synced) {
      return;
    }
    if (resync) {
      if (inFlight == 0) {
        read();
      }
      return;
    }
    while (inFlight < WINDOW) {
      int stage = nextStage();
      if (stage < 0 || (inFlight > 0 && stage != inFlightStage)) {
        break;
      }
      send(stage);
    }
    if (inFlight == 0 && nextStage() < 0) {
      if (refused.isEmpty()) {
        publish(Phase.READY, "");
      } else {
        Map.Entry<EntryKey, String> one = refused.entrySet().iterator().next();
        boolean leasesOnly =
            refused.keySet().stream().allMatch(k -> k.table() == P4Table.PATH_STEERING);
        // A lease's entry fails its lease; anything else fails the device.
        publish(
            leasesOnly ? Phase.READY : Phase.FAILED,
            leasesOnly ? "" : "refused " + one.getKey() + ": " + one.getValue());
      }
    }
  }

  private int nextStage() {
    for (int i = 0; i < queued.size(); i++) {
      if (!queued.get(i).isEmpty()) {
        return i;
      }
    }
    return -1;
  }

  private void send(int stage) {
    List<EntryKey> keys = new ArrayList<>();
    Iterator<EntryKey> it = queued.get(stage).iterator();
    while (it.hasNext() && keys.size() < BATCH) {
      keys.add(it.next());
      it.remove();
    }
    List<TableUpdate> updates = Difference.of(keys, desired, actual);
    for (EntryKey key : keys) {
      settle(key); // those that need no change after all
    }
    if (updates.isEmpty()) {
      return;
    }
    inFlight++;
    inFlightStage = stage;
    updates.forEach(u -> inFlightKeys.add(u.entry().key()));
    if (status.phase() != Phase.READY) {
      publish(Phase.SYNCING, "writing tables");
    }
    long mine = session;
    southbound
        .write(device, updates)
        .whenCompleteAsync((f, t) -> acknowledged(mine, updates, f, t), control);
  }

  private void acknowledged(
      long mine,
      List<TableUpdate> updates,
      @Nullable List<Failure> failures,
      @Nullable Throwable t) {
    if (mine != session) {
      return; // the session broke meanwhile: everything will be read anew
    }
    inFlight--;
    Map<Integer, Failure> byIndex = new HashMap<>();
    if (failures == null) {
      log.warn(
          "{}: a batch of {} updates has no known outcome: {}",
          device,
          updates.size(),
          String.valueOf(t));
      resync = true;
    } else {
      failures.forEach(f -> byIndex.put(f.index(), f));
    }
    boolean retry = false;
    for (int i = 0; i < updates.size(); i++) {
      TableUpdate u = updates.get(i);
      EntryKey key = u.entry().key();
      inFlightKeys.remove(key);
      Failure failure = byIndex.get(i);
      if (failures == null) {
        continue;
      }
      if (failure == null) {
        failing.remove(key);
        if (u.type() == TableUpdate.Type.DELETE) {
          actual.remove(key);
        } else {
          actual.put(key, u.entry());
          if (u.type() == TableUpdate.Type.INSERT) {
            onMade.accept(key);
          }
        }
        if (!isSettled(key)) {
          enqueue(key); // what it should hold changed while this was under way
        }
        settle(key);
      } else {
        retry |= fail(u, failure);
        settle(key); // what it holds may be what it should hold by now
      }
    }
    if (retry) {
      later(mine, this::requeue);
    }
    pump();
  }

  /** Returns whether to try again later. */
  private boolean fail(TableUpdate u, Failure failure) {
    EntryKey key = u.entry().key();
    if (failing.add(key)) {
      log.warn("{}: {} {} failed: {}", device, u.type(), key, failure.message());
    } else {
      log.debug("{}: {} {} failed again: {}", device, u.type(), key, failure.message());
    }
    switch (failure.kind()) {
      case DRIFT -> resync = true;
      case TRANSIENT -> {
        return true;
      }
      case FULL, REFUSED -> {
        refused.put(key, failure.message());
        for (Waiter w : waiters.getOrDefault(key, List.of())) {
          w.future.completeExceptionally(new Refused(device, failure.message()));
        }
        waiters.remove(key);
      }
    }
    return false;
  }

  private void requeue() {
    for (TableUpdate u : Difference.of(desired, actual)) {
      if (!refused.containsKey(u.entry().key())) {
        enqueue(u.entry().key());
      }
    }
    pump();
  }

  private void settle(EntryKey key) {
    if (!waiters.containsKey(key) || !isSettled(key)) {
      return;
    }
    List<Waiter> done = waiters.remove(key);
    if (done == null) {
      return;
    }
    for (Waiter w : done) {
      w.remaining.remove(key);
      if (w.remaining.isEmpty()) {
        w.future.complete(null);
      }
    }
  }

  private void later(long mine, Runnable task) {
    control.schedule(
        () -> {
          if (mine == session) {
            task.run();
          }
        },
        RETRY_MS,
        TimeUnit.MILLISECONDS);
  }

  private void publish(Phase phase, String reason) {
    Phase before = status.phase();
    whole |= phase == Phase.READY;
    status = new Status(phase, reason, actual.size());
    if (before != phase) {
      onStatus.run();
    }
  }
}
