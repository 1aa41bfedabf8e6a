package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a program consists of, for people and tools that look at it. */
public record ProgramSummary(List<Table> tables, List<Header> headers, List<Array> arrays) {
  public ProgramSummary {
    tables = List.copyOf(tables);
    headers = List.copyOf(headers);
    arrays = List.copyOf(arrays);
  }

  /**
   * A table.
   *
   * @param size most entries
   * @param entries entries that the program declares
   * @param profile the action profile or selector of its actions; null: none
   */
  public record Table(
      String name,
      int size,
      List<Key> key,
      List<String> actions,
      int entries,
      @Nullable String profile) {
    public Table {
      key = List.copyOf(key);
      actions = List.copyOf(actions);
    }
  }

  /** A key field; {@code bits} wide. */
  public record Key(String name, KeyKind match, int bits) {}

  /**
   * A header, without metadata.
   *
   * @param bits on the wire, without the varbit
   * @param varbitBits most bits of the varbit; 0: it has none
   */
  public record Header(String name, String type, int bits, int varbitBits) {}

  /**
   * A counter, meter or register.
   *
   * @param bits width of a register's cells, otherwise 0
   */
  public record Array(String kind, String name, int size, int bits) {}

  static ProgramSummary of(P4Program p) {
    List<Table> tables = new ArrayList<>();
    for (TableInfo t : p.tables.all()) {
      ProfileInfo profile = t.profile;
      tables.add(
          new Table(
              t.name,
              t.maxSize,
              t.key.fields.stream().map(f -> new Key(f.name(), f.kind(), f.width())).toList(),
              List.copyOf(t.actions.keySet()),
              t.initialEntries.size(),
              profile == null ? null : profile.name()));
    }
    List<Header> headers = new ArrayList<>();
    for (HeaderRef h : p.layout.headers()) {
      if (!h.metadata) {
        FieldRef varbit = h.varbit;
        headers.add(new Header(h.name, h.type, h.fixedBits, varbit == null ? 0 : varbit.width()));
      }
    }
    return new ProgramSummary(
        tables,
        headers,
        p.externs.all().stream()
            .map(e -> new Array(lower(e.kind()), e.name(), e.size(), e.width()))
            .toList());
  }

  private static String lower(ExternInfo.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
