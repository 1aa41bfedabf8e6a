package io.myelin.softswitch.engine;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Which architecture a program was compiled for; those that are not v1model are told in one line.
 */
final class Architecture {
  private Architecture() {}

  /**
   * Refuses programs for another architecture.
   *
   * @throws InvalidProgramException that names the architecture
   */
  static void check(JsonNode root) {
    if (has(root, "parsers", "ingress_parser") && has(root, "pipelines", "ingress")) {
      throw new InvalidProgramException(
          "the program is for PSA (it has an ingress_parser); only v1model is supported");
    }
    if (has(root, "pipelines", "main_control") || has(root, "parsers", "main_parser")) {
      throw new InvalidProgramException(
          "the program is for PNA (it has a main_parser); only v1model is supported");
    }
    JsonNode meta = root.path("__meta__");
    if (meta.path("compiler").asText("").contains("p4c-bm") || usesPrimitivesOfP414(root)) {
      throw new InvalidProgramException(
          "the program is P4-14, compiled by p4c-bm; only v1model is supported: p4c compiles it to"
              + " that with `--std p4-14`");
    }
  }

  private static boolean has(JsonNode root, String list, String name) {
    for (JsonNode e : root.path(list)) {
      if (e.path("name").asText("").equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean usesPrimitivesOfP414(JsonNode root) {
    for (JsonNode action : root.path("actions")) {
      for (JsonNode p : action.path("primitives")) {
        switch (p.path("op").asText("")) {
          case "modify_field", "add_to_field", "subtract_from_field" -> {
            return true;
          }
          default -> {}
        }
      }
    }
    return false;
  }
}
