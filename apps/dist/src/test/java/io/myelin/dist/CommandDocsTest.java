package io.myelin.dist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.cli.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class CommandDocsTest {
  @TempDir private Path directory = Path.of(".");

  @Test
  void everyCommandHasAManualPage() throws IOException {
    CommandDocs.write(directory.resolve("man"), directory.resolve("myelin"));
    Set<String> expected = new TreeSet<>();
    collect(Main.commandLine(), "myelin", expected);
    try (Stream<Path> pages = Files.list(directory.resolve("man"))) {
      assertEquals(
          expected,
          pages
              .map(p -> p.getFileName().toString())
              .collect(Collectors.toCollection(TreeSet::new)));
    }
    String create = Files.readString(directory.resolve("man/myelin-lease-create.adoc"));
    assertTrue(create.contains("--bandwidth"), create);
  }

  @Test
  void theCompletionKnowsAllCommands() throws IOException {
    CommandDocs.write(directory.resolve("man"), directory.resolve("made/myelin"));
    String script = Files.readString(directory.resolve("made/myelin"));
    for (String command : Main.commandLine().getSubcommands().keySet()) {
      assertTrue(script.contains(command), command);
    }
    assertTrue(script.contains("complete -F _complete_myelin"), script);
  }

  private static void collect(CommandLine command, String name, Set<String> names) {
    names.add(name + ".adoc");
    command.getSubcommands().forEach((sub, c) -> collect(c, name + "-" + sub, names));
  }
}
