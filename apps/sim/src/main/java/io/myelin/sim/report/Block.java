package io.myelin.sim.report;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** What a section of a report consists of. */
public sealed interface Block permits Block.Text, Block.Table, Plot {

  /**
   * Paragraphs.
   *
   * @param text plain; an empty line begins a new paragraph
   */
  record Text(String text) implements Block {
    private static final Pattern EMPTY_LINE = Pattern.compile("\\n\\s*\\n");

    List<String> paragraphs() {
      return EMPTY_LINE.splitAsStream(text.strip()).filter(p -> !p.isBlank()).toList();
    }
  }

  /**
   * A table. Columns of numbers are set to the right.
   *
   * @param caption empty: none
   * @param headers of columns; units belong here
   * @param rows each as long as the headers
   */
  record Table(String caption, List<String> headers, List<List<String>> rows) implements Block {
    private static final Pattern NUMBER =
        Pattern.compile("[<>≤≥~±]?[-+−]?\\d[\\d,.]*([eE][-+]?\\d+)?( ?[%×]| [\\p{L}/%]{1,8})?");

    /**
     * @throws IllegalArgumentException when a row is longer or shorter than the headers
     */
    public Table {
      headers = List.copyOf(headers);
      rows = rows.stream().map(List::copyOf).toList();
      for (List<String> row : rows) {
        if (row.size() != headers.size()) {
          throw new IllegalArgumentException(
              "table '" + caption + "': " + row + " has not " + headers.size() + " cells");
        }
      }
    }

    /** Cells of a row: numbers with up to five digits that count, everything else as it prints. */
    public static List<String> row(Object... cells) {
      return Arrays.stream(cells)
          .map(c -> c instanceof Number n ? Numbers.text(n.doubleValue()) : String.valueOf(c))
          .toList();
    }

    /** Whether all that a column says are numbers, with a unit or without. */
    boolean isNumeric(int column) {
      List<String> said =
          rows.stream().map(r -> r.get(column)).filter(c -> !Numbers.NOTHING.equals(c)).toList();
      return !said.isEmpty() && said.stream().allMatch(c -> NUMBER.matcher(c).matches());
    }
  }
}
