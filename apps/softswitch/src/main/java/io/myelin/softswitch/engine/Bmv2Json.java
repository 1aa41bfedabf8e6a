package io.myelin.softswitch.engine;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.List;

/** Reads BMv2 JSON; every complaint names the element. */
final class Bmv2Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Bmv2Json() {}

  /**
   * The document.
   *
   * @throws InvalidProgramException if it is no JSON object; it says where, in our own words: those
   *     of the library mean nothing to who sent the program
   */
  static JsonNode document(byte[] utf8) {
    JsonNode root;
    try {
      root = MAPPER.readTree(utf8);
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw new InvalidProgramException(
          "the program is not JSON"
              + (at == null
                  ? ""
                  : ": see line " + at.getLineNr() + ", column " + at.getColumnNr()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Bytes in memory can always be read.
    }
    if (root == null || root.isMissingNode()) {
      throw new InvalidProgramException("the program is empty");
    }
    if (!root.isObject()) {
      throw new InvalidProgramException("the program is no JSON object, but " + brief(root));
    }
    return root;
  }

  static JsonNode get(JsonNode node, String key) {
    JsonNode v = node.get(key);
    if (v == null) {
      throw new InvalidProgramException("\"" + key + "\" is missing in " + brief(node));
    }
    return v;
  }

  static JsonNode at(JsonNode node, int index) {
    JsonNode v = node.get(index);
    if (v == null) {
      throw new InvalidProgramException("element " + index + " is missing in " + brief(node));
    }
    return v;
  }

  static String text(JsonNode node, String key) {
    JsonNode v = get(node, key);
    if (!v.isTextual()) {
      throw new InvalidProgramException("\"" + key + "\" must be a string, is " + brief(v));
    }
    return v.textValue();
  }

  static String text(JsonNode node) {
    if (!node.isTextual()) {
      throw new InvalidProgramException("expected a string, found " + brief(node));
    }
    return node.textValue();
  }

  /** An optional string: absent or null is the other one. */
  static String textOr(JsonNode node, String key, String other) {
    return has(node, key) ? text(node, key) : other;
  }

  /** What to call an element in messages, whatever it looks like. */
  static String nameOf(JsonNode node, int index) {
    JsonNode name = node.get("name");
    return name != null && name.isTextual() ? name.textValue() : "number " + index;
  }

  static int integer(JsonNode node, String key) {
    JsonNode v = get(node, key);
    if (!v.isIntegralNumber() || !v.canConvertToInt()) {
      throw new InvalidProgramException("\"" + key + "\" must be a number, is " + brief(v));
    }
    return v.intValue();
  }

  /** A number from {@code least} to {@code most}. */
  static int integer(JsonNode node, String key, int least, int most) {
    return within(get(node, key), "\"" + key + "\"", least, most);
  }

  /** An element of a list, from {@code least} to {@code most}. */
  static int integer(JsonNode node, int index, int least, int most) {
    return within(at(node, index), "element " + index + " of " + brief(node), least, most);
  }

  static int integer(JsonNode v) {
    return within(v, "the value", Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static int within(JsonNode v, String what, int least, int most) {
    if (!v.isIntegralNumber()
        || !v.canConvertToInt()
        || v.intValue() < least
        || v.intValue() > most) {
      throw new InvalidProgramException(
          what + " must be a number from " + least + " to " + most + ", is " + brief(v));
    }
    return v.intValue();
  }

  /** An optional truth value: absent or null is the other one. */
  static boolean flag(JsonNode node, String key, boolean other) {
    return has(node, key) ? flag(get(node, key), "\"" + key + "\"") : other;
  }

  static boolean flag(JsonNode v, String what) {
    if (!v.isBoolean()) {
      throw new InvalidProgramException(what + " must be true or false, is " + brief(v));
    }
    return v.booleanValue();
  }

  /** An optional list: an absent or null one is empty. */
  static Iterable<JsonNode> list(JsonNode node, String key) {
    JsonNode v = node.get(key);
    if (v == null || v.isNull()) {
      return List.of();
    }
    return array(v, key);
  }

  /** A list that must be there. */
  static JsonNode required(JsonNode node, String key) {
    return array(get(node, key), key);
  }

  private static JsonNode array(JsonNode v, String key) {
    if (!v.isArray()) {
      throw new InvalidProgramException("\"" + key + "\" must be a list, is " + brief(v));
    }
    return v;
  }

  static boolean has(JsonNode node, String key) {
    return node.hasNonNull(key);
  }

  /** {@code 0x…}, with an optional sign in front. */
  static BigInteger hex(JsonNode node) {
    String s = text(node);
    boolean negative = s.startsWith("-");
    String digits = negative ? s.substring(1) : s;
    if (digits.startsWith("0x")) {
      digits = digits.substring(2);
    }
    try {
      BigInteger v = new BigInteger(digits, 16);
      return negative ? v.negate() : v;
    } catch (NumberFormatException e) {
      throw new InvalidProgramException("not a hexadecimal number: " + brief(node));
    }
  }

  static String brief(JsonNode node) {
    String s = node.toString();
    return s.length() <= 200 ? s : s.substring(0, 200) + "…";
  }
}
