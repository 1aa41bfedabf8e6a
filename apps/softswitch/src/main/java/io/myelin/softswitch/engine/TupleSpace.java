package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tuple space search (Srinivasan et al., SIGCOMM'99): one hash table per distinct mask, tried in
 * order of the best priority in it until no later one can win. An exact table is the case of one
 * mask, a longest-prefix table that of one mask per prefix length.
 *
 * <p>One writer at a time; any number of readers, which never wait: a group's slots and the list of
 * groups are replaced or updated in place by volatile stores, each of which makes one whole change
 * visible.
 */
final class TupleSpace {
  private final int words;

  /** Ordered by best priority, descending; equal ones by age. */
  private volatile MaskGroup[] groups = {};

  private final Map<WordsKey, MaskGroup> byMask = new HashMap<>();
  private long groupsMade;

  TupleSpace(int words) {
    this.words = words;
  }

  /** The matching entry of highest priority; among equals, an unspecified one. */
  @Nullable TableEntry find(long[] key) {
    TableEntry best = null;
    for (MaskGroup g : groups) {
      if (best != null && best.priority >= g.bestPriority) {
        return best;
      }
      TableEntry e = g.find(key);
      if (e != null && (best == null || e.priority > best.priority)) {
        best = e;
      }
    }
    return best;
  }

  void add(TableEntry e) {
    WordsKey maskKey = new WordsKey(e.mask);
    MaskGroup g = byMask.get(maskKey);
    boolean fresh = g == null;
    if (g == null) {
      g = new MaskGroup(e.mask, words, groupsMade++);
      byMask.put(maskKey, g);
    }
    int before = g.bestPriority;
    // The group's priority first: a reader must not skip the group because of the old one.
    g.priorities.merge(e.priority, 1, Integer::sum);
    g.bestPriority = g.priorities.lastKey();
    if (fresh || before != g.bestPriority) {
      reorder(fresh ? g : null, null);
    }
    g.add(e);
  }

  void remove(TableEntry e) {
    MaskGroup g = byMask.get(new WordsKey(e.mask));
    if (g == null) {
      throw new IllegalStateException("entry " + e.handle + " is in no group");
    }
    g.remove(e);
    g.priorities.computeIfPresent(e.priority, (k, n) -> n == 1 ? null : n - 1);
    if (g.priorities.isEmpty()) {
      byMask.remove(new WordsKey(e.mask));
      reorder(null, g);
    } else if (g.bestPriority != g.priorities.lastKey()) {
      g.bestPriority = g.priorities.lastKey();
      reorder(null, null);
    }
  }

  private void reorder(@Nullable MaskGroup added, @Nullable MaskGroup removed) {
    List<MaskGroup> next = new ArrayList<>(List.of(groups));
    if (added != null) {
      next.add(added);
    }
    if (removed != null) {
      next.remove(removed);
    }
    // Nearly sorted: TimSort takes linear time.
    next.sort(
        Comparator.comparingInt((MaskGroup g) -> -g.bestPriority).thenComparingLong(g -> g.age));
    groups = next.toArray(MaskGroup[]::new);
  }

  int groupCount() {
    return groups.length;
  }

  /** Words as a map key. */
  record WordsKey(long[] words) {
    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof WordsKey k && java.util.Arrays.equals(words, k.words);
    }

    @Override
    public int hashCode() {
      return java.util.Arrays.hashCode(words);
    }
  }
}
