package io.myelin.softswitch.engine;

/** How a key field is matched. */
public enum KeyKind {
  EXACT,
  LPM,
  TERNARY,
  RANGE,
  OPTIONAL;

  static KeyKind of(String json) {
    return switch (json) {
      case "exact", "valid" -> EXACT;
      case "lpm" -> LPM;
      case "ternary" -> TERNARY;
      case "range" -> RANGE;
      case "optional" -> OPTIONAL;
      default ->
          throw new InvalidProgramException(
              "unsupported match kind "
                  + json
                  + "; supported are exact, valid, lpm, ternary, range, optional");
    };
  }

  /** Whether entries of a table with such a field need a priority (P4Runtime §9.1.1). */
  public boolean needsPriority() {
    return this == TERNARY || this == RANGE || this == OPTIONAL;
  }

  void check(MatchField m, String what) {
    boolean fits =
        m instanceof MatchField.Any
            ? this != EXACT
            : switch (this) {
              case EXACT -> m instanceof MatchField.Exact;
              case LPM -> m instanceof MatchField.Lpm;
              // The JSON says ternary for optional fields; constant entries may be exact.
              case TERNARY ->
                  m instanceof MatchField.Ternary
                      || m instanceof MatchField.OptionalValue
                      || m instanceof MatchField.Exact;
              case RANGE -> m instanceof MatchField.Range;
              case OPTIONAL ->
                  m instanceof MatchField.OptionalValue || m instanceof MatchField.Exact;
            };
    if (!fits) {
      throw new IllegalArgumentException(
          what + " is matched " + this + ", got " + m.getClass().getSimpleName());
    }
  }
}
