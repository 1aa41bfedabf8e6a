package io.myelin.lab;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names that a mistyped one may have meant. */
final class Nearest {
  /** Enough to find the right one, short enough to read. */
  private static final int MOST = 5;

  private Nearest() {}

  /** Up to five names by the edits that lead to them, joined by commas; {@code none} for none. */
  static String to(String text, Collection<String> names) {
    Map<String, Set<String>> spellings = new LinkedHashMap<>();
    names.forEach(n -> spellings.put(n, Set.of(n)));
    return to(text, spellings);
  }

  /**
   * The same of names that may be written in several ways.
   *
   * @param spellings all ways to write a name, by the name; each has at least one
   */
  static String to(String text, Map<String, Set<String>> spellings) {
    List<String> near =
        spellings.entrySet().stream()
            .map(e -> new Candidate(e.getKey(), edits(text, e.getValue())))
            .sorted()
            .limit(MOST)
            .map(Candidate::name)
            .toList();
    int more = spellings.size() - near.size();
    return near.isEmpty()
        ? "none"
        : String.join(", ", near) + (more > 0 ? " and " + more + " more" : "");
  }

  private record Candidate(String name, int edits) implements Comparable<Candidate> {
    @Override
    public int compareTo(Candidate o) {
      return edits == o.edits ? name.compareTo(o.name) : Integer.compare(edits, o.edits);
    }
  }

  private static int edits(String text, Set<String> spellings) {
    return spellings.stream().mapToInt(s -> edits(text, s)).min().orElse(Integer.MAX_VALUE);
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
