package io.myelin.softswitch.stf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.myelin.softswitch.engine.ActionCall;
import io.myelin.softswitch.engine.MatchField;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a compiled program calls its tables, keys and actions, and how a test's names resolve to
 * them: the rules of bmv2stf.py. Complaints are {@link IllegalArgumentException}s.
 */
final class StfNames {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern ESCAPED_INDEX = Pattern.compile("(.*)\\$([0-9]+)(.*)");

  /** A key field. */
  private record Key(String name, String kind, int width) {}

  /** An action and its parameters' names, in order. */
  private record Action(String name, List<String> parameters) {}

  /** A table. */
  record Table(String name, boolean ranked, List<Key> keys, List<Action> actions) {}

  private final List<Table> tables = new ArrayList<>();
  private final Map<String, String> directCounters = new HashMap<>();
  private final List<String> indexed = new ArrayList<>();

  StfNames(byte[] bmv2Json) {
    JsonNode root;
    try {
      root = JSON.readTree(bmv2Json);
    } catch (IOException e) {
      throw new IllegalArgumentException("not JSON: " + e.getMessage(), e);
    }
    List<Action> actions = new ArrayList<>();
    for (JsonNode a : root.path("actions")) {
      List<String> parameters = new ArrayList<>();
      a.path("runtime_data").forEach(p -> parameters.add(p.path("name").asText()));
      actions.add(new Action(a.path("name").asText(), parameters));
    }
    Map<Integer, Action> byId = new HashMap<>();
    int i = 0;
    for (JsonNode a : root.path("actions")) {
      byId.put(a.path("id").asInt(), actions.get(i++));
    }
    Map<String, Integer> widths = widths(root);
    for (JsonNode pipeline : root.path("pipelines")) {
      for (JsonNode t : pipeline.path("tables")) {
        tables.add(table(t, byId, widths));
      }
    }
    for (String kind : List.of("counter_arrays", "meter_arrays", "register_arrays")) {
      for (JsonNode x : root.path(kind)) {
        String name = x.path("name").asText();
        if (!x.path("is_direct").asBoolean(false)) {
          indexed.add(name);
        } else if (kind.equals("counter_arrays")) {
          directCounters.put(name, x.path("binding").asText());
        }
      }
    }
  }

  /** Widths of fields by "header.field", in bits. */
  private static Map<String, Integer> widths(JsonNode root) {
    Map<String, JsonNode> types = new HashMap<>();
    root.path("header_types").forEach(t -> types.put(t.path("name").asText(), t));
    Map<String, Integer> out = new HashMap<>();
    for (JsonNode h : root.path("headers")) {
      JsonNode type = types.get(h.path("header_type").asText());
      if (type != null) {
        for (JsonNode f : type.path("fields")) {
          out.put(h.path("name").asText() + "." + f.path(0).asText(), f.path(1).asInt());
        }
      }
    }
    return out;
  }

  private static Table table(
      JsonNode t, Map<Integer, Action> actions, Map<String, Integer> widths) {
    List<Key> keys = new ArrayList<>();
    boolean ranked = false;
    for (JsonNode k : t.path("key")) {
      List<String> path = new ArrayList<>();
      JsonNode target = k.path("target");
      if (target.isArray()) {
        target.forEach(x -> path.add(x.asText()));
      } else {
        path.add(target.asText());
      }
      String kind = k.path("match_type").asText();
      ranked |= kind.equals("ternary") || kind.equals("range") || kind.equals("optional");
      String field = String.join(".", path);
      keys.add(
          new Key(
              k.hasNonNull("name") ? k.path("name").asText() : field, kind, width(field, widths)));
    }
    List<Action> own = new ArrayList<>();
    for (JsonNode id : t.path("action_ids")) {
      Action a = actions.get(id.asInt());
      if (a != null) {
        own.add(a);
      }
    }
    return new Table(t.path("name").asText(), ranked, keys, own);
  }

  private static int width(String field, Map<String, Integer> widths) {
    // Validity bits are not among the fields.
    return widths.getOrDefault(field, 1);
  }

  Table table(String name) {
    return find("table", name, tables, Table::name);
  }

  /** Full name of an indexed counter, meter or register. */
  String extern(String name) {
    return find("counter, meter or register", name, indexed, x -> x);
  }

