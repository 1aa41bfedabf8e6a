package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Compiles ingress and egress into a graph of nodes. */
final class PipelineCompiler {
  private final ExpressionCompiler expressions;
  private final Map<Integer, CompiledAction> actions;
  private final P4Program.Names<TableInfo> tables;
  private final P4Program.Names<ProfileInfo> profiles;
  private int keyWords;

  PipelineCompiler(
      ExpressionCompiler expressions,
      Map<Integer, CompiledAction> actions,
      P4Program.Names<TableInfo> tables,
      P4Program.Names<ProfileInfo> profiles) {
    this.expressions = expressions;
    this.actions = actions;
    this.tables = tables;
    this.profiles = profiles;
  }

  /** Words of the longest key. */
  int keyWords() {
    return keyWords;
  }

  /** A branch on an expression. */
  private static final class Conditional extends Node {
    final Bool condition;
    @Nullable Node yes;
    @Nullable Node no;

    Conditional(String name, Bool condition) {
      super(name);
      this.condition = condition;
    }

    @Override
    Stream<Node> next() {
      return present(yes, no);
    }

    @Override
    @Nullable Node run(PacketContext c) {
      return condition.eval(c) ? yes : no;
    }
  }

  /** A call of an action without parameters. */
  private static final class Call extends Node {
    final CompiledAction action;
    @Nullable Node next;

    Call(String name, CompiledAction action) {
      super(name);
      this.action = action;
    }

    @Override
    Stream<Node> next() {
      return present(next);
    }

    @Override
    @Nullable Node run(PacketContext c) {
      action.run(c, new long[0]);
      return next;
    }
  }

  /**
   * Compiles a pipeline and returns its first node, or null if it is empty. What is wrong goes to
   * {@code problems}; then the nodes are not linked, since some are missing.
   */
  @Nullable Node compile(JsonNode json, Map<String, Boolean> meteredTables, Problems problems) {
    each(json, "action_profiles", "action profile", problems, this::profile);
    Map<String, Node> nodes = new HashMap<>();
    each(json, "tables", "table", problems, t -> add(nodes, table(t, meteredTables)));
    each(json, "conditionals", "conditional", problems, c -> add(nodes, conditional(c)));
    each(json, "action_calls", "action call", problems, c -> add(nodes, call(c)));
    if (problems.any()) {
      return null;
    }
    each(
        json,
        "tables",
        "table",
        problems,
        t -> link((TableInfo) node(nodes, Json.get(t, "name")), t, nodes));
    each(
        json,
        "conditionals",
        "conditional",
        problems,
        c -> {
          Conditional n = (Conditional) node(nodes, Json.get(c, "name"));
          n.yes = next(nodes, c, "true_next");
          n.no = next(nodes, c, "false_next");
        });
    each(
        json,
        "action_calls",
        "action call",
        problems,
        c -> ((Call) node(nodes, Json.get(c, "name"))).next = next(nodes, c, "next_node"));
    Node first = next(nodes, json, "init_table");
    Node.requireEnd(first);
    return first;
  }

  private static void each(
      JsonNode json, String key, String what, Problems problems, Consumer<JsonNode> body) {
    int i = 0;
    for (JsonNode e : Json.list(json, key)) {
      problems.at(what + " " + Json.nameOf(e, i++), () -> body.accept(e));
    }
  }

  private static void add(Map<String, Node> nodes, Node n) {
    if (nodes.put(n.name, n) != null) {
      throw new InvalidProgramException("the pipeline has " + n.name + " twice");
    }
  }

  private Conditional conditional(JsonNode c) {
    return new Conditional(
        Json.text(c, "name"), expressions.bool(Json.get(c, "expression"), ActionParameters.NONE));
  }

  private Call call(JsonNode c) {
    CompiledAction a = action(Json.integer(c, "action_id"));
    if (!a.parameters.parameters().isEmpty()) {
      throw new InvalidProgramException(
          "action " + a.name + " takes parameters, but a call gives none");
    }
    return new Call(Json.text(c, "name"), a);
  }

