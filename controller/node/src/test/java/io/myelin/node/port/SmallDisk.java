package io.myelin.node.port;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk of a few megabytes that can be filled; needs root on Linux, else the test is skipped. */
public final class SmallDisk implements AutoCloseable {
  private static final int BLOCK = 1 << 12;

  private final Path at;

  /**
   * Mounts it.
   *
   * @param megabytes its size
   */
  public SmallDisk(Path at, int megabytes) throws IOException {
    this.at = Files.createDirectory(at);
    String size = "size=" + megabytes + "m";
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", size, "tmpfs", at.toString()) == 0,
        "skipped: mounting a small disk needs root on Linux");
  }

  public Path path() {
    return at;
  }

  /** Leaves so many bytes, at most. */
  public void fill(long left) throws IOException {
    byte[] block = new byte[BLOCK];
    try (var out = Files.newOutputStream(at.resolve("ballast"))) {
      while (Files.getFileStore(at).getUsableSpace() > left) {
        out.write(block);
        out.flush();
      }
    }
  }

  /** Makes room again. */
  public void free() throws IOException {
    Files.deleteIfExists(at.resolve("ballast"));
  }

  @Override
  public void close() {
    assertEquals(0, run("umount", "-l", at.toString()));
  }

  private static int run(String... command) {
    try {
      return new ProcessBuilder(command)
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      return -1; // not installed
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    }
  }
}
