package io.myelin.softswitch.stf;

/**
 * How a test went.
 *
 * @param reason why it did not pass; empty if it did
 */
public record StfResult(String name, Outcome outcome, String reason) {
  /** The three ways. */
  public enum Outcome {
    PASSED,
    /** The switch did something else than the test says, or the test is malformed. */
    FAILED,
    /** The test or its program uses what the runner or the engine does not have. */
    UNSUPPORTED
  }
}
