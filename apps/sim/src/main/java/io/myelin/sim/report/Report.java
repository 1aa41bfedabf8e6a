package io.myelin.sim.report;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * Text, tables and plots as one page that needs nothing besides itself: no network, no other file.
 *
 * @param subtitle empty: none
 * @param parameters what the results depend on, in this order
 */
public record Report(
    String title, String subtitle, List<Parameter> parameters, List<Section> sections) {

  private static final String FILE = "index.html";

  /**
   * A row of the table at the top.
   *
   * @param value with its unit
   */
  public record Parameter(String name, String value) {}

  public Report {
    parameters = List.copyOf(parameters);
    sections = List.copyOf(sections);
  }

  /** The page. */
  public String html() {
    return new HtmlPage(this).html();
  }

  /**
   * Writes {@code index.html}, over one that is there.
   *
   * @param directory made when it is missing
   * @return the file
   * @throws IOException saying which file cannot be written, and why
   */
  public Path write(Path directory) throws IOException {
    Path file = directory.resolve(FILE);
    String html = html();
    try {
      Files.createDirectories(directory);
      return Files.writeString(file, html);
    } catch (IOException e) {
      throw new IOException("cannot write the report " + file + ": " + reason(e), e);
    }
  }

  private static String reason(IOException e) {
    if (e instanceof FileAlreadyExistsException exists) {
      return exists.getFile() + " is not a directory";
    }
    return e instanceof NoSuchFileException
        ? "no such directory"
        : e.getClass().getSimpleName().replace("Exception", "") + ", " + e.getMessage();
  }
}
