package io.myelin.node.store;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells a disk without room, which may get room again, from one that is broken. */
final class DiskSpaceErrors {
  /** Causes may lead back to themselves. */
  private static final int MAX_CAUSES = 20;

  private DiskSpaceErrors() {}

  /** Whether somewhere behind a failure the system said ENOSPC or EDQUOT. */
  static boolean isCauseOf(Throwable failure) {
    Throwable t = failure;
    while (t != null) {
      if (says(t.getMessage())) {
        return true;
      }
      t = t.getCause() == t ? null : t.getCause();
    }
    return false;
  }

  /**
   * A failure for people, with what began it: what an engine says of the writes after the first is
   * only that there was one.
   */
  static String withFirst(Throwable failure) {
    Throwable first = failure;
    for (int depth = 0; depth < MAX_CAUSES && first.getCause() != null; depth++) {
      first = first.getCause();
    }
    return first == failure || String.valueOf(failure).contains(String.valueOf(first.getMessage()))
        ? failure.toString()
        : failure + ": " + first;
  }

  private static boolean says(@Nullable String message) {
    if (message == null) {
      return false;
    }
    String m = message.toLowerCase(Locale.ROOT);
    return m.contains("no space left on device") || m.contains("quota exceeded");
  }
}