  private static Node node(Map<String, Node> nodes, JsonNode name) {
    Node n = nodes.get(Json.text(name));
    if (n == null) {
      throw new InvalidProgramException(
          "unknown control flow node " + name + "; known are " + new TreeSet<>(nodes.keySet()));
    }
    return n;
  }

  private static @Nullable Node next(Map<String, Node> nodes, JsonNode in, String key) {
    return Json.has(in, key)
        ? Problems.in("\"" + key + "\"", () -> node(nodes, Json.get(in, key)))
        : null;
  }

  private CompiledAction action(int id) {
    CompiledAction a = actions.get(id);
    if (a == null) {
      throw new InvalidProgramException("no action has the id " + id);
    }
    return a;
  }

  private void profile(JsonNode json) {
    Calculation selector = null;
    if (Json.has(json, "selector")) {
      selector = Calculation.compile(Json.get(json, "selector"), expressions.layout());
    }
    String name = Json.text(json, "name");
    int size = Json.integer(json, "max_size", 0, Integer.MAX_VALUE);
    profiles.add(name, new ProfileInfo(name, profiles.size(), size, selector));
  }

  private TableInfo table(JsonNode json, Map<String, Boolean> meteredTables) {
    String name = Json.text(json, "name");
    List<KeyLayout.Field> fields = new ArrayList<>();
    int i = 0;
    for (JsonNode k : Json.list(json, "key")) {
      fields.add(Problems.in("key " + i++, () -> keyField(k)));
    }
    KeyLayout key = new KeyLayout(fields);
    keyWords = Math.max(keyWords, key.words);
    TableInfo t =
        new TableInfo(
            name,
            tables.size(),
            key,
            Json.integer(json, "max_size", 0, Integer.MAX_VALUE),
            Json.flag(json, "with_counters", false));
    for (JsonNode id : Json.list(json, "action_ids")) {
      CompiledAction a = action(Json.integer(id));
      t.actions.put(a.name, a);
    }
    if (!Json.text(json, "type").equals("simple")) {
      ProfileInfo p = profiles.get(Json.text(json, "action_profile"));
      t.profile = p;
      p.tables().add(t);
    }
    if (Json.has(json, "direct_meters")) {
      String meter = Json.text(json, "direct_meters");
      Boolean bytes = meteredTables.get(meter);
      if (bytes == null) {
        throw new InvalidProgramException("unknown direct meter " + meter);
      }
      t.meterBytes = bytes;
    }
    if (Json.has(json, "default_entry")) {
      JsonNode d = Json.get(json, "default_entry");
      Problems.in(
          "default action",
          () -> {
            CompiledAction a = action(Json.integer(d, "action_id"));
            t.actions.putIfAbsent(a.name, a);
            t.initialDefault = new Binding.Bound(a, a.parameters.encode(data(d)));
            t.constDefault = Json.flag(d, "action_entry_const", false);
            return t;
          });
    }
    entries(json, t);
    tables.add(name, t);
    return t;
  }

  private KeyLayout.Field keyField(JsonNode k) {
    JsonNode target = Json.get(k, "target");
    KeyKind kind = KeyKind.of(Json.text(k, "match_type"));
    FieldRef ref =
        target.isTextual()
            ? expressions.layout().header(target.textValue()).field(HeaderRef.VALID)
            : expressions.layout().field(target);
    if (ref.varbit() || (kind == KeyKind.RANGE && ref.width() > 64)) {
      throw new InvalidProgramException(
          kind
              + " match on "
              + ref.name()
              + " of "
              + ref.width()
              + " bits; varbit keys and ranges over 64 bits are not supported");
    }
    long[] mask =
        Json.has(k, "mask") ? Bits.words(Json.hex(Json.get(k, "mask")), ref.words()) : new long[0];
    return new KeyLayout.Field(Json.textOr(k, "name", ref.name()), kind, ref, mask);
  }

