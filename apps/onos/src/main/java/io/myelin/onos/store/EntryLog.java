package io.myelin.onos.store;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Outcome;
import io.myelin.node.store.LogRecord;
import io.myelin.node.store.Replica;
import io.myelin.node.store.SnapshotFile;
import io.myelin.onos.store.PendingCommands.Waiting;
import java.io.IOException;
import java.util.List;
import java.util.function.LongSupplier;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries of the log, how far they are applied here, and how one is appended: entry i is the
 * value at key i of a consistent map.
 *
 * <p>Confined to the log's worker.
 */
final class EntryLog {
  private static final Logger log = LoggerFactory.getLogger(EntryLog.class);

  private final ConsistentMap<Long, byte[]> entries;
  private final SnapshotKeeper snapshots;
  private final Replica replica;
  private final String member;
  private final LongSupplier clockNs;
  private final Listener listener;

  private long last; // key of the last entry applied
  private long term; // of the last opening
  private long epoch;
  private boolean loaded;

  /** Who is told what entries say of the leadership, and how old what is held here is. */
  interface Listener {
    /** Nothing was missing here at this time, by the monotonic clock. */
    void completeAsOf(long ns);

    /** Another member opened a leadership. */
    void openedBy(String other);

    /** Whether this member leads in a term. */
    boolean leadsIn(long term);

    /** Others led while this member slept. */
    void overtaken();
  }

  /** An entry that cannot be applied here. */
  static final class Unfit extends RuntimeException {
    private static final long serialVersionUID = 1;

    Unfit(Throwable cause) {
      super(cause);
    }
  }

  /**
   * @param replica what entries are applied to
   * @param member this member's name
   * @param clockNs monotonic
   */
  EntryLog(
      ConsistentMap<Long, byte[]> entries,
      SnapshotKeeper snapshots,
      Replica replica,
      String member,
      LongSupplier clockNs,
      Listener listener) {
    this.entries = entries;
    this.snapshots = snapshots;
    this.replica = replica;
    this.member = member;
    this.clockNs = clockNs;
    this.listener = listener;
  }

  /** Key of the last entry applied. */
  long last() {
    return last;
  }

  /** Of the last leadership that was opened. */
  long term() {
    return term;
  }

  long epoch() {
    return epoch;
  }

  /** Whether a snapshot was taken over, if there was one. */
  boolean loaded() {
    return loaded;
  }

  /** Starts from the newest snapshot. */
  void load() throws IOException {
    if (!loaded) {
      loaded = jump(snapshots.head());
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
    replica.install(content.state(), content.index(), content.timeMs());
    last = head.entry();
    term = head.term();
    epoch = content.epoch();
    log.info("snapshot up to entry {}: {} leases", last, content.state().leases().size());
    return true;
  }

  /** Applies what is there. */
  void catchUp() throws IOException {
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
      listener.completeAsOf(asked);
      return;
    }
  }

  /**
   * Appends records at the next free key, and applies them.
   *
   * @param inTerm under which they are written
   * @return whether they are in the log; if not, somebody else's entry is in their place
   */
  boolean append(long inTerm, List<Waiting> mine) throws IOException {
    StoredBatch batch = new StoredBatch(inTerm, member, mine.stream().map(Waiting::entry).toList());
    byte[] bytes = batch.encode();
    while (true) {
      long asked = clockNs.getAsLong();
      Versioned<byte[]> other = entries.putIfAbsent(last + 1, bytes);
      if (other != null) {
        apply(StoredBatch.decode(other.value()), List.of());
        // The opening we lost against, or one after it; our own term's entries come in order.
        if (term >= inTerm && !listener.leadsIn(term)) {
          return false;
        }
        continue;
      }
      SnapshotStore.Head head = snapshots.head();
      if (head.entry() > last) {
        // Where we wrote is long past: we slept while others led.
        entries.remove(last + 1);
        listener.overtaken();
        jump(head);
        return false;
      }
      apply(batch, mine);
      listener.completeAsOf(asked);
      return true;
    }
  }

  /** Applies the entry behind the last one. */
  private void apply(StoredBatch batch, List<Waiting> mine) {
    last++;
    if (batch.term() < term) {
      log.info("entry {} of {} came after its leadership; skipped", last, batch.member());
      PendingCommands.fail(mine, "the leadership was over");
      return;
    }
    for (int i = 0; i < batch.records().size(); i++) {
      LogRecord r = batch.records().get(i);
      Command command = r.command();
      Applied a;
      if (command == null) {
        opened(batch, r);
        a = new Applied(replica.state(), replica.state(), new Outcome.Done(), List.of());
      } else {
        a = applied(command);
      }
      if (!mine.isEmpty()) {
        mine.get(i).result().complete(a);
      }
    }
  }

  private Applied applied(Command command) {
    try {
      return replica.apply(command);
    } catch (RuntimeException | AssertionError e) {
      throw new Unfit(e);
    }
  }

  private void opened(StoredBatch batch, LogRecord r) {
    term = batch.term();
    epoch = epoch == 0 ? r.epoch() : epoch;
    if (!batch.member().equals(member)) {
      listener.openedBy(batch.member());
    }
  }

  /** Has what is applied covered by a snapshot, when that is due. */
  void keep() {
    snapshots.keepUpTo(last, term, () -> replica.content(epoch));
  }
}
