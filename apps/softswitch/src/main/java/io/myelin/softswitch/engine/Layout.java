package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Assigns a slot (a {@code long}) to each word of each field, validity bit and stack index of a
 * program, so that a packet's whole state is one array that a clone copies at once.
 */
final class Layout {
  /** Widest field. Keeps the scratch space of expressions small. */
  static final int MAX_WIDTH = 2048;

  /** Longest header with a varbit: longer than any frame. */
  private static final int MAX_BYTES = 1 << 14;

  private final Map<String, HeaderRef> headers = new LinkedHashMap<>();
  private final Map<Integer, HeaderRef> headersById = new HashMap<>();
  private final Map<String, List<HeaderRef>> unions = new HashMap<>();
  private final Map<Integer, List<HeaderRef>> unionsById = new HashMap<>();
  private final Map<String, Integer> unionMembers = new HashMap<>();
  private final Map<String, StackRef> stacks = new HashMap<>();
  private final Map<String, String[]> aliases = new HashMap<>();
  private int slots;

  /** Stands in for stack elements out of bounds; cleared at each use, never emitted. */
  final HeaderRef nowhere;

  Layout(JsonNode root, Problems problems) {
    Map<String, JsonNode> types = new HashMap<>();
    each(
        root, "header_types", "header type", problems, t -> types.put(Bmv2Json.text(t, "name"), t));
    Map<Integer, JsonNode> declared = new LinkedHashMap<>();
    each(root, "headers", "header", problems, h -> declare(h, declared));
    each(
        root,
        "header_stacks",
        "header stack",
        problems,
        s -> placeStack(Bmv2Json.required(s, "header_ids"), declared, types));
    Map<Integer, JsonNode> membersOf = new HashMap<>();
    each(
        root,
        "header_unions",
        "header union",
        problems,
        u -> membersOf.put(Bmv2Json.integer(u, "id"), Bmv2Json.required(u, "header_ids")));
    each(
        root,
        "header_union_stacks",
        "header union stack",
        problems,
        s -> {
          for (JsonNode id : Bmv2Json.required(s, "header_union_ids")) {
            placeStack(
                present(membersOf.get(Bmv2Json.integer(id)), "header union", id), declared, types);
          }
        });
    each(
        root,
        "headers",
        "header",
        problems,
        h -> {
          if (declared.containsKey(Bmv2Json.integer(h, "id"))) {
            place(h, types);
          }
        });
    nowhere = new HeaderRef("out of bounds", "", false, slots);
    nowhere.slots = headers.values().stream().mapToInt(h -> h.slots).max().orElse(1);
    slots += nowhere.slots;
    problems.throwIfAny(); // What follows would complain of headers whose own fault is known.
    each(root, "header_union_types", "header union type", problems, this::unionType);
    each(root, "header_unions", "header union", problems, this::union);
    each(root, "header_stacks", "header stack", problems, this::headerStack);
    each(root, "header_union_stacks", "header union stack", problems, s -> unionStack(root, s));
    each(root, "field_aliases", "field alias", problems, this::alias);
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

  private static void declare(JsonNode h, Map<Integer, JsonNode> declared) {
    if (declared.put(Bmv2Json.integer(h, "id"), h) != null) {
      throw new InvalidProgramException(
          "another header has the id " + Bmv2Json.integer(h, "id") + " too");
    }
  }

  /** The headers of a stack follow each other in the slots, however they are declared. */
  private void placeStack(
      JsonNode headerIds, Map<Integer, JsonNode> declared, Map<String, JsonNode> types) {
    for (JsonNode id : headerIds) {
      JsonNode h = declared.remove(Bmv2Json.integer(id));
      if (h == null) {
        throw new InvalidProgramException(
            "no header has the id " + id + ", or another stack has it too");
      }
      place(h, types);
    }
  }

  private void place(JsonNode h, Map<String, JsonNode> types) {
    HeaderRef ref = header(h, types);
    if (headers.put(ref.name, ref) != null) {
      throw new InvalidProgramException("another header has the name " + ref.name + " too");
    }
    headersById.put(Bmv2Json.integer(h, "id"), ref);
    slots += ref.slots;
  }

  private void unionType(JsonNode t) {
    int i = 0;
    for (JsonNode member : Bmv2Json.list(t, "headers")) {
      unionMembers.put(Bmv2Json.text(t, "name") + "/" + Bmv2Json.text(Bmv2Json.at(member, 0)), i++);
    }
  }

  private void union(JsonNode u) {
    List<HeaderRef> members = byId(u, "header_ids");
    members.forEach(m -> m.union = members);
    unions.put(Bmv2Json.text(u, "name"), members);
    unionsById.put(Bmv2Json.integer(u, "id"), members);
  }

  private void headerStack(JsonNode s) {
    List<List<HeaderRef>> elements = new ArrayList<>();
    byId(s, "header_ids").forEach(h -> elements.add(List.of(h)));
    stack(s, elements);
  }

  private void unionStack(JsonNode root, JsonNode s) {
    List<List<HeaderRef>> elements = new ArrayList<>();
    for (JsonNode id : Bmv2Json.required(s, "header_union_ids")) {
      elements.add(present(unionsById.get(Bmv2Json.integer(id)), "header union", id));
    }
    stack(s, elements);
    int i = 0;
    for (JsonNode t : Bmv2Json.list(root, "header_union_types")) {
      if (Bmv2Json.text(t, "name").equals(Bmv2Json.text(s, "union_type"))) {
        for (JsonNode member : Bmv2Json.list(t, "headers")) {
          unionMembers.put(
              Bmv2Json.text(s, "name") + "/" + Bmv2Json.text(Bmv2Json.at(member, 0)), i++);
        }
      }
    }
  }

  private void alias(JsonNode a) {
    JsonNode to = Bmv2Json.at(a, 1);
    aliases.put(
        Bmv2Json.text(Bmv2Json.at(a, 0)),
        new String[] {Bmv2Json.text(Bmv2Json.at(to, 0)), Bmv2Json.text(Bmv2Json.at(to, 1))});
  }

  private HeaderRef header(JsonNode h, Map<String, JsonNode> types) {
    String name = Bmv2Json.text(h, "name");
    String typeName = Bmv2Json.text(h, "header_type");
    JsonNode type = types.get(typeName);
    if (type == null) {
      throw new InvalidProgramException("its type " + typeName + " is not declared");
    }
    if (Bmv2Json.has(type, "length_exp")) {
      throw new InvalidProgramException(
          "its type " + typeName + " has a length_exp (P4-14); use extract with two arguments");
    }
    HeaderRef ref =
        new HeaderRef(
            name, typeName, Bmv2Json.flag(Bmv2Json.get(h, "metadata"), "\"metadata\""), slots);
    ref.maxBytes =
        Bmv2Json.has(type, "max_length") ? Bmv2Json.integer(type, "max_length", 0, MAX_BYTES) : 0;
    int fixed = 0;
    for (JsonNode f : Bmv2Json.list(type, "fields")) {
      fixed += Bmv2Json.at(f, 1).isTextual() ? 0 : Bmv2Json.integer(f, 1, 1, MAX_WIDTH);
    }
    for (JsonNode f : Bmv2Json.list(type, "fields")) {
      JsonNode width = Bmv2Json.at(f, 1);
      boolean varbit = width.isTextual();
      int bits = varbit ? ref.maxBytes * 8 - fixed : width.intValue();
      if (bits < 0 || (varbit && ref.varbit != null)) {
        throw new InvalidProgramException(
            "the varbit field "
                + Bmv2Json.text(Bmv2Json.at(f, 0))
                + (bits < 0 ? " has no room in \"max_length\"" : " is the second one"));
      }
      boolean signed =
          f.size() > 2 && Bmv2Json.flag(Bmv2Json.at(f, 2), "whether a field is signed");
      ref.add(Bmv2Json.text(Bmv2Json.at(f, 0)), bits, signed, varbit);
    }
    if (!ref.metadata && ref.fixedBits % 8 != 0) {
      throw new InvalidProgramException("it has " + ref.fixedBits + " bits, not a multiple of 8");
    }
    return ref;
  }

  private List<HeaderRef> byId(JsonNode node, String key) {
    List<HeaderRef> out = new ArrayList<>();
    for (JsonNode id : Bmv2Json.list(node, key)) {
      out.add(present(headersById.get(Bmv2Json.integer(id)), "header", id));
    }
    return List.copyOf(out);
  }

  private static <T> T present(@Nullable T value, String what, Object id) {
    if (value == null) {
      throw new InvalidProgramException("no " + what + " has the id " + id);
    }
    return value;
  }

  private void stack(JsonNode s, List<List<HeaderRef>> elements) {
    String name = Bmv2Json.text(s, "name");
    if (elements.isEmpty() || elements.get(0).isEmpty()) {
      throw new InvalidProgramException("it has no headers");
    }
    for (List<HeaderRef> e : elements) {
      if (!types(e).equals(types(elements.get(0)))) {
        throw new InvalidProgramException(
            "its elements have different types: " + types(elements.get(0)) + " and " + types(e));
      }
    }
    stacks.put(name, StackRef.of(name, List.copyOf(elements), slots++));
  }

  private static List<String> types(List<HeaderRef> element) {
    return element.stream().map(h -> h.type).toList();
  }

  /** Slots of a packet. */
  int slots() {
    return slots;
  }

  HeaderRef header(String name) {
    return known(headers, name, "header");
  }

  Iterable<HeaderRef> headers() {
    return headers.values();
  }

  StackRef stack(String name) {
    return known(stacks, name, "header stack");
  }

  List<HeaderRef> union(String name) {
    return known(unions, name, "header union");
  }

  /** Position of a member in the unions of a stack. */
  int unionMember(String stack, String member) {
    return known(unionMembers, stack + "/" + member, "header union member");
  }

  /** A field reference {@code ["header", "field"]}. */
  FieldRef field(JsonNode pair) {
    return header(Bmv2Json.text(Bmv2Json.at(pair, 0))).field(Bmv2Json.text(Bmv2Json.at(pair, 1)));
  }

  /** A field that the target knows by its BMv2 name, directly or through an alias; or null. */
  @Nullable FieldRef wellKnown(String header, String field) {
    String[] alias = aliases.get(header + "." + field);
    String in = alias == null ? header : alias[0];
    String name = alias == null ? field : alias[1];
    HeaderRef ref = headers.get(in);
    if (ref == null) {
      return null;
    }
    for (FieldRef f : ref.fields) {
      if (f.name().equals(in + "." + name)) {
        return f;
      }
    }
    return null;
  }

  private static <T> T known(Map<String, T> map, String name, String what) {
    T v = map.get(name);
    if (v == null) {
      throw new InvalidProgramException(
          "unknown " + what + " " + name + "; known are " + new TreeMap<>(map).keySet());
    }
    return v;
  }
}
