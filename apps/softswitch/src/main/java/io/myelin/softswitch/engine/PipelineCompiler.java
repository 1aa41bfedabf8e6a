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
  private static final class Conditional extends ControlNode {
    final Bool condition;
    @Nullable ControlNode yes;
    @Nullable ControlNode no;

    Conditional(String name, Bool condition) {
      super(name);
      this.condition = condition;
    }

    @Override
    Stream<ControlNode> next() {
      return present(yes, no);
    }

    @Override
    @Nullable ControlNode run(PacketContext c) {
      return condition.eval(c) ? yes : no;
    }
  }

  /** A call of an action without parameters. */
  private static final class Call extends ControlNode {
    final CompiledAction action;
    @Nullable ControlNode next;

    Call(String name, CompiledAction action) {
      super(name);
      this.action = action;
    }

    @Override
    Stream<ControlNode> next() {
      return present(next);
    }

    @Override
    @Nullable ControlNode run(PacketContext c) {
      action.run(c, new long[0]);
      return next;
    }
  }

  /**
   * Compiles a pipeline and returns its first node, or null if it is empty. What is wrong goes to
   * {@code problems}; then the nodes are not linked, since some are missing.
   */
  @Nullable ControlNode compile(
      JsonNode json, Map<String, Boolean> meteredTables, Problems problems) {
    each(json, "action_profiles", "action profile", problems, this::profile);
    Map<String, ControlNode> nodes = new HashMap<>();
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
        t -> link((TableInfo) node(nodes, Bmv2Json.get(t, "name")), t, nodes));
    each(
        json,
        "conditionals",
        "conditional",
        problems,
        c -> {
          Conditional n = (Conditional) node(nodes, Bmv2Json.get(c, "name"));
          n.yes = next(nodes, c, "true_next");
          n.no = next(nodes, c, "false_next");
        });
    each(
        json,
        "action_calls",
        "action call",
        problems,
        c -> ((Call) node(nodes, Bmv2Json.get(c, "name"))).next = next(nodes, c, "next_node"));
    ControlNode first = next(nodes, json, "init_table");
    ControlNode.requireEnd(first);
    return first;
  }

  private static void each(
      JsonNode json, String key, String what, Problems problems, Consumer<JsonNode> body) {
    int i = 0;
    for (JsonNode e : Bmv2Json.list(json, key)) {
      problems.at(what + " " + Bmv2Json.nameOf(e, i++), () -> body.accept(e));
    }
  }

  private static void add(Map<String, ControlNode> nodes, ControlNode n) {
    if (nodes.put(n.name, n) != null) {
      throw new InvalidProgramException("the pipeline has " + n.name + " twice");
    }
  }

  private Conditional conditional(JsonNode c) {
    return new Conditional(
        Bmv2Json.text(c, "name"),
        expressions.bool(Bmv2Json.get(c, "expression"), ActionParameters.NONE));
  }

  private Call call(JsonNode c) {
    CompiledAction a = action(Bmv2Json.integer(c, "action_id"));
    if (!a.parameters.parameters().isEmpty()) {
      throw new InvalidProgramException(
          "action " + a.name + " takes parameters, but a call gives none");
    }
    return new Call(Bmv2Json.text(c, "name"), a);
  }

  private static ControlNode node(Map<String, ControlNode> nodes, JsonNode name) {
    ControlNode n = nodes.get(Bmv2Json.text(name));
    if (n == null) {
      throw new InvalidProgramException(
          "unknown control flow node " + name + "; known are " + new TreeSet<>(nodes.keySet()));
    }
    return n;
  }

  private static @Nullable ControlNode next(
      Map<String, ControlNode> nodes, JsonNode in, String key) {
    return Bmv2Json.has(in, key)
        ? Problems.in("\"" + key + "\"", () -> node(nodes, Bmv2Json.get(in, key)))
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
    if (Bmv2Json.has(json, "selector")) {
      selector = Calculation.compile(Bmv2Json.get(json, "selector"), expressions.layout());
    }
    String name = Bmv2Json.text(json, "name");
    int size = Bmv2Json.integer(json, "max_size", 0, Integer.MAX_VALUE);
    profiles.add(name, new ProfileInfo(name, profiles.size(), size, selector));
  }

  private TableInfo table(JsonNode json, Map<String, Boolean> meteredTables) {
    String name = Bmv2Json.text(json, "name");
    List<KeyLayout.Field> fields = new ArrayList<>();
    int i = 0;
    for (JsonNode k : Bmv2Json.list(json, "key")) {
      fields.add(Problems.in("key " + i++, () -> keyField(k)));
    }
    KeyLayout key = new KeyLayout(fields);
    keyWords = Math.max(keyWords, key.words);
    TableInfo t =
        new TableInfo(
            name,
            tables.size(),
            key,
            Bmv2Json.integer(json, "max_size", 0, Integer.MAX_VALUE),
            Bmv2Json.flag(json, "with_counters", false));
    for (JsonNode id : Bmv2Json.list(json, "action_ids")) {
      CompiledAction a = action(Bmv2Json.integer(id));
      t.actions.put(a.name, a);
    }
    if (!Bmv2Json.text(json, "type").equals("simple")) {
      ProfileInfo p = profiles.get(Bmv2Json.text(json, "action_profile"));
      t.profile = p;
      p.tables().add(t);
    }
    if (Bmv2Json.has(json, "direct_meters")) {
      String meter = Bmv2Json.text(json, "direct_meters");
      Boolean bytes = meteredTables.get(meter);
      if (bytes == null) {
        throw new InvalidProgramException("unknown direct meter " + meter);
      }
      t.meterBytes = bytes;
    }
    if (Bmv2Json.has(json, "default_entry")) {
      JsonNode d = Bmv2Json.get(json, "default_entry");
      Problems.in(
          "default action",
          () -> {
            CompiledAction a = action(Bmv2Json.integer(d, "action_id"));
            t.actions.putIfAbsent(a.name, a);
            t.initialDefault = new Binding.Bound(a, a.parameters.encode(data(d)));
            t.constDefault = Bmv2Json.flag(d, "action_entry_const", false);
            return t;
          });
    }
    entries(json, t);
    tables.add(name, t);
    return t;
  }

  private KeyLayout.Field keyField(JsonNode k) {
    JsonNode target = Bmv2Json.get(k, "target");
    KeyKind kind = KeyKind.of(Bmv2Json.text(k, "match_type"));
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
        Bmv2Json.has(k, "mask")
            ? Bits.words(Bmv2Json.hex(Bmv2Json.get(k, "mask")), ref.words())
            : new long[0];
    return new KeyLayout.Field(Bmv2Json.textOr(k, "name", ref.name()), kind, ref, mask);
  }

  private static List<byte[]> data(JsonNode actionEntry) {
    List<byte[]> out = new ArrayList<>();
    for (JsonNode v : Bmv2Json.list(actionEntry, "action_data")) {
      out.add(bytes(v));
    }
    return out;
  }

  private static byte[] bytes(JsonNode hex) {
    return Bmv2Json.hex(hex).toByteArray();
  }

  private void entries(JsonNode json, TableInfo t) {
    int last = 0;
    for (JsonNode e : Bmv2Json.list(json, "entries")) {
      last = Math.max(last, priority(e));
    }
    boolean ranked = t.key.fields.stream().anyMatch(f -> f.kind().needsPriority());
    for (JsonNode e : Bmv2Json.list(json, "entries")) {
      // In the JSON the lowest number wins, in P4Runtime the highest.
      int priority = ranked ? last - priority(e) + 1 : 0;
      int index = t.initialEntries.size();
      t.initialEntries.add(Problems.in("entry " + index, () -> entry(e, t, index + 1, priority)));
    }
    t.checkInitialEntries();
  }

  private static int priority(JsonNode e) {
    return Bmv2Json.has(e, "priority") ? Bmv2Json.integer(e, "priority", 0, 1 << 30) : 0;
  }

  private SwitchControl.InitialEntry entry(JsonNode e, TableInfo t, long handle, int priority) {
    List<MatchField> match = new ArrayList<>();
    for (JsonNode k : Bmv2Json.list(e, "match_key")) {
      if (match.size() == t.key.fields.size()) {
        throw new InvalidProgramException(
            "it has more fields than the key of the table, " + match.size());
      }
      KeyLayout.Field field = t.key.fields.get(match.size());
      match.add(Problems.in("field " + field.name(), () -> match(k, field)));
    }
    JsonNode a = Bmv2Json.get(e, "action_entry");
    ActionCall call = new ActionCall(action(Bmv2Json.integer(a, "action_id")).name, data(a));
    return new SwitchControl.InitialEntry(handle, match, priority, call, true);
  }

  private static MatchField match(JsonNode k, KeyLayout.Field field) {
    return switch (Bmv2Json.text(k, "match_type")) {
      case "exact", "valid" ->
          Bmv2Json.get(k, "key").isBoolean()
              ? new MatchField.Exact(
                  new byte[] {(byte) (Bmv2Json.get(k, "key").booleanValue() ? 1 : 0)})
              : new MatchField.Exact(bytes(Bmv2Json.get(k, "key")));
      case "lpm" -> {
        int length = Bmv2Json.integer(k, "prefix_length");
        yield length == 0
            ? new MatchField.Any()
            : new MatchField.Lpm(bytes(Bmv2Json.get(k, "key")), length);
      }
      case "ternary" -> {
        byte[] mask = bytes(Bmv2Json.get(k, "mask"));
        yield Bmv2Json.hex(Bmv2Json.get(k, "mask")).signum() == 0
            ? new MatchField.Any()
            : field.kind() == KeyKind.OPTIONAL
                ? new MatchField.OptionalValue(bytes(Bmv2Json.get(k, "key")))
                : new MatchField.Ternary(bytes(Bmv2Json.get(k, "key")), mask);
      }
      case "range" ->
          new MatchField.Range(bytes(Bmv2Json.get(k, "start")), bytes(Bmv2Json.get(k, "end")));
      case "optional" -> new MatchField.OptionalValue(bytes(Bmv2Json.get(k, "key")));
      default -> throw new InvalidProgramException("unsupported entry key " + Bmv2Json.brief(k));
    };
  }

  private static void link(TableInfo t, JsonNode json, Map<String, ControlNode> nodes) {
    JsonNode next = Bmv2Json.get(json, "next_tables");
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
