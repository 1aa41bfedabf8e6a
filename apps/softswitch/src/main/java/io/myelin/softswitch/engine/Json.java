package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigInteger;

/** Reads BMv2 JSON; every complaint names the element. */
final class Json {
  private Json() {}

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
    return text(get(node, key));
  }

  static String text(JsonNode node) {
    if (!node.isTextual()) {
      throw new InvalidProgramException("expected a string, found " + brief(node));
    }
    return node.textValue();
  }

  static int integer(JsonNode node, String key) {
    JsonNode v = get(node, key);
    if (!v.isIntegralNumber()) {
      throw new InvalidProgramException("\"" + key + "\" must be a number, is " + brief(v));
    }
    return v.intValue();
  }

  /** An optional list: an absent or null one is empty. */
  static Iterable<JsonNode> list(JsonNode node, String key) {
    JsonNode v = node.get(key);
    return v == null || v.isNull() ? java.util.List.of() : v;
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
