package io.myelin.core.port;

/**
 * The log cannot say whether a command was, or will be, committed: this member does not lead, lost
 * its leadership meanwhile, or cannot reach a majority. The same request may be made again.
 */
public final class NotCommitted extends RuntimeException {
  private static final long serialVersionUID = 1;

  public NotCommitted(String message) {
    super(message);
  }

  public NotCommitted(String message, Throwable cause) {
    super(message, cause);
  }
}