  /** The table that a direct counter belongs to, or null if none has that name. */
  @Nullable String directCounterTable(String name) {
    for (Map.Entry<String, String> e : directCounters.entrySet()) {
      if (e.getKey().endsWith(name)) {
        return e.getValue();
      }
    }
    return null;
  }

  /**
   * By full name, else by the parts behind a dot, else by any suffix: the first of these that fits
   * only one. (bmv2stf.py does not look for dots, and so finds fewer.)
   */
  private static <T> T find(String what, String name, List<T> all, Function<T, String> nameOf) {
    List<T> parts = new ArrayList<>();
    List<T> suffixes = new ArrayList<>();
    for (T t : all) {
      String full = nameOf.apply(t);
      if (full.equals(name)) {
        return t;
      }
      if (full.endsWith("." + name)) {
        parts.add(t);
      }
      if (full.endsWith(name)) {
        suffixes.add(t);
      }
    }
    if (parts.size() == 1) {
      return parts.get(0);
    }
    if (suffixes.size() == 1) {
      return suffixes.get(0);
    }
    List<String> names = (suffixes.isEmpty() ? all : suffixes).stream().map(nameOf).toList();
    throw new IllegalArgumentException(
        suffixes.isEmpty()
            ? "unknown " + what + " " + name + "; known are " + names
            : what + " " + name + " is ambiguous between " + names);
  }

  /** The engine's call of a test's call. */
  ActionCall call(Table table, StfStatement.Call call) {
    Action action = find("action of " + table.name(), call.action(), table.actions(), Action::name);
    Map<String, byte[]> given = new LinkedHashMap<>();
    for (StfStatement.Argument a : call.arguments()) {
      if (!action.parameters().contains(a.name())) {
        throw new IllegalArgumentException(
            "action "
                + action.name()
                + " has no parameter "
                + a.name()
                + "; it has "
                + action.parameters());
      }
      given.put(a.name(), StfNumbers.bytes(a.value()));
    }
    List<byte[]> args = new ArrayList<>();
    for (String p : action.parameters()) {
      byte[] value = given.get(p);
      if (value == null) {
        throw new IllegalArgumentException("action " + action.name() + " needs parameter " + p);
      }
      args.add(value);
    }
    return new ActionCall(action.name(), args);
  }

  /** The engine's key: fields not given match anything, exact ones 0. */
  List<MatchField> match(Table table, List<StfStatement.Match> matches) {
    MatchField[] out = new MatchField[table.keys().size()];
    for (int i = 0; i < out.length; i++) {
      out[i] =
          table.keys().get(i).kind().equals("exact") || table.keys().get(i).kind().equals("valid")
              ? new MatchField.Exact(new byte[1])
              : new MatchField.Any();
    }
    for (StfStatement.Match m : matches) {
      int i = key(table, m.field());
      Key k = table.keys().get(i);
      out[i] =
          switch (k.kind()) {
            case "ternary", "optional" -> StfNumbers.ternary(m.value(), k.width());
            case "lpm" -> StfNumbers.lpm(m.value(), k.width());
            case "range" -> {
              byte[] v = StfNumbers.bytes(m.value());
              yield new MatchField.Range(v, v);
            }
            default -> new MatchField.Exact(StfNumbers.bytes(m.value()));
          };
    }
    return List.of(out);
  }

  /** The key field that a test means. */
  private static int key(Table table, String written) {
    Matcher stack = ESCAPED_INDEX.matcher(written);
    String name =
        stack.matches() ? stack.group(1) + "[" + stack.group(2) + "]" + stack.group(3) : written;
    List<String> names = table.keys().stream().map(Key::name).toList();
    List<String> spellings = new ArrayList<>(List.of(name, name + "$", name + ".$valid$"));
    if (name.endsWith(".valid")) {
      spellings.add(name.substring(0, name.length() - 5) + "$valid$");
    }
    for (String s : spellings) {
      if (names.contains(s)) {
        return names.indexOf(s);
      }
    }
    for (int i = names.size() - 1; i >= 0; i--) {
      String n = names.get(i);
      if (n.endsWith("." + name)
          || n.endsWith("." + name + "$")
          || (name.equals("valid") && n.endsWith("$valid$"))) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "table " + table.name() + " has no key field " + written + "; it has " + names);
  }
}
