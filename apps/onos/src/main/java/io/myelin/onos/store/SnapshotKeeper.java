package io.myelin.onos.store;

import io.myelin.node.store.SnapshotFile;
import io.myelin.node.thread.GuardedExecutor;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.onosproject.store.service.ConsistentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Covers the log with snapshots when that is due, and removes the entries that one covers, on a
 * thread of its own: that takes thousands of rounds among ONOS's nodes.
 *
 * <p>Asked by the log's worker.
 */
final class SnapshotKeeper {
  private static final Logger log = LoggerFactory.getLogger(SnapshotKeeper.class);

  /** A snapshot that failed is tried again after a tenth of the entries. */
  private static final int SOONER = 10;

  private final SnapshotStore store;
  private final ConsistentMap<Long, byte[]> entries;
  private final int every;
  private final GuardedExecutor keeper = GuardedExecutor.single("myelin-log-keeper");
  private final AtomicBoolean keeping = new AtomicBoolean();

  /** The entry at which the next snapshot is due. */
  private volatile long due;

  /**
   * @param entries of the log, by key
   * @param every entries between snapshots
   */
  SnapshotKeeper(SnapshotStore store, ConsistentMap<Long, byte[]> entries, int every) {
    this.store = store;
    this.entries = entries;
    this.every = every;
    due = every;
  }

  /** The newest snapshot. */
  SnapshotStore.Head head() {
    return store.head();
  }

  /** A snapshot's content, after which the next is due; null: a newer one took its place. */
  SnapshotFile.@Nullable Content read(SnapshotStore.Head head) throws IOException {
    SnapshotFile.Content content = store.read(head);
    if (content != null) {
      due = head.entry() + every;
    }
    return content;
  }

  /**
   * Has what is applied covered by a snapshot, when that is due; appends go on meanwhile.
   *
   * @param entry the last one applied
   * @param term the highest that an entry up to there bore
   */
  void keepUpTo(long entry, long term, Supplier<SnapshotFile.Content> content) {
    if (entry < due || !keeping.compareAndSet(false, true)) {
      return;
    }
    SnapshotFile.Content now = content.get();
    try {
      keeper.execute(() -> keep(entry, term, now), () -> keeping.set(false));
    } catch (RejectedExecutionException closed) {
      keeping.set(false);
    }
  }

  /** Writes a snapshot, and removes what the newest one covers, whoever wrote that. */
  private void keep(long entry, long term, SnapshotFile.Content content) {
    try {
      if (store.write(entry, term, content)) {
        log.info("snapshot up to entry {}", entry);
      }
      due = entry + every;
      long covered = store.head().entry();
      for (long key : entries.keySet()) {
        if (key <= covered) {
          entries.remove(key);
        }
      }
    } catch (RuntimeException | IOException e) {
      // Entries pile up, and nothing is lost.
      log.warn("no snapshot up to entry {}: {}", entry, e.toString());
      due = entry + every / SOONER;
    } finally {
      keeping.set(false);
    }
  }

  /** Returns when a snapshot that is being written is there, and what it covers is trimmed. */
  void await() {
    CompletableFuture.runAsync(() -> {}, keeper).join();
  }

  void close() {
    keeper.close();
  }
}
