package io.myelin.onos.store;

import io.myelin.core.port.Leadership;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.node.store.ElectedLog;
import io.myelin.node.store.LogRecord;
import io.myelin.node.store.Replica;
import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.onosproject.cluster.LeadershipService;
import org.onosproject.cluster.NodeId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log in ONOS's own replicated storage: entry i is the value at key i of a consistent map.
 *
 * <p>An entry is appended with {@code putIfAbsent} at the next free key, which ONOS decides by
 * consensus, so that of two who append at once one finds the other's entry instead. Every node
 * applies entries in the order of their keys.
 *
 * <p>ONOS elects a leader, but its word is a hint ({@link Candidacy}), and fences nobody off: one
 * that was paused may append after its time. Therefore each leadership opens with an entry under a
 * term of its own, one higher than all before it in the log, and an entry with a lower term than
 * the last opening's is skipped by all alike. Where old entries were trimmed, {@code putIfAbsent}
 * would also succeed at a key that was used before; so an entry counts only when no snapshot covers
 * its key afterwards.
 */
public final class OnosStateLog extends ElectedLog {
  private static final Logger log = LoggerFactory.getLogger(OnosStateLog.class);

  static final String ENTRIES = "myelin-log";
  static final String SNAPSHOTS = "myelin-snapshots";

  /** Entries between snapshots: what a node that starts reads one by one. */
  private static final int SNAPSHOT_EVERY = 2_000;

  /** Between looks for entries whose event was lost, and for who leads. */
  private static final long LOOK_MS = 500;

  /** Looks that may be missed before what is held here counts as old. */
  private static final long FRESH_LOOKS = 4;

  private static final long CLOSE_S = 5;

  /** Between looks whether the storage still answers. */
  private static final long WATCH_MS = 250;

  private final ConsistentMap<Long, byte[]> map;
  private final EntryLog entries;
  private final SnapshotKeeper snapshots;
  private final Candidacy candidacy;
  private final LongSupplier epochS;

  /** What waits to be appended; its monitor guards who leads, too. */
  private final PendingCommands pending = new PendingCommands();

  /** Apart from the worker, which waits while the storage does not answer. */
  private final GuardedExecutor watch = GuardedExecutor.single("myelin-log-watch");

  private final GuardedExecutor worker = GuardedExecutor.single("myelin-log");
  private final MapEventListener<Long, byte[]> onEntry = e -> wake();
  private final AtomicBoolean woken = new AtomicBoolean();

  /**
   * Joins: reads what is there, and runs for leadership.
   *
   * @param member this ONOS node
   */
  public OnosStateLog(NodeId member, StorageService storage, LeadershipService elections) {
    this(
        member,
        storage
            .<Long, byte[]>consistentMapBuilder()
            .withName(ENTRIES)
            .withSerializer(Serializer.using(KryoNamespaces.BASIC))
            .build(),
        storage
            .<String, byte[]>consistentMapBuilder()
            .withName(SNAPSHOTS)
            .withSerializer(Serializer.using(KryoNamespaces.BASIC))
            .build(),
        elections,
        SNAPSHOT_EVERY,
        () -> System.currentTimeMillis() / 1000,
        System::nanoTime);
  }

  /**
   * @param snapshotEvery entries between snapshots
   * @param epochS seconds since 1970, for a log that begins
   * @param clockNs monotonic
   */
  OnosStateLog(
      NodeId member,
      ConsistentMap<Long, byte[]> entries,
      ConsistentMap<String, byte[]> snapshots,
      LeadershipService elections,
      int snapshotEvery,
      LongSupplier epochS,
      LongSupplier clockNs) {
    super(new Replica(), member.id(), Duration.ofMillis(FRESH_LOOKS * LOOK_MS), clockNs);
    map = entries;
    this.epochS = epochS;
    this.snapshots =
        new SnapshotKeeper(new SnapshotStore(snapshots, member.id()), entries, snapshotEvery);
    this.entries =
        new EntryLog(entries, this.snapshots, replica(), member.id(), clockNs, new LogEvents());
    candidacy =
        new Candidacy(
            member,
            elections,
            new LeaderBeat(snapshots, member.id(), clockNs),
            clockNs,
            this::wake);
    map.addListener(onEntry);
    candidacy.run();
    worker.scheduleWithFixedDelay(this::work, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    watch.scheduleWithFixedDelay(this::watch, WATCH_MS, WATCH_MS, TimeUnit.MILLISECONDS);
  }

  // ---- the port --------------------------------------------------------------------------------

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    CompletableFuture<Applied> result;
    synchronized (pending) {
      if (!leadership().leads()) {
        return CompletableFuture.failedFuture(notLeading());
      }
      result = pending.add(command);
    }
    wake();
    return result;
  }

  @Override
  public void close() {
    candidacy.withdraw();
    map.removeListener(onEntry);
    boolean led = leadership().leads();
    watch.shutdownNow();
    worker.shutdownNow();
    snapshots.close();
    synchronized (pending) {
      end();
    }
    if (led) {
      release();
    }
    pending.giveUp("closed");
  }

