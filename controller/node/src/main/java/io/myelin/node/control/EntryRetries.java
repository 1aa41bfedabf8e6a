package io.myelin.node.control;

import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.reconcile.TableUpdate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The entries that a device did not take and may take later: why, since when, and when each is sent
 * again. The pause doubles with each attempt. Confined to the control thread.
 */
final class EntryRetries {
  static final long FIRST_MS = 200;

  /** A device that recovers is noticed within this. */
  static final long LAST_MS = 5_000;

  /** What is retried for longer is shown to the operator. */
  static final long LONG_MS = 10_000;

  /**
   * One entry that is retried.
   *
   * @param stage of {@link DeviceSync} in which it is retried, and which it keeps open
   * @param attempts that failed
   * @param sinceMs of the first that failed
   * @param dueMs of the next
   */
  record Retry(
      EntryKey key,
      TableUpdate.Type type,
      int stage,
      String why,
      int attempts,
      long sinceMs,
      long dueMs) {}

  private final Map<EntryKey, Retry> waiting = new TreeMap<>();
  private final Map<EntryKey, Retry> sent = new TreeMap<>();
  private boolean told;

  /** Notes that a device did not take an update now. */
  void failed(TableUpdate update, int stage, String why, long nowMs) {
    EntryKey key = update.entry().key();
    Retry before = sent.remove(key);
    int attempts = before == null ? 1 : before.attempts() + 1;
    long sinceMs = before == null ? nowMs : before.sinceMs();
    waiting.put(
        key,
        new Retry(key, update.type(), stage, why, attempts, sinceMs, nowMs + pauseMs(attempts)));
  }

  /** The pause before the next attempt after so many that failed, milliseconds. */
  static long pauseMs(int attempts) {
    return Math.min(LAST_MS, FIRST_MS << Math.min(attempts - 1, 10));
  }

  /** Forgets an entry: it was taken, or refused, or something else is to be there. */
  void forget(EntryKey key) {
    waiting.remove(key);
    sent.remove(key);
    told &= !isEmpty();
  }

  void clear() {
    waiting.clear();
    sent.clear();
    told = false;
  }

  /** Those that are to be sent again now; the next outcome continues their count. */
  List<EntryKey> takeDue(long nowMs) {
    List<EntryKey> due = new ArrayList<>();
    for (Retry r : List.copyOf(waiting.values())) {
      if (r.dueMs() <= nowMs) {
        waiting.remove(r.key());
        sent.put(r.key(), r);
        due.add(r.key());
      }
    }
    return due;
  }

  boolean isEmpty() {
    return waiting.isEmpty() && sent.isEmpty();
  }

  /** The first stage that an entry waiting for its next attempt keeps open; -1: none. */
  int firstStage() {
    return waiting.values().stream().mapToInt(Retry::stage).min().orElse(-1);
  }

  /** When the next attempt is due, milliseconds; null: nothing waits. */
  @Nullable Long nextDueMs() {
    return waiting.isEmpty()
        ? null
        : Collections.min(waiting.values().stream().map(Retry::dueMs).toList());
  }

  /** What an operator should know: entries that the device has not taken for long; empty: none. */
  String complaint(long nowMs) {
    List<Retry> all = new ArrayList<>(waiting.values());
    all.addAll(sent.values());
    Retry oldest = oldest(all);
    if (oldest == null || nowMs - oldest.sinceMs() < LONG_MS) {
      return "";
    }
    return "the switch has not taken "
        + all.size()
        + (all.size() == 1 ? " entry" : " entries")
        + " for "
        + (nowMs - oldest.sinceMs()) / 1_000
        + " s, among them "
        + oldest.type()
        + " "
        + oldest.key()
        + ": "
        + oldest.why();
  }

  /** Whether a complaint is new since the last time that nothing was retried. */
  boolean firstTold() {
    boolean first = !told;
    told = true;
    return first;
  }

  private static @Nullable Retry oldest(Collection<Retry> all) {
    Retry oldest = null;
    for (Retry r : all) {
      if (oldest == null || r.sinceMs() < oldest.sinceMs()) {
        oldest = r;
      }
    }
    return oldest;
  }
}
