package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/** Numbers that the program gives to the core library's parser errors (P4-16 §12.8.2). */
record ParserErrors(
    int packetTooShort,
    int stackOutOfBounds,
    int headerTooShort,
    int timeout,
    int invalidArgument) {
  /** Not an error of any program. */
  static final int NONE = -1;

  static ParserErrors of(JsonNode root) {
    Map<String, Integer> codes = new HashMap<>();
    for (JsonNode e : Bmv2Json.list(root, "errors")) {
      codes.put(Bmv2Json.text(Bmv2Json.at(e, 0)), Bmv2Json.integer(e, 1, 0, Integer.MAX_VALUE));
    }
    // Absent from the list means unused by the program: any value but NoError's will do.
    return new ParserErrors(
        codes.getOrDefault("PacketTooShort", 1),
        codes.getOrDefault("StackOutOfBounds", 3),
        codes.getOrDefault("HeaderTooShort", 4),
        codes.getOrDefault("ParserTimeout", 5),
        codes.getOrDefault("ParserInvalidArgument", 6));
  }
}
