package io.myelin.softswitch.stf;

/** A test that cannot be run, with the file and line that say why. */
public final class StfException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final boolean unsupported;

  private StfException(String message, boolean unsupported) {
    super(message);
    this.unsupported = unsupported;
  }

  /** What the test says is wrong. */
  static StfException wrong(String file, int line, String message) {
    return new StfException(file + ":" + line + ": " + message, false);
  }

  /** The test asks for what the runner or the engine does not do. */
  static StfException unsupported(String file, int line, String message) {
    return new StfException(file + ":" + line + ": " + message, true);
  }

  /** Whether the test may be right, but asks for something that is not there. */
  public boolean isUnsupported() {
    return unsupported;
  }
}
