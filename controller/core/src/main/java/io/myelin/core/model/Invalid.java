package io.myelin.core.model;

/**
 * A value that a user gave is not allowed. Carries the field's path so that every boundary (YAML,
 * gRPC, command line) can point at it.
 */
public final class Invalid extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String field;
  private final String problem;

  public Invalid(String field, String message) {
    super(field + ": " + message);
    this.field = field;
    this.problem = message;
  }

  /** The offending field, e.g. {@code links[3].capacity}. */
  public String field() {
    return field;
  }

  /** What is wrong, without the field. */
  public String problem() {
    return problem;
  }

  /** The same problem, seen from an outer field. */
  public Invalid under(String outer) {
    return new Invalid(outer, problem);
  }

  /** Throws unless {@code ok}. */
  public static void unless(boolean ok, String field, String message) {
    if (!ok) {
      throw new Invalid(field, message);
    }
  }
}
