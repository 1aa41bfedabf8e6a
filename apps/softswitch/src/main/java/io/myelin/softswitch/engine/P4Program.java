package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A compiled program, checked against the supported v1model subset, ready to be loaded into any
 * number of switches. Immutable.
 */
public final class P4Program {
  private static final ObjectMapper JSON = new ObjectMapper();

  final Layout layout;
  final Intrinsics intrinsics;
  final Parser parser;
  final @Nullable Node ingress;
  final @Nullable Node egress;
  final Deparser deparser;

  /** Headers that the deparser emits. */
  final HeaderRef[] emitted;

  final Names<TableInfo> tables = new Names<>("table");
  final Names<ProfileInfo> profiles = new Names<>("action profile");
  final Names<ExternInfo> externs = new Names<>("counter, meter or register");
  final Names<ValueSetInfo> valueSets = new Names<>("value set");
  final Map<Integer, Digest> digests = new HashMap<>();
  final int scratchWords;
  final int keyWords;

  private final Set<String> actionNames = new LinkedHashSet<>();
  private final Map<Integer, List<FieldRef>> fieldLists = new HashMap<>();
  private final HeaderRef[] metadata;

  /** Things by name; unknown names are answered with the known ones. */
  static final class Names<T> {
    private final String what;
    private final Map<String, T> map = new LinkedHashMap<>();

    Names(String what) {
      this.what = what;
    }

    void add(String name, T value) {
      map.put(name, value);
    }

    int size() {
      return map.size();
    }

    List<T> all() {
      return List.copyOf(map.values());
    }

    Set<String> names() {
      return Collections.unmodifiableSet(map.keySet());
    }

    /** For the program's own references. */
    T get(String name) {
      T v = map.get(name);
      if (v == null) {
        throw new InvalidProgramException(unknown(name));
      }
      return v;
    }

    /** For a control plane's references. */
    T find(String name) {
      T v = map.get(name);
      if (v == null) {
        throw new IllegalArgumentException(unknown(name));
      }
      return v;
    }

    private String unknown(String name) {
      return "unknown " + what + " " + name + "; known are " + map.keySet();
    }
  }

  /** A digest: what a packet tells the control plane. */
  record Digest(String name, List<FieldRef> fields) {
    List<byte[]> values(long[] f) {
      List<byte[]> out = new ArrayList<>(fields.size());
      for (FieldRef ref : fields) {
        out.add(Bits.toBytes(f, ref.slot(), ref.width()));
      }
      return out;
    }
  }

  private P4Program(JsonNode root) {
    layout = new Layout(root);
    intrinsics = new Intrinsics(layout);
    ParserErrors errors = ParserErrors.of(root);
    ExpressionCompiler expressions = new ExpressionCompiler(layout);
    Names<Calculation> calculations = new Names<>("calculation");
    for (JsonNode c : Json.list(root, "calculations")) {
      calculations.add(Json.text(c, "name"), Calculation.compile(c, layout));
    }
    indexedExterns(root);
    ActionCompiler actionCompiler =
        new ActionCompiler(expressions, new ExternCompiler(expressions, calculations, externs));
    Map<Integer, CompiledAction> actions = new HashMap<>();
    for (JsonNode a : Json.list(root, "actions")) {
      CompiledAction action = actionCompiler.action(a);
      actions.put(Json.integer(a, "id"), action);
      actionNames.add(action.name);
    }
    List<Checksum> verified = new ArrayList<>();
    List<Checksum> updated = new ArrayList<>();
    for (JsonNode c : Json.list(root, "checksums")) {
      Checksum checksum = Checksum.compile(c, calculations, expressions);
      if (checksum.verify()) {
        verified.add(checksum);
      }
      if (c.path("update").asBoolean(true)) {
        updated.add(checksum);
      }
    }
    for (JsonNode v : Json.list(root, "parse_vsets")) {
      String name = Json.text(v, "name");
      valueSets.add(name, new ValueSetInfo(name, valueSets.size()));
    }
    ParserCompiler parsers = new ParserCompiler(expressions, actionCompiler, valueSets, errors);
    parser = parsers.compile(only(root, "parsers"), verified);
    PipelineCompiler pipelines = new PipelineCompiler(expressions, actions, tables, profiles);
    Map<String, Boolean> directMeters = new HashMap<>();
    for (JsonNode m : Json.list(root, "meter_arrays")) {
      if (m.path("is_direct").asBoolean(false)) {
        directMeters.put(Json.text(m, "name"), Json.text(m, "type").equals("bytes"));
      }
    }
    ingress = pipelines.compile(pipeline(root, "ingress"), directMeters);
    egress = pipelines.compile(pipeline(root, "egress"), directMeters);
    directMeterTargets(root);
    JsonNode deparserJson = only(root, "deparsers");
    List<HeaderRef> order = new ArrayList<>();
    for (JsonNode h : Json.list(deparserJson, "order")) {
      order.add(layout.header(Json.text(h)));
    }
    List<Primitive> primitives = new ArrayList<>();
    for (JsonNode p : Json.list(deparserJson, "primitives")) {
      primitives.add(actionCompiler.primitive(p, ActionParameters.NONE));
    }
    deparser = new Deparser(order, updated, primitives);
    emitted = order.toArray(HeaderRef[]::new);
    fieldLists(root);
    List<HeaderRef> meta = new ArrayList<>();
    layout.headers().forEach(h -> addIfMetadata(h, meta));
    metadata = meta.toArray(HeaderRef[]::new);
    scratchWords = expressions.scratchWords();
    keyWords = Math.max(parsers.keyWords(), pipelines.keyWords());
  }

