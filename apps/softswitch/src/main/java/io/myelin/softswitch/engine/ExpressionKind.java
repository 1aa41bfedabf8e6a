package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;

/** What an expression yields. The JSON does not say: it follows from the outermost operator. */
enum ExpressionKind {
  DATA,
  BOOL,
  HEADER,
  STACK,
  UNION;

  static ExpressionKind of(JsonNode tv) {
    JsonNode e = unwrap(tv);
    return switch (Bmv2Json.text(e, "type")) {
      case "bool" -> BOOL;
      case "header" -> HEADER;
      case "header_stack" -> STACK;
      case "header_union" -> UNION;
      case "expression" -> ofOperator(Bmv2Json.get(e, "value"));
      default -> DATA;
    };
  }

  private static ExpressionKind ofOperator(JsonNode v) {
    String op = Bmv2Json.text(v, "op");
    return switch (op) {
      case "dereference_header_stack", "dereference_stack", "access_union_header" -> HEADER;
      case "dereference_union_stack" -> UNION;
      case "?" -> of(Bmv2Json.get(v, "left"));
      default -> isCondition(op) ? BOOL : DATA;
    };
  }

  static boolean isCondition(String op) {
    return switch (op) {
      case "==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "valid", "valid_union", "d2b" ->
          true;
      default -> false;
    };
  }

  /** Takes off the wrappers that the compiler puts around expressions. */
  static JsonNode unwrap(JsonNode tv) {
    JsonNode e = tv;
    while (Bmv2Json.text(e, "type").equals("expression") && Bmv2Json.get(e, "value").has("type")) {
      e = Bmv2Json.get(e, "value");
    }
    return e;
  }
}
