package io.myelin.core.model;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing in which an inventory differs from another.
 *
 * @param name of it, in the first one; of what was added, in the second
 * @param newName of what is called otherwise; else empty
 * @param fields that differ
 */
public record InventoryDifference(
    Kind kind, Element element, String name, String newName, List<Field> fields) {

  /** What became of it. */
  public enum Kind {
    ADDED,
    REMOVED,
    CHANGED,
    /** The same thing under another name, as far as can be told. */
    RENAMED
  }

  /** What it is; in the order in which differences are told. */
  public enum Element {
    FABRIC,
    TENANT,
    DEVICE,
    /** A cable, by that of its directions whose name sorts first. */
    LINK,
    ENDPOINT
  }

  /** A field that differs, as text. */
  public record Field(String name, String before, String after) {}

  public InventoryDifference {
    fields = List.copyOf(fields);
  }

  /** For people, in a line. */
  public String text() {
    StringBuilder s = new StringBuilder();
    s.append(
        switch (kind) {
          case ADDED -> "+ ";
          case REMOVED -> "- ";
          case CHANGED, RENAMED -> "~ ";
        });
    s.append(element.name().toLowerCase(java.util.Locale.ROOT)).append(' ').append(name);
    if (!newName.isEmpty()) {
      s.append(" is called ").append(newName);
    }
    List<String> parts = new ArrayList<>();
    fields.forEach(f -> parts.add(f.name + ": " + f.before + " -> " + f.after));
    if (!parts.isEmpty()) {
      s.append(": ").append(String.join(", ", parts));
    }
    return s.toString();
  }
}
