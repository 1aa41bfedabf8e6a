package io.myelin.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/** The entries of a table that share a mask: open addressing on the masked words of the key. */
final class MaskGroup {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Bucket[].class);
  private static final Comparator<TableEntry> BEST_FIRST =
      Comparator.comparingInt((TableEntry e) -> -e.priority).thenComparingLong(e -> e.handle);

  /** Entries with the same masked value: more than one if priorities or ranges tell them apart. */
  private static final class Bucket {
    final long[] value;
    final int hash;

    /** The best entry; null: a deleted bucket that searches must pass over. */
    volatile @Nullable TableEntry best;

    /** All entries, best first, if there ever was more than one. */
    volatile @Nullable ConcurrentSkipListSet<TableEntry> all;

    Bucket(long[] value, int hash, TableEntry first) {
      this.value = value;
      this.hash = hash;
      this.best = first;
    }
  }

  final long age;
  final TreeMap<Integer, Integer> priorities = new TreeMap<>();
  volatile int bestPriority;

  private final long[] mask;
  private final int[] used;
  private volatile Bucket[] slots = new Bucket[8];
  private int filled;
  private int live;

  MaskGroup(long[] mask, int words, long age) {
    this.mask = mask;
    this.age = age;
    List<Integer> nonZero = new ArrayList<>();
    for (int i = 0; i < words; i++) {
      if (mask[i] != 0) {
        nonZero.add(i);
      }
    }
    used = nonZero.stream().mapToInt(i -> i).toArray();
  }

  @Nullable TableEntry find(long[] key) {
    int hash = hash(key);
    Bucket[] table = slots;
    for (int i = hash & (table.length - 1); ; i = (i + 1) & (table.length - 1)) {
      Bucket b = (Bucket) SLOT.getAcquire(table, i);
      if (b == null) {
        return null;
      }
      if (b.hash == hash && matches(b.value, key)) {
        ConcurrentSkipListSet<TableEntry> all = b.all;
        if (all == null) {
          TableEntry e = b.best;
          return e != null && e.inRanges(key) ? e : null;
        }
        for (TableEntry e : all) {
          if (e.inRanges(key)) {
            return e;
          }
        }
        return null;
      }
    }
  }

  private boolean matches(long[] value, long[] key) {
    for (int i : used) {
      if ((key[i] & mask[i]) != value[i]) {
        return false;
      }
    }
    return true;
  }

  private int hash(long[] key) {
    long h = 0;
    for (int i : used) {
      h = (h ^ (key[i] & mask[i])) * 0x9E3779B97F4A7C15L;
      h ^= h >>> 32;
    }
    return (int) (h ^ (h >>> 15));
  }

  void add(TableEntry e) {
    int hash = hash(e.value);
    Bucket b = bucket(e.value, hash);
    if (b == null) {
      if (2 * (filled + 1) > slots.length) {
        rehash();
      }
      insert(slots, new Bucket(e.value, hash, e));
      filled++;
      live++;
      return;
    }
    TableEntry best = b.best;
    ConcurrentSkipListSet<TableEntry> all = b.all;
    if (best == null) {
      live++;
      b.best = e;
      if (all != null) {
        all.add(e);
      }
      return;
    }
    if (all == null) {
      all = new ConcurrentSkipListSet<>(BEST_FIRST);
      all.add(best);
      all.add(e);
      b.all = all;
    } else {
      all.add(e);
    }
    b.best = all.first();
  }

  void remove(TableEntry e) {
    Bucket b = bucket(e.value, hash(e.value));
    if (b == null) {
      throw new IllegalStateException("entry " + e.handle + " is in no bucket");
    }
    ConcurrentSkipListSet<TableEntry> all = b.all;
    if (all != null) {
      all.remove(e);
      b.best = all.isEmpty() ? null : all.first();
    } else {
      b.best = null;
    }
    if (b.best == null) {
      live--;
    }
  }

  private @Nullable Bucket bucket(long[] value, int hash) {
    Bucket[] table = slots;
    for (int i = hash & (table.length - 1); ; i = (i + 1) & (table.length - 1)) {
      Bucket b = table[i];
      if (b == null || (b.hash == hash && matches(b.value, value))) {
        return b;
      }
    }
  }

  /** Drops deleted buckets and leaves at least half of the slots free. */
  private void rehash() {
    int size = 8;
    while (size < 4 * (live + 1)) {
      size *= 2;
    }
    Bucket[] next = new Bucket[size];
    int kept = 0;
    for (Bucket b : slots) {
      if (b != null && b.best != null) {
        insert(next, b);
        kept++;
      }
    }
    filled = kept;
    slots = next;
  }

  private static void insert(Bucket[] table, Bucket b) {
    int i = b.hash & (table.length - 1);
    while (table[i] != null) {
      i = (i + 1) & (table.length - 1);
    }
    SLOT.setRelease(table, i, b);
  }
}
