package io.myelin.node.store;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Tells a disk without room, which may get room again, from one that is broken. */
final class DiskSpaceErrors {
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

  private static boolean says(@Nullable String message) {
    if (message == null) {
      return false;
    }
    String m = message.toLowerCase(Locale.ROOT);
    return m.contains("no space left on device") || m.contains("quota exceeded");
  }
}
