package io.myelin.lab;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** The names that a mistyped one may have meant. */
final class Nearest {
  /** Enough to find the right one, short enough to read. */
  private static final int MOST = 5;

  private Nearest() {}

  /** Up to five names by the edits that lead to them, joined by commas; {@code none} for none. */
  static String to(String text, Collection<String> names) {
    List<String> near =
        names.stream()
            .sorted(
                Comparator.comparingInt((String n) -> edits(text, n))
                    .thenComparing(Comparator.naturalOrder()))
            .limit(MOST)
            .toList();
    int more = names.size() - near.size();
    return near.isEmpty()
        ? "none"
        : String.join(", ", near) + (more > 0 ? " and " + more + " more" : "");
  }

  /** Characters to insert, remove or replace (Levenshtein). */
  static int edits(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
