package io.myelin.softswitch.engine;

/** A table, action profile or group has no room left. The message names it and its size. */
public final class TableFullException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TableFullException(String message) {
    super(message);
  }
}