  private static void addIfMetadata(HeaderRef h, List<HeaderRef> out) {
    if (h.metadata) {
      out.add(h);
    }
  }

  private static JsonNode only(JsonNode root, String key) {
    JsonNode list = Json.get(root, key);
    if (list.size() != 1) {
      throw new InvalidProgramException(
          "expected one element in \"" + key + "\", found " + list.size());
    }
    return Json.at(list, 0);
  }

  private static JsonNode pipeline(JsonNode root, String name) {
    for (JsonNode p : Json.list(root, "pipelines")) {
      if (Json.text(p, "name").equals(name)) {
        return p;
      }
    }
    throw new InvalidProgramException("there is no pipeline " + name + "; is this v1model?");
  }

  private void indexedExterns(JsonNode root) {
    for (JsonNode x : Json.list(root, "extern_instances")) {
      throw new InvalidProgramException(
          "unsupported extern " + Json.text(x, "name") + " of type " + x.path("type").asText());
    }
    externs(root, "counter_arrays", ExternInfo.Kind.COUNTER);
    externs(root, "meter_arrays", ExternInfo.Kind.METER);
    externs(root, "register_arrays", ExternInfo.Kind.REGISTER);
  }

  private void externs(JsonNode root, String key, ExternInfo.Kind kind) {
    int index = 0;
    for (JsonNode x : Json.list(root, key)) {
      if (x.path("is_direct").asBoolean(false)) {
        continue;
      }
      String name = Json.text(x, "name");
      int width = kind == ExternInfo.Kind.REGISTER ? Json.integer(x, "bitwidth") : 0;
      if (width > Layout.MAX_WIDTH) {
        throw new InvalidProgramException(
            "register "
                + name
                + " has cells of "
                + width
                + " bits; "
                + Layout.MAX_WIDTH
                + " are supported");
      }
      boolean bytes = x.path("type").asText().equals("bytes");
      externs.add(name, new ExternInfo(kind, name, index++, Json.integer(x, "size"), width, bytes));
    }
  }

  private void directMeterTargets(JsonNode root) {
    for (JsonNode m : Json.list(root, "meter_arrays")) {
      if (m.path("is_direct").asBoolean(false)) {
        tables.get(Json.text(m, "binding")).meterTarget =
            layout.field(Json.get(m, "result_target"));
      }
    }
  }

  private void fieldLists(JsonNode root) {
    for (JsonNode l : Json.list(root, "field_lists")) {
      fieldLists.put(Json.integer(l, "id"), fields(l));
    }
    for (JsonNode l : Json.list(root, "learn_lists")) {
      digests.put(Json.integer(l, "id"), new Digest(Json.text(l, "name"), fields(l)));
    }
  }

  private List<FieldRef> fields(JsonNode list) {
    List<FieldRef> out = new ArrayList<>();
    for (JsonNode e : Json.list(list, "elements")) {
      if (!Json.text(e, "type").equals("field")) {
        throw new InvalidProgramException(
            "field list "
                + Json.text(list, "name")
                + " has "
                + Json.brief(e)
                + "; only fields are supported");
      }
      out.add(layout.field(Json.get(e, "value")));
    }
    return out;
  }

  void clearMetadata(PacketContext c) {
    for (HeaderRef h : metadata) {
      h.clearFields(c.f);
    }
  }

  /** Copies the fields that a clone, resubmission or recirculation preserves. */
  void copyFields(int list, PacketContext from, PacketContext to) {
    List<FieldRef> fields = fieldLists.get(list);
    if (fields != null) {
      for (FieldRef ref : fields) {
        System.arraycopy(from.f, ref.slot(), to.f, ref.slot(), ref.words());
      }
    }
  }

  /**
   * Reads the BMv2 JSON that {@code p4c --target bmv2 --arch v1model} writes.
   *
   * @throws InvalidProgramException naming what is malformed or outside the subset
   */
  public static P4Program parse(byte[] bmv2Json) {
    JsonNode root;
    try {
      root = JSON.readTree(bmv2Json);
    } catch (IOException e) {
      throw new InvalidProgramException("not JSON: " + e.getMessage());
    }
    if (root == null || !root.isObject()) {
      throw new InvalidProgramException("not a JSON object");
    }
    return new P4Program(root);
  }

  /** Names of all tables. */
  public Set<String> tables() {
    return tables.names();
  }

  /** Names of all actions. */
  public Set<String> actions() {
    return Collections.unmodifiableSet(actionNames);
  }

  /** Names of all action profiles and selectors. */
  public Set<String> actionProfiles() {
    return profiles.names();
  }

  /** Names of all indexed counters, meters and registers. */
  public Set<String> indexedExterns() {
    return externs.names();
  }

  /** Names of all parser value sets. */
  public Set<String> valueSets() {
    return valueSets.names();
  }
}
