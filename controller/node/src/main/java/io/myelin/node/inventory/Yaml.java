package io.myelin.node.inventory;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.NameList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * A YAML mapping that is read strictly: every key must be asked for, every error knows its line and
 * column.
 */
final class Yaml {
  /** Beyond the largest fabric we know of (10k switches, 100k endpoints), but bounded. */
  private static final int MAX_CODE_POINTS = 256 << 20;

  private final String file;
  private final String path;
  private final Node node;
  private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
  private final Set<String> asked = new HashSet<>();

  private Yaml(String file, String path, Node node) {
    this.file = file;
    this.path = path;
    this.node = node;
    if (!(node instanceof MappingNode mapping)) {
      throw error(node, path, "must be a mapping of keys to values");
    }
    for (NodeTuple t : mapping.getValue()) {
      if (!(t.getKeyNode() instanceof ScalarNode key)) {
        throw error(t.getKeyNode(), path, "keys must be plain names");
      }
      if (entries.put(key.getValue(), t) != null) {
        throw error(key, at(key.getValue()), "is there twice");
      }
    }
  }

  /** Parses a document whose root is a mapping. */
  static Yaml parse(String file, String text) {
    return parse(file, "YAML", text);
  }

  /** Parses a document in a language that is part of YAML, and named in messages. */
  static Yaml parse(String file, String language, String text) {
    try {
      Optional<Node> root =
          new Compose(
                  LoadSettings.builder()
                      .setLabel(file)
                      .setCodePointLimit(MAX_CODE_POINTS)
                      .setUseMarks(true)
                      .build())
              .composeString(text);
      if (root.isEmpty()) {
        throw new InventoryException(file + ": is empty");
      }
      return new Yaml(file, "", root.get());
    } catch (MarkedYamlEngineException e) {
      String where =
          e.getProblemMark()
              .map(m -> ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1))
              .orElse("");
      throw new InventoryException(file + where + ": not " + language + ": " + e.getProblem());
    } catch (YamlEngineException | NumberFormatException e) {
      // The library lets the second one out of malformed escapes, such as backslash-u without
      // digits.
      throw new InventoryException(file + ": not " + language + ": " + e.getMessage());
    }
  }

  String text(String key) {
    return value(key, v -> v);
  }

  String text(String key, String otherwise) {
    return has(key) ? text(key) : otherwise;
  }

  /** Applies a parser to a required scalar; what it refuses is reported with line and column. */
  <T> T value(String key, Function<String, T> parser) {
    Node n = required(key);
    if (!(n instanceof ScalarNode scalar)) {
      throw error(n, at(key), "must be a single value");
    }
    return parsed(n, key, scalar.getValue(), parser);
  }

  <T> T value(String key, T otherwise, Function<String, T> parser) {
    return has(key) ? value(key, parser) : otherwise;
  }

  private <T> T parsed(Node n, String key, String text, Function<String, T> parser) {
    try {
      return parser.apply(text);
    } catch (Invalid e) {
      throw error(n, at(key), e.problem());
    }
  }

  /** A sequence of mappings; absent: empty. Items must have all their keys asked for. */
  <T> List<T> list(String key, Function<Yaml, T> item) {
    List<T> result = new ArrayList<>();
    int i = 0;
    for (Node n : sequence(key)) {
      Yaml y = new Yaml(file, at(key) + "[" + i++ + "]", n);
      result.add(y.finish(item));
    }
    return result;
  }

  /** A nested mapping, all of whose keys must be asked for. */
  <T> T section(String key, Function<Yaml, T> reader, T otherwise) {
    return has(key) ? new Yaml(file, at(key), required(key)).finish(reader) : otherwise;
  }

  /** A sequence of scalars; absent: empty. */
  <T> List<T> values(String key, Function<String, T> parser) {
    List<T> result = new ArrayList<>();
    for (Node n : sequence(key)) {
      if (!(n instanceof ScalarNode scalar)) {
        throw error(n, at(key), "must be a list of single values");
      }
      result.add(parsed(n, key, scalar.getValue(), parser));
    }
    return result;
  }

  private List<Node> sequence(String key) {
    if (!has(key)) {
      return List.of();
    }
    Node n = required(key);
    if (!(n instanceof SequenceNode sequence)) {
      throw error(n, at(key), "must be a list");
    }
    return sequence.getValue();
  }

  /** Reads this mapping and refuses keys that nobody asked for. */
  <T> T finish(Function<Yaml, T> reader) {
    T result;
    try {
      result = reader.apply(this);
    } catch (Invalid e) {
      throw error(locate(e.field()), path.isEmpty() ? e.field() : at(e.field()), e.problem());
    }
    for (Map.Entry<String, NodeTuple> e : entries.entrySet()) {
      if (!asked.contains(e.getKey())) {
        throw error(
            e.getValue().getKeyNode(),
            at(e.getKey()),
            "is not a known key; known: " + NameList.some(asked.stream().sorted().toList()));
      }
    }
    return result;
  }

  /** The node that a path such as {@code links[3].capacity} leads to, as far as it leads. */
  private Node locate(String field) {
    Node at = node;
    for (String part : field.split("[.\\[\\]]+")) {
      Node next = null;
      if (at instanceof MappingNode m) {
        for (NodeTuple t : m.getValue()) {
          if (t.getKeyNode() instanceof ScalarNode k && k.getValue().equals(part)) {
            next = t.getValueNode();
          }
        }
      } else if (at instanceof SequenceNode s && part.matches("[0-9]{1,9}")) {
        int i = Integer.parseInt(part);
        next = i < s.getValue().size() ? s.getValue().get(i) : null;
      }
      if (next == null) {
        return at;
      }
      at = next;
    }
    return at;
  }

  /** Where this mapping stands, e.g. {@code links[3]}. */
  String path() {
    return path;
  }

  /** Lets keys pass that nobody asks for: in files that others define. */
  void allowOthers() {
    asked.addAll(entries.keySet());
  }

  /** All keys, in order. */
  Set<String> keys() {
    return java.util.Collections.unmodifiableSet(entries.keySet());
  }

  private boolean has(String key) {
    asked.add(key);
    return entries.containsKey(key);
  }

  private Node required(String key) {
    asked.add(key);
    NodeTuple t = entries.get(key);
    if (t == null) {
      throw error(node, at(key), "is missing");
    }
    return t.getValueNode();
  }

  private String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private InventoryException error(@Nullable Node n, String field, String problem) {
    Optional<Mark> mark = n == null ? Optional.empty() : n.getStartMark();
    String where = mark.map(m -> ":" + (m.getLine() + 1) + ":" + (m.getColumn() + 1)).orElse("");
    return new InventoryException(
        file + where + ": " + (field.isEmpty() ? "" : field + ": ") + problem);
  }

  // ---- scalars -------------------------------------------------------------------------------

  /**
   * A parser of an enum's constants, in lower case.
   *
   * @param kind what they are, for messages, e.g. {@code a role}
   */
  static <E extends Enum<E>> Function<String, E> constant(String field, String kind, E[] values) {
    return text -> {
      for (E e : values) {
        if (constant(e).equals(text)) {
          return e;
        }
      }
      throw new Invalid(
          field,
          "'"
              + text
              + "' is not "
              + kind
              + "; allowed: "
              + NameList.some(Arrays.stream(values).map(Yaml::constant).toList()));
    };
  }

  /** How a constant is written. */
  static String constant(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }

  /** Appends a key of a flow mapping and its text; nothing for an empty one. */
  static void optional(StringBuilder s, String key, String text) {
    if (!text.isEmpty()) {
      s.append(", ").append(key).append(": ").append(quoted(text));
    }
  }

  /** A double-quoted scalar (YAML 1.2.2 §7.3.1) that is read back to the same text. */
  static String quoted(String text) {
    StringBuilder s = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      s.append(isPlain(c) ? String.valueOf(c) : String.format("\\u%04x", (int) c));
    }
    return s.append('"').toString();
  }

  private static boolean isPlain(char c) {
    boolean ascii = c >= ' ' && c <= '~';
    return ascii ? c != '"' && c != '\\' : Character.isLetterOrDigit(c);
  }
}
