package io.myelin.softswitch.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What is wrong with a program, and where. Compilation goes on behind a problem, so that one run
 * finds all of them.
 */
final class Problems {
  /** More are not collected: nobody reads them. */
  private static final int MOST = 100;

  private final List<String> found = new ArrayList<>();

  /** Compiles something; a complaint about it begins with the place. */
  static <T> T in(String place, Supplier<T> body) {
    try {
      return body.get();
    } catch (InvalidProgramException | IllegalArgumentException e) {
      throw InvalidProgramException.at(place, e);
    }
  }

  /** As {@link #in}, but a complaint is kept and the caller goes on. */
  void at(String place, Runnable body) {
    try {
      body.run();
    } catch (InvalidProgramException | IllegalArgumentException e) {
      if (found.size() < MOST) {
        found.add(String.valueOf(InvalidProgramException.at(place, e).getMessage()));
      }
    }
  }

  boolean any() {
    return !found.isEmpty();
  }

  /**
   * Ends the compilation if anything is wrong.
   *
   * @throws InvalidProgramException with all problems
   */
  void throwIfAny() {
    if (!found.isEmpty()) {
      throw InvalidProgramException.of(found);
    }
  }
}
