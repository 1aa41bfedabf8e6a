package io.myelin.core.state;

import io.myelin.core.path.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a lease goes.
 *
 * @param backup where it goes when the path breaks, its bandwidth set aside; null: none
 */
public record Route(Path path, @Nullable Path backup) {
  /** Without a backup. */
  public static Route of(Path path) {
    return new Route(path, null);
  }
}
