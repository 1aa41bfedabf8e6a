package io.myelin.core.pipeline;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which entry of which table.
 *
 * @param match without the fields that match anything; empty for a table's default entry
 * @param priority 0 for tables without ternary fields; the highest wins
 */
public record EntryKey(Table table, List<FieldMatch> match, int priority)
    implements Comparable<EntryKey> {
  public EntryKey {
    match = List.copyOf(match);
  }

  /** The default entry of a table. */
  public static EntryKey defaultOf(Table table) {
    return new EntryKey(table, List.of(), 0);
  }

  public boolean isDefault() {
    return match.isEmpty() && priority == 0;
  }

  /** The match on a field, or null when any value matches. */
  public @Nullable FieldMatch on(String field) {
    for (FieldMatch m : match) {
      if (m.field().equals(field)) {
        return m;
      }
    }
    return null;
  }

  /**
   * Which entry it is in one line, for what outlives a version of this software: table, priority,
   * and what it matches in the order of the key.
   */
  public String text() {
    StringBuilder text = new StringBuilder(table.p4Name()).append(' ').append(priority);
    match.forEach(m -> text.append(' ').append(m.text()));
    return text.toString();
  }

  /** By table in the order in which tables are filled, then by content: a fixed order. */
  @Override
  public int compareTo(EntryKey o) {
    int c = Integer.compare(table.stage(), o.table.stage());
    c = c != 0 ? c : Integer.compare(o.priority, priority);
    for (int i = 0; c == 0 && i < Math.min(match.size(), o.match.size()); i++) {
      c = match.get(i).compareTo(o.match.get(i));
    }
    return c != 0 ? c : Integer.compare(match.size(), o.match.size());
  }
}
