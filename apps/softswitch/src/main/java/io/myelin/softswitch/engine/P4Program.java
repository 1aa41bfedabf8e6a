package io.myelin.softswitch.engine;

import java.util.Set;

/**
 * A compiled program, checked against the supported v1model subset, ready to be loaded into any
 * number of switches. Immutable.
 */
public final class P4Program {

  private P4Program() {}

  /**
   * Reads the BMv2 JSON that {@code p4c --target bmv2 --arch v1model} writes.
   *
   * @throws InvalidProgramException naming what is malformed or outside the subset
   */
  @SuppressWarnings("DoNotCallSuggester")
  public static P4Program parse(byte[] bmv2Json) {
    throw new InvalidProgramException("not read yet: " + bmv2Json.length + " bytes");
  }

  /** Names of all tables. */
  public Set<String> tables() {
    return Set.of();
  }

  /** Names of all actions. */
  public Set<String> actions() {
    return Set.of();
  }

  /** Names of all action profiles and selectors. */
  public Set<String> actionProfiles() {
    return Set.of();
  }

  /** Names of all indexed counters, meters and registers. */
  public Set<String> indexedExterns() {
    return Set.of();
  }
}
