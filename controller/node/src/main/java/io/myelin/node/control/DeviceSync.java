package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.Table;
import io.myelin.core.port.DeviceStatus.Phase;
import io.myelin.core.port.DeviceStatus.Status;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.Difference;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one device's tables to what they should hold and keeps them there: the only writer.
 *
 * <p>Changes are queued by stage: tables in filling order, then removals in the reverse order
 * ({@link Table}). Batches of one stage may overlap; the next stage starts when each entry of the
 * last one is acknowledged or refused, because P4Runtime promises no order within or between
 * batches (1.5 §12.2). An entry that the device did not take now keeps its stage open until it is
 * taken ({@link EntryRetries}). What became of an update that nobody can say is read from the
 * device.
 *
 * <p>Confined to the control thread.
 */
final class DeviceSync {
  private static final Logger log = LoggerFactory.getLogger(DeviceSync.class);

  /** Updates a batch: large enough to amortise a call, small enough for 4 MiB messages. */
  static final int BATCH = 1_000;

  /** By how much a batch shrinks whose answer does not say what became of each update. */
  private static final int SPLIT = 8;

  /** Batches under way at once: one is encoded while others are on the wire and in the switch. */
  static final int WINDOW = 4;

  /** Before a device that refuses entries is read, and asked, again. Doubles up to the last. */
  static final long FIRST_REREAD_MS = 1_000;

  static final long LAST_REREAD_MS = 60_000;

  private final DeviceId device;
  private final Southbound southbound;
  private final Pipeline pipeline;
  private final int tables;
  private final GuardedExecutor control;
  private final LongSupplier clockMs;
  private final Runnable onStatus;
  private final Consumer<EntryKey> onMade;

  private Map<EntryKey, Entry> desired = new HashMap<>();
  private Map<EntryKey, Entry> actual = new HashMap<>();
  private final List<LinkedHashSet<EntryKey>> queued = new ArrayList<>();
  private final Set<EntryKey> inFlightKeys = new HashSet<>();
  private final Set<EntryKey> doubted = new HashSet<>(); // may be on the device or not
  private final Map<EntryKey, String> refused = new HashMap<>();
  private final Set<EntryKey> logged = new HashSet<>(); // refusals that are in the log
  private final EntryRetries retries = new EntryRetries();
  private final EntryWaiters waiters;
  private int batch = BATCH;
  private int inFlight;
  private int inFlightStage;
  private boolean connected;
  private boolean synced; // actual is known
  private boolean resync; // actual is doubtful: read again once nothing is in flight
  private boolean readScheduled;
  private int outstanding; // writes without an answer, of whatever session
  private boolean readWaits; // for these

  /** Reads that fail in a row before somebody should know: one fails with a session that ends. */
  private static final int UNREADABLE = 5;

  private int unreadable; // reads that failed, or answers that said nothing, in a row
  private int rereads; // since the device last took everything
  private boolean rereadScheduled;
  private long retryAtMs = Long.MAX_VALUE;
  private long session;
  private volatile Status status = Status.UNKNOWN;
  private volatile boolean whole;
  private final LongAdder repaired = new LongAdder();

  /**
   * @param clockMs milliseconds, for the pauses between attempts
   * @param onMade is told of every entry that is new on the device
   */
  DeviceSync(
      DeviceId device,
      Southbound southbound,
      GuardedExecutor control,
      LongSupplier clockMs,
      Runnable onStatus,
      Consumer<EntryKey> onMade) {
    this.device = device;
    this.southbound = southbound;
    pipeline = southbound.pipeline();
    tables = pipeline.tables().size();
    this.control = control;
    this.clockMs = clockMs;
    this.onStatus = onStatus;
    this.onMade = onMade;
    waiters = new EntryWaiters(device, this::isSettled);
    for (int i = 0; i < 2 * tables; i++) {
      queued.add(new LinkedHashSet<>());
    }
  }

