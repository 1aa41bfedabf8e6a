package io.myelin.softswitch.engine;

import java.util.List;

/**
 * The BMv2 JSON is malformed or uses something outside the supported v1model subset. The message
 * says where: {@code parser state start, transition 2: …}.
 */
public final class InvalidProgramException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> problems;

  /** The message begins with a place, to which only outer ones can be added. */
  private final boolean placed;

  /** One complaint, whose place is still to be added. */
  InvalidProgramException(String complaint) {
    super(complaint);
    problems = List.of(complaint);
    placed = false;
  }

  private InvalidProgramException(List<String> problems, String message) {
    super(message);
    this.problems = List.copyOf(problems);
    placed = true;
  }

  /** All that is wrong with a program; at least one. The message is the first and a count. */
  static InvalidProgramException of(List<String> problems) {
    return new InvalidProgramException(
        problems,
        problems.get(0)
            + (problems.size() == 1
                ? ""
                : " (and " + (problems.size() - 1) + " more; `myelin p4 check` lists them)"));
  }

  /** This complaint, or what the engine said of an argument, about the given place. */
  static InvalidProgramException at(String place, RuntimeException complaint) {
    boolean nested = complaint instanceof InvalidProgramException e && e.placed;
    String message = place + (nested ? ", " : ": ") + complaint.getMessage();
    return new InvalidProgramException(List.of(message), message);
  }

  /** Each problem that was found, with its place. */
  public List<String> problems() {
    return problems;
  }
}
