package io.myelin.cli;

import io.myelin.core.model.Units;
import java.util.ArrayList;
import java.util.List;

/** A table in plain text: columns as wide as their widest cell. */
final class Table {
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... header) {
    rows.add(List.of(header));
  }

  void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object c : cells) {
      row.add(String.valueOf(c));
    }
    rows.add(row);
  }

  @Override
  public String toString() {
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        width[i] = Math.max(width[i], row.get(i).length());
      }
    }
    StringBuilder out = new StringBuilder();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(width[i] - row.get(i).length() + 2));
      }
      out.append(line.toString().stripTrailing()).append('\n');
    }
    return out.toString();
  }

  /** {@code 100G}, {@code 2.5M}: bits per second for people. */
  static String rate(long bps) {
    return Units.scaled(bps, "", "k", "M", "G", "T", "P");
  }

  /** {@code 500ns}, {@code 1.5us}. */
  static String time(long ns) {
    return Units.scaled(ns, "ns", "us", "ms", "s");
  }
}
