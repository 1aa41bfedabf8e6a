package io.myelin.softswitch;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of other people's that are kept beside the repository; tests without them are skipped. */
public final class Cases {
  private static final Path P4 = Path.of("../../../shared/cases/p4");

  private Cases() {}

  /** A file of {@code ../shared/cases/p4}. */
  public static byte[] p4(String name) {
    Path file = P4.resolve(name);
    assumeTrue(Files.exists(file), () -> "there is no " + file);
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