  /** Lets the next leader begin at once. */
  private void release() {
    try {
      if (worker.awaitTermination(CLOSE_S, TimeUnit.SECONDS)) {
        candidacy.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- the worker ------------------------------------------------------------------------------

  private void wake() {
    if (woken.compareAndSet(false, true)) {
      try {
        worker.execute(this::work, () -> woken.set(false));
      } catch (RejectedExecutionException closed) {
        pending.giveUp("closed");
      }
    }
  }

  /** One round: applies what is there, and appends what waits. */
  private void work() {
    woken.set(false);
    if (leadership().role() == Leadership.Role.STOPPED) {
      return;
    }
    try {
      entries.load();
      entries.catchUp();
      lead();
      appendWaiting();
    } catch (IOException | EntryLog.Unfit | AssertionError e) {
      // To go on would be to hold another state than the others (invariant 7).
      long entry = entries.last() + 1;
      log.error("entry {} cannot be applied", entry, e);
      stop("log entry " + entry + " cannot be applied: " + e.getMessage());
    } catch (RuntimeException e) {
      if (Thread.currentThread().isInterrupted()) {
        return; // closing
      }
      // No majority, or too slow, with exceptions of many kinds. What was under way may have been
      // committed: the next round sees.
      log.warn("ONOS's storage does not answer: {}", e.toString());
      pending.giveUp("ONOS's storage does not answer: " + e);
    }
  }

  /** Opens a leadership, or ends it. */
  private void lead() throws IOException {
    candidacy.look();
    if (!entries.loaded()) {
      return;
    }
    if (leadership().leads()) {
      stay();
      return;
    }
    Candidacy.Finding found = candidacy.find();
    if (found.opens()) {
      open();
      return;
    }
    String leader = found.leader();
    if (!leadership().leader().equals(leader)) {
      follows(entries.epoch(), 0, leader);
    }
    pending.giveUp(leader.isEmpty() ? "no node leads" : leader + " leads");
  }

  private void stay() {
    if (leadership().term() != entries.term()) {
      overtaken();
      return;
    }
    String other = candidacy.stay(entries.term());
    if (!other.isEmpty()) {
      leads(other);
    }
  }

  private void open() throws IOException {
    long next = entries.term() + 1;
    candidacy.beat(next); // before the opening, so that nobody opens another in between
    LogRecord opening = new LogRecord(null, epochS.getAsLong());
    if (entries.append(next, List.of(PendingCommands.Waiting.of(opening)))) {
      log.info("node {} leads, term {} of epoch {}", member(), entries.term(), entries.epoch());
      turn(new Leadership(Leadership.Role.LEADER, entries.epoch(), entries.term(), member()));
    }
  }

  private void appendWaiting() throws IOException {
    while (leadership().leads()) {
      List<PendingCommands.Waiting> some = pending.take();
      if (some.isEmpty()) {
        entries.keep();
        return;
      }
      try {
        entries.append(leadership().term(), some);
      } finally {
        pending.answered();
      }
    }
  }

  /** Returns when a snapshot that is being written is there, and what it covers is trimmed. */
  void awaitSnapshot() {
    CompletableFuture.runAsync(() -> {}, worker).join();
    snapshots.await();
  }

  // ---- who leads -------------------------------------------------------------------------------

  /** What entries say of the leadership. */
  private final class LogEvents implements EntryLog.Listener {
    @Override
    public void completeAsOf(long ns) {
      OnosStateLog.this.completeAsOf(ns);
    }

    @Override
    public void openedBy(String other) {
      leads(other);
    }

    @Override
    public boolean leadsIn(long term) {
      return leadership().leads() && leadership().term() == term;
    }

    @Override
    public void overtaken() {
      OnosStateLog.this.overtaken();
    }
  }

  /** One that submits either sees it, or is in the queue that is given up afterwards. */
  @Override
  protected void turn(Leadership next) {
    synchronized (pending) {
      if (!leadership().equals(next)) {
        super.turn(next);
      }
    }
  }

  private void leads(String other) {
    follows(entries.epoch(), 0, other);
    pending.giveUp(other + " leads");
  }

  private void overtaken() {
    follows(entries.epoch(), 0, "");
    pending.giveUp("others led meanwhile");
  }

  private void stop(String why) {
    stopped(why);
    pending.giveUp(why);
  }

  /** Ends a leadership of whose end this node would not hear. */
  void watch() {
    synchronized (pending) {
      if (!leadership().leads() || !staleFor(Candidacy.PATIENCE)) {
        return;
      }
      log.warn("ONOS's storage does not answer; this node leads no more until it does");
      follows(leadership().epoch(), 0, "");
    }
    pending.giveUp("ONOS's storage does not answer");
    pending.giveUpUnderWay();
  }
}
