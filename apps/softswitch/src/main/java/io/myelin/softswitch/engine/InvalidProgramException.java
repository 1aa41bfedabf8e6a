package io.myelin.softswitch.engine;

/** The BMv2 JSON is malformed or uses something outside the supported v1model subset. */
public final class InvalidProgramException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public InvalidProgramException(String message) {
    super(message);
  }
}
