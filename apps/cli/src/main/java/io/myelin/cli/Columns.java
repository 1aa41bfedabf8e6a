package io.myelin.cli;

import io.myelin.core.model.Units;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table in plain text: columns as wide as their widest cell. Where that is more than the terminal
 * has, texts of several words wrap in their cells; where even that is too wide, each row becomes a
 * block of one line per column.
 */
public final class Columns {
  /** Of terminals that do not say: what they have had since punched cards. */
  private static final int USUAL_WIDTH = 80;

  private static final int LEAST_WIDTH = 40;
  private static final int GAP = 2;

  /** No cell is wrapped to less. */
  private static final int LEAST_CELL = 10;

  private final List<List<String>> rows = new ArrayList<>();

  public Columns(String... header) {
    rows.add(List.of(header));
  }

  public void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object c : cells) {
      row.add(String.valueOf(c));
    }
    rows.add(row);
  }

  /** For the terminal: {@code COLUMNS} wide, else 80. */
  @Override
  public String toString() {
    return toString(width(System.getenv("COLUMNS")));
  }

  /** Columns of a terminal by what its environment says of them. */
  private static int width(@org.jspecify.annotations.Nullable String columns) {
    return columns != null && columns.matches("[0-9]{1,4}")
        ? Math.max(LEAST_WIDTH, Integer.parseInt(columns))
        : USUAL_WIDTH;
  }

  /**
   * For so many columns.
   *
   * @param most no line is longer
   */
  String toString(int most) {
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    int[] least = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        width[i] = Math.max(width[i], row.get(i).length());
        least[i] = Math.max(least[i], Math.max(LEAST_CELL, longestWord(row.get(i))));
      }
    }
    int excess = total(width) - most;
    while (excess > 0) {
      int widest = -1;
      for (int i = 0; i < columns; i++) {
        if (width[i] > least[i] && (widest < 0 || width[i] > width[widest])) {
          widest = i;
        }
      }
      if (widest < 0) {
        return blocks(most);
      }
      width[widest]--;
      excess--;
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      lines(row, width, out);
    }
    return out.toString();
  }

  private static int total(int[] width) {
    return Arrays.stream(width).sum() + GAP * (width.length - 1);
  }

  private static int longestWord(String cell) {
    return Arrays.stream(cell.split(" ")).mapToInt(String::length).max().orElse(0);
  }

  /** One row, over as many lines as its tallest cell has. */
  private static void lines(List<String> row, int[] width, StringBuilder out) {
    List<List<String>> cells = new ArrayList<>();
    int height = 1;
    for (int i = 0; i < width.length; i++) {
      List<String> cell = wrap(row.get(i), width[i]);
      cells.add(cell);
      height = Math.max(height, cell.size());
    }
    for (int n = 0; n < height; n++) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < width.length; i++) {
        String text = n < cells.get(i).size() ? cells.get(i).get(n) : "";
        line.append(text).append(" ".repeat(width[i] - text.length() + GAP));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
  }

  /** Each row as lines of name and value, an empty line between rows. */
  private String blocks(int most) {
    List<String> header = rows.get(0);
    int names = header.stream().mapToInt(String::length).max().orElse(0);
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows.subList(1, rows.size())) {
      out.append(out.length() > 0 ? "\n" : "");
      for (int i = 0; i < header.size(); i++) {
        String name = header.get(i);
        for (String text : wrap(row.get(i), most - names - GAP)) {
          String line = name + " ".repeat(names - name.length() + GAP) + text;
          out.append(line.stripTrailing()).append('\n');
          name = "";
        }
      }
    }
    if (out.length() == 0) {
      wrap(String.join("  ", header), most)
          .forEach(line -> out.append(line.stripTrailing()).append('\n'));
    }
    return out.toString();
  }

  /** A text in lines of so many characters, broken between words where it has any. */
  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    String rest = text;
    while (rest.length() > width) {
      int space = rest.lastIndexOf(' ', width);
      int end = space > 0 ? space : width;
      lines.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    lines.add(rest);
    return lines;
  }

  /** {@code 100G}, {@code 2.5M}: bits per second for people. */
  static String rate(long bps) {
    return Units.scaled(bps, "", "k", "M", "G", "T", "P");
  }

  /** {@code 500ns}, {@code 1.5us}. */
  static String time(long ns) {
    return Units.scaled(ns, "ns", "us", "ms", "s");
  }

  /** {@code 1.5MB}. */
  static String bytes(long bytes) {
    return Units.scaled(bytes, "B", "kB", "MB", "GB", "TB", "PB");
  }
}