  private static List<byte[]> data(JsonNode actionEntry) {
    List<byte[]> out = new ArrayList<>();
    for (JsonNode v : Json.list(actionEntry, "action_data")) {
      out.add(bytes(v));
    }
    return out;
  }

  private static byte[] bytes(JsonNode hex) {
    return Json.hex(hex).toByteArray();
  }

  private void entries(JsonNode json, TableInfo t) {
    int last = 0;
    for (JsonNode e : Json.list(json, "entries")) {
      last = Math.max(last, priority(e));
    }
    boolean ranked = t.key.fields.stream().anyMatch(f -> f.kind().needsPriority());
    for (JsonNode e : Json.list(json, "entries")) {
      // In the JSON the lowest number wins, in P4Runtime the highest.
      int priority = ranked ? last - priority(e) + 1 : 0;
      int index = t.initialEntries.size();
      t.initialEntries.add(Problems.in("entry " + index, () -> entry(e, t, index + 1, priority)));
    }
    t.checkInitialEntries();
  }

  private static int priority(JsonNode e) {
    return Json.has(e, "priority") ? Json.integer(e, "priority", 0, 1 << 30) : 0;
  }

  private SwitchControl.InitialEntry entry(JsonNode e, TableInfo t, long handle, int priority) {
    List<MatchField> match = new ArrayList<>();
    for (JsonNode k : Json.list(e, "match_key")) {
      if (match.size() == t.key.fields.size()) {
        throw new InvalidProgramException(
            "it has more fields than the key of the table, " + match.size());
      }
      KeyLayout.Field field = t.key.fields.get(match.size());
      match.add(Problems.in("field " + field.name(), () -> match(k, field)));
    }
    JsonNode a = Json.get(e, "action_entry");
    ActionCall call = new ActionCall(action(Json.integer(a, "action_id")).name, data(a));
    return new SwitchControl.InitialEntry(handle, match, priority, call, true);
  }

  private static MatchField match(JsonNode k, KeyLayout.Field field) {
    return switch (Json.text(k, "match_type")) {
      case "exact", "valid" ->
          Json.get(k, "key").isBoolean()
              ? new MatchField.Exact(
                  new byte[] {(byte) (Json.get(k, "key").booleanValue() ? 1 : 0)})
              : new MatchField.Exact(bytes(Json.get(k, "key")));
      case "lpm" -> {
        int length = Json.integer(k, "prefix_length");
        yield length == 0
            ? new MatchField.Any()
            : new MatchField.Lpm(bytes(Json.get(k, "key")), length);
      }
      case "ternary" -> {
        byte[] mask = bytes(Json.get(k, "mask"));
        yield Json.hex(Json.get(k, "mask")).signum() == 0
            ? new MatchField.Any()
            : field.kind() == KeyKind.OPTIONAL
                ? new MatchField.OptionalValue(bytes(Json.get(k, "key")))
                : new MatchField.Ternary(bytes(Json.get(k, "key")), mask);
      }
      case "range" -> new MatchField.Range(bytes(Json.get(k, "start")), bytes(Json.get(k, "end")));
      case "optional" -> new MatchField.OptionalValue(bytes(Json.get(k, "key")));
      default -> throw new InvalidProgramException("unsupported entry key " + Json.brief(k));
    };
  }

  private static void link(TableInfo t, JsonNode json, Map<String, Node> nodes) {
    JsonNode next = Json.get(json, "next_tables");
    t.byHit = next.has("__HIT__") || next.has("__MISS__");
    t.onHit = next(nodes, next, "__HIT__");
    t.onMiss = next(nodes, next, "__MISS__");
    t.otherwise = next(nodes, json, "base_default_next");
    for (CompiledAction a : t.actions.values()) {
      t.onAction.put(a, next.has(a.name) ? next(nodes, next, a.name) : t.otherwise);
    }
    t.nextNodesKnown();
  }
}
