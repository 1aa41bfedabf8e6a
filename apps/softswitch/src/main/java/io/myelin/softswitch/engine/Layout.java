package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Assigns a slot (a {@code long}) to each word of each field, validity bit and stack index of a
 * program, so that a packet's whole state is one array that a clone copies at once.
 */
final class Layout {
  /** Widest field. Keeps the scratch space of expressions small. */
  static final int MAX_WIDTH = 2048;

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

  Layout(JsonNode root) {
    Map<String, JsonNode> types = new HashMap<>();
    for (JsonNode t : Json.list(root, "header_types")) {
      types.put(Json.text(t, "name"), t);
    }
    int widest = 1;
    for (JsonNode h : Json.list(root, "headers")) {
      HeaderRef ref = header(h, types);
      headers.put(ref.name, ref);
      headersById.put(Json.integer(h, "id"), ref);
      widest = Math.max(widest, ref.slots);
      slots += ref.slots;
    }
    for (JsonNode t : Json.list(root, "header_union_types")) {
      int i = 0;
      for (JsonNode member : Json.list(t, "headers")) {
        unionMembers.put(Json.text(t, "name") + "/" + Json.text(Json.at(member, 0)), i++);
      }
    }
    for (JsonNode u : Json.list(root, "header_unions")) {
      List<HeaderRef> members = byId(u, "header_ids");
      members.forEach(m -> m.union = members);
      unions.put(Json.text(u, "name"), members);
      unionsById.put(Json.integer(u, "id"), members);
    }
    for (JsonNode s : Json.list(root, "header_stacks")) {
      List<List<HeaderRef>> elements = new ArrayList<>();
      byId(s, "header_ids").forEach(h -> elements.add(List.of(h)));
      stack(s, elements);
    }
    for (JsonNode s : Json.list(root, "header_union_stacks")) {
      List<List<HeaderRef>> elements = new ArrayList<>();
      for (JsonNode id : Json.list(s, "header_union_ids")) {
        elements.add(present(unionsById.get(id.intValue()), "header union", id));
      }
      stack(s, elements);
      int i = 0;
      for (JsonNode t : Json.list(root, "header_union_types")) {
        if (Json.text(t, "name").equals(Json.text(s, "union_type"))) {
          for (JsonNode member : Json.list(t, "headers")) {
            unionMembers.put(Json.text(s, "name") + "/" + Json.text(Json.at(member, 0)), i++);
          }
        }
      }
    }
    for (JsonNode a : Json.list(root, "field_aliases")) {
      JsonNode to = Json.at(a, 1);
      aliases.put(
          Json.text(Json.at(a, 0)),
          new String[] {Json.text(Json.at(to, 0)), Json.text(Json.at(to, 1))});
    }
    nowhere = new HeaderRef("out of bounds", "", false, slots);
    nowhere.slots = widest;
    slots += widest;
  }

  private HeaderRef header(JsonNode h, Map<String, JsonNode> types) {
    String name = Json.text(h, "name");
    String typeName = Json.text(h, "header_type");
    JsonNode type = types.get(typeName);
    if (type == null) {
      throw new InvalidProgramException("header " + name + " has the unknown type " + typeName);
    }
    if (Json.has(type, "length_exp")) {
      throw new InvalidProgramException(
          "header type " + typeName + " has a length_exp (P4-14); use extract with two arguments");
    }
    HeaderRef ref = new HeaderRef(name, typeName, Json.get(h, "metadata").booleanValue(), slots);
    ref.maxBytes = Json.has(type, "max_length") ? Json.integer(type, "max_length") : 0;
    int fixed = 0;
    for (JsonNode f : Json.list(type, "fields")) {
      fixed += Json.at(f, 1).isTextual() ? 0 : Json.at(f, 1).intValue();
    }
    for (JsonNode f : Json.list(type, "fields")) {
      JsonNode width = Json.at(f, 1);
      boolean varbit = width.isTextual();
      int bits = varbit ? ref.maxBytes * 8 - fixed : width.intValue();
      boolean tooWide = !varbit && bits > MAX_WIDTH;
      if (bits < (varbit ? 0 : 1) || tooWide) {
        throw new InvalidProgramException(
            "field "
                + name
                + "."
                + Json.text(Json.at(f, 0))
                + " has "
                + bits
                + " bits; 1 to "
                + MAX_WIDTH
                + " are supported");
      }
      boolean signed = f.size() > 2 && Json.at(f, 2).booleanValue();
      ref.add(Json.text(Json.at(f, 0)), bits, signed, varbit);
    }
    if (!ref.metadata && ref.fixedBits % 8 != 0) {
      throw new InvalidProgramException(
          "header " + name + " has " + ref.fixedBits + " bits, not a multiple of 8");
    }
    return ref;
  }

  private List<HeaderRef> byId(JsonNode node, String key) {
    List<HeaderRef> out = new ArrayList<>();
    for (JsonNode id : Json.list(node, key)) {
      out.add(present(headersById.get(id.intValue()), "header", id));
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
    String name = Json.text(s, "name");
    stacks.put(name, new StackRef(name, List.copyOf(elements), slots++));
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
    return header(Json.text(Json.at(pair, 0))).field(Json.text(Json.at(pair, 1)));
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
