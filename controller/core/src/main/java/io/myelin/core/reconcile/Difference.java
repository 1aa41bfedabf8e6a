package io.myelin.core.reconcile;

import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Desired minus actual, in an order that makes before it breaks: what is new or other, tables in
 * filling order; then what must go, in the reverse order. Pure.
 */
public final class Difference {
  private Difference() {}

  /** All changes that turn {@code actual} into {@code desired}. */
  public static List<TableUpdate> of(Map<EntryKey, Entry> desired, Map<EntryKey, Entry> actual) {
    TreeSet<EntryKey> keys = new TreeSet<>(desired.keySet());
    keys.addAll(actual.keySet());
    return of(keys, desired, actual);
  }

  /** The changes for some keys only. */
  public static List<TableUpdate> of(
      Collection<EntryKey> keys, Map<EntryKey, Entry> desired, Map<EntryKey, Entry> actual) {
    TreeSet<EntryKey> ordered = keys instanceof TreeSet<EntryKey> t ? t : new TreeSet<>(keys);
    List<TableUpdate> updates = new ArrayList<>();
    for (EntryKey key : ordered) {
      Entry want = desired.get(key);
      if (want != null) {
        addChange(want, actual.get(key), updates);
      }
    }
    for (EntryKey key : ordered.descendingSet()) {
      Entry have = actual.get(key);
      if (have != null && !desired.containsKey(key) && !key.isDefault()) {
        updates.add(new TableUpdate(TableUpdate.Type.DELETE, have));
      }
    }
    return updates;
  }

  private static void addChange(Entry want, @Nullable Entry have, List<TableUpdate> updates) {
    if (have == null && !want.key().isDefault()) {
      updates.add(new TableUpdate(TableUpdate.Type.INSERT, want));
    } else if (!want.equals(have)) {
      updates.add(new TableUpdate(TableUpdate.Type.MODIFY, want));
    }
  }
}
