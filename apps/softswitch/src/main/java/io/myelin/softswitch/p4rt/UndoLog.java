package io.myelin.softswitch.p4rt;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** How to take back the updates of a batch, last first (ROLLBACK_ON_ERROR, §12.2). */
final class UndoLog {
  /** For batches that are not rolled back: remembers nothing. */
  static final UndoLog OFF = new UndoLog(null);

  private final @Nullable Deque<Runnable> steps;

  private UndoLog(@Nullable Deque<Runnable> steps) {
    this.steps = steps;
  }

  static UndoLog on() {
    return new UndoLog(new ArrayDeque<>());
  }

  /** Whether to capture the state that undoing needs. */
  boolean isOn() {
    return steps != null;
  }

  void push(Runnable step) {
    if (steps != null) {
      steps.push(step);
    }
  }

  void rollBack() {
    if (steps != null) {
      while (!steps.isEmpty()) {
        steps.pop().run();
      }
    }
  }
}
