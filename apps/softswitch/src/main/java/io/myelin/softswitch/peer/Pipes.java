package io.myelin.softswitch.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Named pipes, and files that another process writes. */
final class Pipes {
  private static final long QUIET_MS = 300;

  private Pipes() {}

  /** Makes a named pipe. */
  static void make(Path path) throws IOException {
    Process p = new ProcessBuilder("mkfifo", path.toString()).redirectErrorStream(true).start();
    try {
      if (p.waitFor() != 0) {
        throw new IOException("mkfifo " + path + " failed");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Waits until a file has not grown for a while. */
  static void awaitQuiet(Path file) throws IOException {
    long size = -1;
    while (Files.size(file) != size) {
      size = Files.size(file);
      try {
        Thread.sleep(QUIET_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }
}
