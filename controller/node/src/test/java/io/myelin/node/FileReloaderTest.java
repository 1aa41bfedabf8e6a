package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileReloaderTest {
  private String inForce = "";

  private static void write(Path file, String text, long atMs) throws IOException {
    Files.writeString(file, text);
    Files.setLastModifiedTime(file, FileTime.fromMillis(atMs));
  }

  @Test
  void whatChangesIsReadAgainAndWhatIsBrokenIsNot(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("f");
    write(file, "one", 1_000);
    try (FileReloader rereading = new FileReloader()) {
      rereading.watch("f", List.of(file), () -> inForce = good(file));
      assertEquals("one", inForce);
      write(file, "bad", 2_000);
      rereading.look();
      assertEquals("one", inForce, "it cannot be read");
      write(file, "two", 3_000);
      rereading.look();
      assertEquals("two", inForce);
      Files.delete(file);
      rereading.look();
      assertEquals("two", inForce, "it is gone");
      write(file, "three", 4_000);
      rereading.look();
      assertEquals("three", inForce);
      write(file, "unseen", 4_000);
      rereading.look();
      assertEquals("three", inForce, "its time is the same");
    }
  }

  @Test
  void whatCannotBeReadAtFirstIsNotWatched(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("f");
    write(file, "bad", 1_000);
    try (FileReloader rereading = new FileReloader()) {
      assertThrows(
          IOException.class, () -> rereading.watch("f", List.of(file), () -> inForce = good(file)));
      write(file, "one", 2_000);
      rereading.look();
      assertEquals("", inForce);
    }
  }

  private static String good(Path file) throws IOException {
    String text = Files.readString(file);
    if (text.equals("bad")) {
      throw new IOException("bad");
    }
    return text;
  }
}
