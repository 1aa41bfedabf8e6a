package io.myelin.node.inventory;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads whole files; what keeps them from being read is said in one way. */
final class SourceFile {
  private SourceFile() {}

  static String text(Path file) {
    return read(file, Files::readString);
  }

  static byte[] bytes(Path file) {
    return read(file, Files::readAllBytes);
  }

  private static <T> T read(Path file, Reader<T> reader) {
    try {
      return reader.read(file);
    } catch (NoSuchFileException e) {
      throw new InventoryException(file + ": there is no such file");
    } catch (MalformedInputException e) {
      throw new InventoryException(file + ": is not UTF-8 text");
    } catch (IOException e) {
      throw new InventoryException(file + ": cannot be read: " + e.getMessage());
    }
  }

  private interface Reader<T> {
    T read(Path file) throws IOException;
  }
}
