package io.myelin.onos.store;

import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Outcome;
import io.myelin.node.store.ElectedLog;
import io.myelin.node.store.LogRecord;
import io.myelin.node.store.Replica;
import io.myelin.node.store.SnapshotFile;
import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.onosproject.cluster.LeadershipEventListener;
import org.onosproject.cluster.LeadershipService;
import org.onosproject.cluster.NodeId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log in ONOS's own replicated storage: entry i is the value at key i of a consistent map.
 *
 * <p>An entry is appended with {@code putIfAbsent} at the next free key, which ONOS decides by
 * consensus, so that of two who append at once one finds the other's entry instead. Every node
 * applies entries in the order of their keys.
 *
 * <p>ONOS elects a leader, but its word is a hint ({@link LeaderBeat}), and fences nobody off: one
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
  static final String TOPIC = "myelin-leader";

  private static final String UNKNOWN = "it is not known whether the command was committed";

  /** Commands that share an entry: what a hundred leases ask for stays far below 1 MiB. */
  private static final int BATCH = 100;

  /** Commands that wait at most; more are refused, and may be made again. */
  private static final int MAX_WAITING = 10_000;

  /** Entries between snapshots: what a node that starts reads one by one. */
  private static final int SNAPSHOT_EVERY = 2_000;

  /** A snapshot that failed is tried again after a tenth of the entries. */
  private static final int SOONER = 10;

  /** Between looks for entries whose event was lost, and for who leads. */
  private static final long LOOK_MS = 500;

  /** Looks that may be missed before what is held here counts as old. */
  private static final long FRESH_LOOKS = 4;

  /**
   * A leader to whom ONOS's storage has not answered for so long leads no more: another may have
   * been elected, which it cannot know.
   */
  static final Duration PATIENCE = Duration.ofSeconds(3);

  /**
   * When nothing was heard of a leader for so long, whoever notices opens a leadership, elected or
   * not: ONOS's nodes may each hold another for the elected one.
   */
  static final Duration ABANDONED = Duration.ofSeconds(15);

  /** Between looks whether this node still stands for election. */
  static final long STAND_NS = Duration.ofSeconds(5).toNanos();

  private static final long CLOSE_S = 5;

  /** Between looks whether the storage still answers. */
  private static final long WATCH_MS = 250;

  private record Waiting(LogRecord entry, CompletableFuture<Applied> result) {}

  private final LeadershipService elections;
  private final ConsistentMap<Long, byte[]> entries;
  private final SnapshotStore snapshots;
  private final LeaderBeat beat;
  private final NodeId self;
  private final int snapshotEvery;
  private final LongSupplier epochS;
  private final LongSupplier clockNs;

  /** Apart from the worker, which waits while the storage does not answer. */
  private final GuardedExecutor watch = GuardedExecutor.single("myelin-log-watch");

  /** Writes snapshots and trims entries: thousands of rounds among ONOS's nodes. */
  private final GuardedExecutor keeper = GuardedExecutor.single("myelin-log-keeper");

  private final AtomicBoolean keeping = new AtomicBoolean();

  private final GuardedExecutor worker = GuardedExecutor.single("myelin-log");
  private final MapEventListener<Long, byte[]> onEntry = e -> wake();
  private final LeadershipEventListener onElection = e -> wake();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final Deque<Waiting> queue = new ArrayDeque<>();

  /** What is being appended. */
  private volatile List<Waiting> underWay = List.of();

  // Of the worker alone.
  private long last; // key of the last entry applied
  private long term; // of the last opening
  private long epoch;
  private boolean loaded;
  private long stoodNs;

  /** Whom ONOS had elected when this node began to lead, and of whom nothing was heard. */
  private String silent = "";

  /** The entry at which the next snapshot is due. */
  private volatile long snapshotDue;

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
    this.clockNs = clockNs;
    this.entries = entries;
    this.snapshots = new SnapshotStore(snapshots, member.id());
    beat = new LeaderBeat(snapshots, member.id(), clockNs);
    self = member;
    stoodNs = clockNs.getAsLong();
    this.elections = elections;
    this.snapshotEvery = snapshotEvery;
    snapshotDue = snapshotEvery;
    this.epochS = epochS;
    entries.addListener(onEntry);
    elections.addListener(onElection);
    elections.runForLeadership(TOPIC);
    worker.scheduleWithFixedDelay(this::work, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    watch.scheduleWithFixedDelay(this::watch, WATCH_MS, WATCH_MS, TimeUnit.MILLISECONDS);
  }

  // ---- the port --------------------------------------------------------------------------------

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    Waiting w = new Waiting(new LogRecord(command, 0), new CompletableFuture<>());
    synchronized (queue) {
      if (!leadership().leads()) {
        return CompletableFuture.failedFuture(notLeading());
      }
      if (queue.size() >= MAX_WAITING) {
        return CompletableFuture.failedFuture(
            new NotCommitted(MAX_WAITING + " commands wait for ONOS's storage already"));
      }
      queue.add(w);
    }
    wake();
    return w.result;
  }

  @Override
  public void close() {
    elections.removeListener(onElection);
    elections.withdraw(TOPIC);
    entries.removeListener(onEntry);
    boolean led = leadership().leads();
    watch.shutdownNow();
    worker.shutdownNow();
    keeper.shutdownNow();
    synchronized (queue) {
      end();
    }
    if (led) {
      release();
    }
    giveUp("closed");
  }

  /** Lets the next leader begin at once. */
  private void release() {
    try {
      if (worker.awaitTermination(CLOSE_S, TimeUnit.SECONDS)) {
        beat.release();
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
        giveUp("closed");
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
      load();
      catchUp();
      lead();
      appendWaiting();
    } catch (IOException | Unfit | AssertionError e) {
      // To go on would be to hold another state than the others (invariant 7).
      log.error("entry {} cannot be applied", last + 1, e);
      stop("log entry " + (last + 1) + " cannot be applied: " + e.getMessage());
    } catch (RuntimeException e) {
      if (Thread.currentThread().isInterrupted()) {
        return; // closing
      }
      // No majority, or too slow, with exceptions of many kinds. What was under way may have been
      // committed: the next round sees.
      log.warn("ONOS's storage does not answer: {}", e.toString());
      giveUp("ONOS's storage does not answer: " + e);
    }
  }

  /** An entry that cannot be applied here. */
  private static final class Unfit extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unfit(Throwable cause) {
      super(cause);
    }
  }

  /** Starts from the newest snapshot. */
  private void load() throws IOException {
    if (loaded) {
      return;
    }
    if (jump(snapshots.head())) {
      loaded = true;
    }
  }

  /** Takes a snapshot over; false: a newer one took its place, look again. */
  private boolean jump(SnapshotStore.Head head) throws IOException {
    if (head.entry() <= last) {
      return true;
    }
    SnapshotFile.Content content = snapshots.read(head);
    if (content == null) {
      return false;
    }
    replica().install(content.state(), content.index(), content.timeMs());
    last = head.entry();
    snapshotDue = last + snapshotEvery;
    term = head.term();
    epoch = content.epoch();
    log.info("snapshot up to entry {}: {} leases", last, content.state().leases().size());
    return true;
  }

  private void catchUp() throws IOException {
    while (true) {
      long asked = clockNs.getAsLong();
      Versioned<byte[]> next = entries.get(last + 1);
      if (next != null) {
        apply(StoredBatch.decode(next.value()), List.of());
        continue;
      }
      SnapshotStore.Head head = snapshots.head();
      if (head.entry() > last) {
        jump(head); // trimmed beyond us; what does not work now works in the next round
        if (head.entry() > last) {
          return;
        }
        continue;
      }
      completeAsOf(asked);
      return;
    }
  }

  /** Applies the entry behind the last one. */
  private void apply(StoredBatch batch, List<Waiting> mine) {
    last++;
    if (batch.term() < term) {
      log.info("entry {} of {} came after its leadership; skipped", last, batch.member());
      fail(mine, "the leadership was over");
      return;
    }
    for (int i = 0; i < batch.records().size(); i++) {
      LogRecord r = batch.records().get(i);
      Command command = r.command();
      Applied a;
      if (command == null) {
        opened(batch, r);
        a = new Applied(state(), state(), new Outcome.Done(), List.of());
      } else {
        a = applied(command);
      }
      if (!mine.isEmpty()) {
        mine.get(i).result.complete(a);
      }
    }
  }

  private Applied applied(Command command) {
    try {
      return replica().apply(command);
    } catch (RuntimeException | AssertionError e) {
      throw new Unfit(e);
    }
  }

  private void opened(StoredBatch batch, LogRecord r) {
    term = batch.term();
    epoch = epoch == 0 ? r.epoch() : epoch;
    if (!batch.member().equals(member())) {
      follows(epoch, 0, batch.member());
      giveUp(batch.member() + " leads");
    }
  }

  /** Opens a leadership, or ends it. */
  private void lead() throws IOException {
    stand();
    String elected = elected();
    if (!loaded) {
      return;
    }
    if (leadership().leads()) {
      if (leadership().term() != term) {
        follows(epoch, 0, "");
        giveUp("others led meanwhile");
      } else if (elected.isEmpty() || elected.equals(member()) || elected.equals(silent)) {
        beat.beat(term);
      } else {
        beat.release();
        follows(epoch, 0, elected);
        giveUp(elected + " leads");
      }
      return;
    }
    beat.look();
    String other = beat.other(PATIENCE);
    boolean mine = elected.equals(member());
    boolean abandoned = !mine && beat.silentFor(ABANDONED);
    if (!(mine || abandoned) || !other.isEmpty()) {
      String leader = other.isEmpty() ? elected : other;
      if (!leadership().leader().equals(leader)) {
        follows(epoch, 0, leader);
      }
      giveUp(leader.isEmpty() ? "no node leads" : leader + " leads");
      return;
    }
    silent = abandoned ? elected : "";
    long next = term + 1;
    beat.beat(next); // before the opening, so that nobody opens another in between
    Waiting opening =
        new Waiting(new LogRecord(null, epochS.getAsLong()), new CompletableFuture<>());
    if (append(new StoredBatch(next, member(), List.of(opening.entry)), List.of(opening))) {
      log.info("node {} leads, term {} of epoch {}", member(), term, epoch);
      turn(new Leadership(Leadership.Role.LEADER, epoch, term, member()));
    }
  }

  /** Whom ONOS has elected, as far as this node knows; empty: nobody. */
  private String elected() {
    try {
      NodeId elected = elections.getLeader(TOPIC);
      return elected == null ? "" : elected.id();
    } catch (RuntimeException e) {
      // ONOS asks its storage, with exceptions of many kinds.
      log.debug("ONOS does not say who is elected", e);
      return "";
    }
  }

  /** Stands for election again: ONOS forgets candidates of whom it did not hear for a while. */
  private void stand() {
    long now = clockNs.getAsLong();
    if (now - stoodNs < STAND_NS) {
      return;
    }
    stoodNs = now;
    try {
      org.onosproject.cluster.Leadership known = elections.getLeadership(TOPIC);
      if (known == null || !known.candidates().contains(self)) {
        log.info("node {} stands for election again", member());
        elections.runForLeadership(TOPIC);
      }
    } catch (RuntimeException e) {
      log.debug("ONOS does not say who stands for election", e);
    }
  }

  private void appendWaiting() throws IOException {
    while (leadership().leads()) {
      List<Waiting> some = new ArrayList<>();
      synchronized (queue) {
        while (!queue.isEmpty() && some.size() < BATCH) {
          some.add(queue.remove());
        }
      }
      if (some.isEmpty()) {
        snapshot();
        return;
      }
      List<LogRecord> records = new ArrayList<>();
      some.forEach(w -> records.add(w.entry));
      underWay = some;
      try {
        append(new StoredBatch(leadership().term(), member(), records), some);
      } finally {
        underWay = List.of();
        fail(some, UNKNOWN); // those without an answer
      }
    }
  }

  /**
   * Appends at the next free key, and applies.
   *
   * @return whether the entry is in the log; if not, somebody else's is in its place
   */
  private boolean append(StoredBatch batch, List<Waiting> mine) throws IOException {
    byte[] bytes = batch.encode();
    while (true) {
      long asked = clockNs.getAsLong();
      Versioned<byte[]> other = entries.putIfAbsent(last + 1, bytes);
      if (other != null) {
        StoredBatch theirs = StoredBatch.decode(other.value());
        apply(theirs, List.of());
        if (term >= batch.term()) {
          // The opening we lost against, or one after it; our own term's entries come in order.
          if (!leadership().leads() || leadership().term() != term) {
            return false;
          }
        }
        continue;
      }
      SnapshotStore.Head head = snapshots.head();
      if (head.entry() > last) {
        // Where we wrote is long past: we slept while others led.
        entries.remove(last + 1);
        follows(epoch, 0, "");
        giveUp("others led meanwhile");
        jump(head);
        return false;
      }
      apply(batch, mine);
      completeAsOf(asked);
      return true;
    }
  }

  /** Has what is applied covered by a snapshot, when that is due; appends go on meanwhile. */
  private void snapshot() {
    if (last < snapshotDue || !keeping.compareAndSet(false, true)) {
      return;
    }
    long entry = last;
    long inTerm = term;
    SnapshotFile.Content content = replica().content(epoch);
    try {
      keeper.execute(() -> keep(entry, inTerm, content), () -> keeping.set(false));
    } catch (RejectedExecutionException closed) {
      keeping.set(false);
    }
  }

  /** Writes a snapshot, and removes what the newest one covers, whoever wrote that. */
  private void keep(long entry, long inTerm, SnapshotFile.Content content) {
    try {
      if (snapshots.write(entry, inTerm, content)) {
        log.info("snapshot up to entry {}", entry);
      }
      snapshotDue = entry + snapshotEvery;
      long covered = snapshots.head().entry();
      for (long key : entries.keySet()) {
        if (key <= covered) {
          entries.remove(key);
        }
      }
    } catch (RuntimeException | IOException e) {
      // Entries pile up, and nothing is lost.
      log.warn("no snapshot up to entry {}: {}", entry, e.toString());
      snapshotDue = entry + snapshotEvery / SOONER;
    } finally {
      keeping.set(false);
    }
  }

  /** Returns when a snapshot that is being written is there, and what it covers is trimmed. */
  void awaitSnapshot() {
    CompletableFuture.runAsync(() -> {}, worker).join();
    CompletableFuture.runAsync(() -> {}, keeper).join();
  }

  // ---- who leads -------------------------------------------------------------------------------

  /** One that submits either sees it, or is in the queue that is given up afterwards. */
  @Override
  protected void turn(Leadership next) {
    synchronized (queue) {
      if (!leadership().equals(next)) {
        super.turn(next);
      }
    }
  }

  private void stop(String why) {
    stopped(why);
    giveUp(why);
  }

  /** Ends a leadership of whose end this node would not hear. */
  void watch() {
    synchronized (queue) {
      if (!leadership().leads() || !staleFor(PATIENCE)) {
        return;
      }
      log.warn("ONOS's storage does not answer; this node leads no more until it does");
      follows(leadership().epoch(), 0, "");
    }
    giveUp("ONOS's storage does not answer");
    fail(underWay, UNKNOWN);
  }

  /** Nobody will append what waits. */
  private void giveUp(String why) {
    List<Waiting> all;
    synchronized (queue) {
      all = new ArrayList<>(queue);
      queue.clear();
    }
    fail(all, why);
  }

  private static void fail(List<Waiting> all, String why) {
    for (Waiting w : all) {
      if (!w.result.isDone()) {
        w.result.completeExceptionally(new NotCommitted(why));
      }
    }
  }
}
