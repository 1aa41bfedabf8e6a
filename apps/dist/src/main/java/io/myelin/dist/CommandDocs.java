package io.myelin.dist;

import io.myelin.cli.Main;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.codegen.docgen.manpage.ManPageGenerator;

/** Writes the manual pages of all commands, as AsciiDoc, and the completion for bash. */
public final class CommandDocs {
  private static final int WIDTH = 5_000;

  private CommandDocs() {}

  /**
   * Run by the build of a release.
   *
   * @param args the directory of the manual pages, and the file of the completion
   */
  public static void main(String[] args) throws IOException {
    if (args.length != 2) {
      throw new IllegalArgumentException(
          "usage: CommandDocs MAN-DIRECTORY COMPLETION-FILE, not " + Arrays.toString(args));
    }
    write(Path.of(args[0]), Path.of(args[1]));
  }

  static void write(Path manuals, Path completion) throws IOException {
    // A synopsis is one line, which man breaks: picocli would break within markup.
    CommandLine myelin = Main.commandLine().setUsageHelpWidth(WIDTH);
    Files.createDirectories(manuals);
    int exit =
        ManPageGenerator.generateManPage(
            manuals.toFile(), null, new boolean[0], true, myelin.getCommandSpec());
    if (exit != 0) {
      throw new IOException("picocli's ManPageGenerator ended with " + exit);
    }
    Path directory = completion.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Files.writeString(
        completion, AutoComplete.bash("myelin", Main.commandLine()), StandardCharsets.UTF_8);
  }
}
