package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A compiled program, checked against the supported v1model subset, ready to be loaded into any
 * number of switches. Immutable.
 */
public final class P4Program {
  /** Of an array, in words of 64 bits: half a gigabyte. */
  private static final int MAX_CELLS = 1 << 26;

  final Layout layout;
  final Intrinsics intrinsics;
  final Parser parser;
  final @Nullable ControlNode ingress;
  final @Nullable ControlNode egress;
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
      if (map.put(name, value) != null) {
        throw new InvalidProgramException("there is another " + what + " " + name);
      }
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
    Problems problems = new Problems();
    Architecture.check(root);
    layout = new Layout(root, problems);
    intrinsics = Problems.in("the program", () -> new Intrinsics(layout));
    ParserErrors errors = Problems.in("the program", () -> ParserErrors.of(root));
    ExpressionCompiler expressions = new ExpressionCompiler(layout);
    Names<Calculation> calculations = new Names<>("calculation");
    each(
        root,
        "calculations",
        "calculation",
        problems,
        c -> calculations.add(Bmv2Json.text(c, "name"), Calculation.compile(c, layout)));
    indexedExterns(root, problems);
    ActionCompiler actionCompiler =
        new ActionCompiler(expressions, new ExternCompiler(expressions, calculations, externs));
    Map<Integer, CompiledAction> actions = new HashMap<>();
    each(
        root,
        "actions",
        "action",
        problems,
        a -> {
          CompiledAction action = actionCompiler.action(a, problems);
          actions.put(Bmv2Json.integer(a, "id"), action);
          actionNames.add(action.name);
        });
    List<Checksum> verified = new ArrayList<>();
    List<Checksum> updated = new ArrayList<>();
    each(
        root,
        "checksums",
        "checksum",
        problems,
        c -> {
          Checksum checksum = Checksum.compile(c, calculations, expressions);
          if (checksum.verify()) {
            verified.add(checksum);
          }
          if (Bmv2Json.flag(c, "update", true)) {
            updated.add(checksum);
          }
        });
    each(
        root,
        "parse_vsets",
        "value set",
        problems,
        v ->
            valueSets.add(
                Bmv2Json.text(v, "name"),
                new ValueSetInfo(Bmv2Json.text(v, "name"), valueSets.size())));
    ParserCompiler parsers = new ParserCompiler(expressions, actionCompiler, valueSets, errors);
    parser =
        Problems.in("the parser", () -> parsers.compile(only(root, "parsers"), verified, problems));
    PipelineCompiler pipelines = new PipelineCompiler(expressions, actions, tables, profiles);
    Map<String, Boolean> directMeters = new HashMap<>();
    each(root, "meter_arrays", "meter", problems, m -> directMeter(m, directMeters));
    ingress =
        Problems.in(
            "ingress", () -> pipelines.compile(pipeline(root, "ingress"), directMeters, problems));
    egress =
        Problems.in(
            "egress", () -> pipelines.compile(pipeline(root, "egress"), directMeters, problems));
    problems.throwIfAny();
    each(root, "meter_arrays", "meter", problems, this::directMeterTarget);
    List<HeaderRef> order = new ArrayList<>();
    List<Primitive> primitives = new ArrayList<>();
    problems.at("the deparser", () -> deparser(root, actionCompiler, order, primitives));
    deparser = new Deparser(order, updated, primitives);
    emitted = order.toArray(HeaderRef[]::new);
    fieldLists(root, problems);
    List<HeaderRef> meta = new ArrayList<>();
    layout.headers().forEach(h -> addIfMetadata(h, meta));
    metadata = meta.toArray(HeaderRef[]::new);
    scratchWords = expressions.scratchWords();
    keyWords = Math.max(parsers.keyWords(), pipelines.keyWords());
    problems.throwIfAny();
  }

  private static void each(
      JsonNode root, String key, String what, Problems problems, Consumer<JsonNode> body) {
    problems.at(
        "the program",
        () -> {
          int i = 0;
          for (JsonNode e : Bmv2Json.list(root, key)) {
            problems.at(what + " " + Bmv2Json.nameOf(e, i++), () -> body.accept(e));
          }
        });
  }

  private static void addIfMetadata(HeaderRef h, List<HeaderRef> out) {
    if (h.metadata) {
      out.add(h);
    }
  }

  private static JsonNode only(JsonNode root, String key) {
    JsonNode list = Bmv2Json.required(root, key);
    if (list.size() != 1) {
      throw new InvalidProgramException(
          "expected one element in \"" + key + "\", found " + list.size());
    }
    return Bmv2Json.at(list, 0);
  }

  private static JsonNode pipeline(JsonNode root, String name) {
    for (JsonNode p : Bmv2Json.required(root, "pipelines")) {
      if (Bmv2Json.text(p, "name").equals(name)) {
        return p;
      }
    }
    throw new InvalidProgramException("there is no pipeline " + name + "; is this v1model?");
  }

  private void deparser(
      JsonNode root, ActionCompiler actions, List<HeaderRef> order, List<Primitive> primitives) {
    JsonNode json = only(root, "deparsers");
    for (JsonNode h : Bmv2Json.required(json, "order")) {
      order.add(layout.header(Bmv2Json.text(h)));
    }
    int i = 0;
    for (JsonNode p : Bmv2Json.list(json, "primitives")) {
      primitives.add(
          Problems.in("primitive " + i++, () -> actions.primitive(p, ActionParameters.NONE)));
    }
  }

  private void indexedExterns(JsonNode root, Problems problems) {
    each(
        root,
        "extern_instances",
        "extern",
        problems,
        x -> {
          throw new InvalidProgramException(
              "externs of type " + Bmv2Json.textOr(x, "type", "(none)") + " are not supported");
        });
    externs(root, "counter_arrays", ExternInfo.Kind.COUNTER, problems);
    externs(root, "meter_arrays", ExternInfo.Kind.METER, problems);
    externs(root, "register_arrays", ExternInfo.Kind.REGISTER, problems);
  }

  private void externs(JsonNode root, String key, ExternInfo.Kind kind, Problems problems) {
    each(
        root,
        key,
        kind.name().toLowerCase(Locale.ROOT),
        problems,
        x -> {
          if (!Bmv2Json.flag(x, "is_direct", false)) {
            extern(x, kind);
          }
        });
  }

  private void extern(JsonNode x, ExternInfo.Kind kind) {
    String name = Bmv2Json.text(x, "name");
    boolean register = kind == ExternInfo.Kind.REGISTER;
    int width = register ? Bmv2Json.integer(x, "bitwidth", 1, Layout.MAX_WIDTH) : 0;
    int size = Bmv2Json.integer(x, "size", 0, MAX_CELLS / Math.max(1, Bits.words(width)));
    boolean bytes = Bmv2Json.textOr(x, "type", "").equals("bytes");
    int index = (int) externs.all().stream().filter(e -> e.kind() == kind).count();
    externs.add(name, new ExternInfo(kind, name, index, size, width, bytes));
  }

  private static void directMeter(JsonNode m, Map<String, Boolean> out) {
    if (Bmv2Json.flag(m, "is_direct", false)) {
      out.put(Bmv2Json.text(m, "name"), Bmv2Json.text(m, "type").equals("bytes"));
    }
  }

  private void directMeterTarget(JsonNode m) {
    if (Bmv2Json.flag(m, "is_direct", false)) {
      tables.get(Bmv2Json.text(m, "binding")).meterTarget =
          layout.field(Bmv2Json.get(m, "result_target"));
    }
  }

  private void fieldLists(JsonNode root, Problems problems) {
    each(
        root,
        "field_lists",
        "field list",
        problems,
        l -> fieldLists.put(Bmv2Json.integer(l, "id"), preserved(l)));
    each(
        root,
        "learn_lists",
        "digest",
        problems,
        l ->
            digests.put(
                Bmv2Json.integer(l, "id"), new Digest(Bmv2Json.text(l, "name"), learned(l))));
  }

  /** The fields that a copy keeps. A constant, as p4c wrote them until 2018, keeps nothing. */
  private List<FieldRef> preserved(JsonNode list) {
    List<FieldRef> out = new ArrayList<>();
    for (JsonNode e : Bmv2Json.required(list, "elements")) {
      switch (Bmv2Json.text(e, "type")) {
        case "field" -> out.add(layout.field(Bmv2Json.get(e, "value")));
        case "hexstr" -> {
          var unused = Bmv2Json.hex(Bmv2Json.get(e, "value"));
        }
        default ->
            throw new InvalidProgramException(
                "unsupported element " + Bmv2Json.brief(e) + "; supported are field, hexstr");
      }
    }
    return out;
  }

  private List<FieldRef> learned(JsonNode list) {
    List<FieldRef> out = new ArrayList<>();
    for (JsonNode e : Bmv2Json.required(list, "elements")) {
      if (!Bmv2Json.text(e, "type").equals("field")) {
        throw new InvalidProgramException(
            "unsupported element " + Bmv2Json.brief(e) + "; a digest consists of fields");
      }
      out.add(layout.field(Bmv2Json.get(e, "value")));
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
    return new P4Program(Bmv2Json.document(bmv2Json));
  }

  /** What the program consists of. */
  public ProgramSummary summary() {
    return ProgramSummary.of(this);
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