  /** Entries that were not as they should be after the device had held all. Any thread. */
  long repaired() {
    return repaired.sum();
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
          if (pipeline.steers(key)) {
            all.put(key, entry);
          }
        });
    replaceDesired(all);
  }

  /** The same, but what it should hold by now stays, too, where nothing else is asked for. */
  void joinBase(Map<EntryKey, Entry> wanted) {
    Map<EntryKey, Entry> all = new HashMap<>(desired);
    all.putAll(wanted);
    replaceDesired(all);
  }

  /** Whether it should not hold an entry so far. */
  boolean lacks(EntryKey key) {
    return !desired.containsKey(key);
  }

  /** Whether nothing is left to be written, now. */
  boolean holdsAll() {
    return synced && !resync && inFlight == 0 && nextStage() < 0 && retries.isEmpty();
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
   * exceptionally with {@link EntryWaiters.Refused} when it will not.
   */
  CompletableFuture<Void> settled(Collection<EntryKey> keys) {
    return waiters.wait(keys, refused, null);
  }

  /**
   * Completes when the device holds what it should of these keys, however often it refuses
   * meanwhile.
   */
  CompletableFuture<Void> agreed(Collection<EntryKey> keys) {
    return waiters.wait(keys, refused, why -> {});
  }

  /**
   * Completes when the device said that it holds none of these keys, or was read and holds none. A
   * refusal frees nothing: the removal is tried again after the device was read again.
   *
   * @param onRefused told why, at each refusal
   */
  CompletableFuture<Void> gone(Collection<EntryKey> keys, Consumer<String> onRefused) {
    return waiters.wait(keys, refused, onRefused);
  }

  private boolean isSettled(EntryKey key) {
    Entry want = desired.get(key);
    return synced
        && !inFlightKeys.contains(key)
        && !doubted.contains(key)
        && (want == null ? !actual.containsKey(key) : want.equals(actual.get(key)));
  }

  // ---- what is -------------------------------------------------------------------------------

  void ready() {
    connected = true;
    whole = false; // it may have restarted: nobody knows before its tables are read
    begin();
    read();
  }

  void lost(String why) {
    connected = false;
    whole = false;
    synced = false;
    begin();
    publish(Phase.DISCONNECTED, why);
  }

  /** The device may not hold what it acknowledged. */
  void doubtful() {
    resync = true;
    pump();
  }

  /** After an exception nothing that is kept here can be trusted: all is read from the device. */
  private void recover() {
    begin();
    doubted.clear();
    synced = false;
    if (connected) {
      later(EntryRetries.LAST_MS, this::read);
    }
  }

  /** Another session: what the last one had under way will not be heard of. */
  private void begin() {
    session++;
    inFlight = 0;
    inFlightKeys.clear();
    retries.clear();
    retryAtMs = Long.MAX_VALUE;
    readScheduled = false;
    readWaits = false;
    rereadScheduled = false;
    unreadable = 0;
    rereads = 0;
    batch = BATCH;
  }

  private void read() {
    synced = false;
    resync = false;
    publish(Phase.SYNCING, "reading tables");
    // A write of the session before may be on its way still: what is read first would not show it.
    readWaits = outstanding > 0;
    if (readWaits) {
      return;
    }
    long mine = session;
    control.whenComplete(
        call(() -> southbound.readTables(device)),
        (tables, t) -> {
          if (mine != session) {
            return;
          }
          if (tables == null) {
            unreadable++;
            if (unreadable == UNREADABLE) {
              log.warn("{}: its tables cannot be read, tried again: {}", device, text(t));
            }
            publish(Phase.SYNCING, "its tables cannot be read: " + text(t));
            later(EntryRetries.pauseMs(unreadable), this::read);
            return;
          }
          adopt(tables);
        },
        this::recover);
  }

  /** Takes what was read as the truth and queues the difference (invariant 3). */
  private void adopt(Map<EntryKey, Entry> tables) {
    actual = tables;
    synced = true;
    refused.clear();
    doubted.clear();
    retries.clear();
    queued.forEach(Set::clear);
    List<TableUpdate> difference = Difference.of(desired, actual);
    difference.forEach(u -> enqueue(u.entry().key()));
    repaired.add(whole ? difference.size() : 0);
    if (!difference.isEmpty()) {
      log.debug("{}: {} entries read, {} to change", device, tables.size(), difference.size());
    }
    waiters.lookAtAll();
    pump();
  }

  // ---- writing -------------------------------------------------------------------------------

  private int stage(EntryKey key) {
    int table = key.table().stage();
    return desired.containsKey(key) ? table : 2 * tables - 1 - table;
  }

  private void enqueue(EntryKey key) {
    refused.remove(key);
    if (inFlightKeys.contains(key)) {
      return; // looked at again when its acknowledgement arrives
    }
    retries.forget(key);
    requeue(key);
  }

  private void requeue(EntryKey key) {
    int table = key.table().stage();
    queued.get(table).remove(key);
    queued.get(2 * tables - 1 - table).remove(key);
    queued.get(stage(key)).add(key);
  }

  private void pump() {
    if (!connected || !synced) {
      return;
    }
    if (resync) {
      publish(Phase.SYNCING, "its tables are read again");
      if (inFlight == 0 && !readScheduled) {
        readScheduled = true;
        // The first time at once; a device whose answers say nothing is not asked in a circle.
        later(
            unreadable <= 1 ? 0 : EntryRetries.pauseMs(unreadable - 1),
            () -> {
              readScheduled = false;
              read();
            });
      }
      return;
    }
    while (inFlight < WINDOW) {
      int stage = nextStage();
      int open = retries.firstStage();
      if (stage < 0 || (open >= 0 && stage > open) || (inFlight > 0 && stage != inFlightStage)) {
        break;
      }
      send(stage);
    }
    awaitRetry();
    if (!retries.isEmpty()) {
      showRetries();
    } else if (inFlight == 0 && nextStage() < 0) {
      finished();
    }
  }

  /** Each entry is acknowledged or refused. */
  private void finished() {
    if (refused.isEmpty()) {
      rereads = 0;
      publish(Phase.READY, "");
      return;
    }
    Map.Entry<EntryKey, String> one =
        refused.entrySet().stream()
            .min(Map.Entry.comparingByKey())
            .orElseThrow(AssertionError::new);
    boolean leasesOnly = refused.keySet().stream().allMatch(pipeline::steers);
    // A lease's entry fails or holds up its lease; anything else fails the device.
    publish(
        leasesOnly ? Phase.READY : Phase.FAILED,
        "refuses "
            + refused.size()
            + (refused.size() == 1 ? " change, " : " changes, among them ")
            + one.getKey()
            + ": "
            + one.getValue());
    if (!rereadScheduled) {
      rereadScheduled = true;
      long pause = Math.min(LAST_REREAD_MS, FIRST_REREAD_MS << Math.min(rereads++, 10));
      later(
          pause,
          () -> {
            rereadScheduled = false;
            resync |= !refused.isEmpty();
            pump();
          });
    }
  }

  private void showRetries() {
    String complaint = retries.complaint(clockMs.getAsLong());
    if (!complaint.isEmpty() && retries.firstTold()) {
      log.warn("{}: {}; tried again every {} ms", device, complaint, EntryRetries.LAST_MS);
    }
    publish(Phase.SYNCING, complaint.isEmpty() ? "writing tables" : complaint);
  }

  /** Wakes up when the next entry is to be sent again. */
  private void awaitRetry() {
    Long due = retries.nextDueMs();
    if (due == null || due >= retryAtMs) {
      return;
    }
    retryAtMs = due;
    later(
        Math.max(0, due - clockMs.getAsLong()),
        () -> {
          if (retryAtMs == due) {
            retryAtMs = Long.MAX_VALUE;
            retries.takeDue(Math.max(due, clockMs.getAsLong())).forEach(this::requeue);
            pump();
          }
        });
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
    while (it.hasNext() && keys.size() < batch) {
      keys.add(it.next());
      it.remove();
    }
    List<TableUpdate> updates = Difference.of(keys, desired, actual);
    for (EntryKey key : keys) {
      if (isSettled(key)) {
        retries.forget(key); // it needs no change after all
        waiters.look(key);
      }
    }
    if (updates.isEmpty()) {
      return;
    }
    inFlight++;
    inFlightStage = stage;
    updates.forEach(u -> inFlightKeys.add(u.entry().key()));
    if (status.phase() != Phase.READY && retries.isEmpty()) {
      publish(Phase.SYNCING, "writing tables");
    }
    outstanding++;
    long mine = session;
    control.whenComplete(
        call(() -> southbound.write(device, updates)),
        (o, t) -> {
          outstanding--;
          answered(mine, stage, updates, o, t);
          if (outstanding == 0 && readWaits) {
            read();
          }
        },
        this::recover);
  }

  private void answered(
      long mine,
      int stage,
      List<TableUpdate> updates,
      @Nullable List<WriteOutcome> outcomes,
      @Nullable Throwable t) {
    if (mine != session) {
      return; // the session broke meanwhile: everything will be read anew
    }
    inFlight--;
    boolean complete = outcomes != null && outcomes.size() == updates.size();
    String why = outcomes == null ? text(t) : "the answer is about other updates";
    boolean said = true;
    for (int i = 0; i < updates.size(); i++) {
      inFlightKeys.remove(updates.get(i).entry().key());
      WriteOutcome outcome =
          outcomes != null && complete ? outcomes.get(i) : WriteOutcome.unknown(why);
      said &= apply(updates.get(i), stage, outcome);
    }
    if (said) {
      unreadable = 0;
      batch = Math.min(BATCH, 2 * batch);
    } else {
      resync = true;
      unreadable++;
      if (complete) {
        batch = Math.max(1, updates.size() / SPLIT); // so that an answer can be about one entry
      }
      if (unreadable == 1) {
        log.debug("{}: the outcome of a batch of {} is read from it", device, updates.size());
      }
    }
    pump();
  }

  /** Returns whether the device said what became of an update. */
  private boolean apply(TableUpdate u, int stage, WriteOutcome outcome) {
    EntryKey key = u.entry().key();
    switch (outcome.kind()) {
      case ACKNOWLEDGED -> acknowledged(u);
      case RETRYING -> {
        if (stillAsked(u)) {
          retries.failed(u, stage, outcome.why(), clockMs.getAsLong());
        } else {
          retries.forget(key);
        }
      }
      case REFUSED -> {
        retries.forget(key);
        if (stillAsked(u)) {
          refuse(u, outcome.why());
        }
      }
      case UNKNOWN -> {
        retries.forget(key);
        doubted.add(key);
        log.debug("{}: {} {}: {}", device, u.type(), key, outcome.why());
        return false;
      }
    }
    if (!stillAsked(u) && !isSettled(key)) {
      enqueue(key); // what it should hold changed while this was under way
    }
    waiters.look(key);
    return true;
  }

  /** Whether the device should still come to hold what an update asks for. */
  private boolean stillAsked(TableUpdate u) {
    Entry want = desired.get(u.entry().key());
    return u.type() == TableUpdate.Type.DELETE ? want == null : u.entry().equals(want);
  }

  private void refuse(TableUpdate u, String why) {
    EntryKey key = u.entry().key();
    refused.put(key, why);
    if (logged.add(key)) {
      log.warn("{}: {} {} is refused: {}", device, u.type(), key, why);
    }
    waiters.refused(key, why);
  }

  private void acknowledged(TableUpdate u) {
    EntryKey key = u.entry().key();
    retries.forget(key);
    logged.remove(key);
    if (u.type() == TableUpdate.Type.DELETE) {
      actual.remove(key);
    } else {
      actual.put(key, u.entry());
      if (u.type() == TableUpdate.Type.INSERT) {
        onMade.accept(key);
      }
    }
  }

  private void later(long pauseMs, Runnable task) {
    long mine = session;
    Runnable ours =
        () -> {
          if (mine == session) {
            task.run();
          }
        };
    if (pauseMs <= 0) {
      control.execute(ours, this::recover);
    } else {
      control.schedule(ours, this::recover, pauseMs, TimeUnit.MILLISECONDS);
    }
  }

  /** A call that fails at once fails as one that fails later. */
  private static <T> CompletableFuture<T> call(Supplier<CompletableFuture<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static String text(@Nullable Throwable t) {
    return t == null ? "no answer" : t.getMessage() == null ? t.toString() : t.getMessage();
  }

  private void publish(Phase phase, String reason) {
    Status before = status;
    whole |= phase == Phase.READY;
    status = new Status(phase, reason, actual.size());
    if (before.phase() != phase) {
      onStatus.run();
    }
  }
}
