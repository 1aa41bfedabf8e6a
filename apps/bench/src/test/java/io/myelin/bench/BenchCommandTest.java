package io.myelin.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class BenchCommandTest {
  private static final int USAGE = 2;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    PrintStream stdout = System.out;
    PrintStream stderr = System.err;
    out.reset();
    err.reset();
    try {
      System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
      System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
      return Main.run(args);
    } finally {
      System.setOut(stdout);
      System.setErr(stderr);
    }
  }

  /** The command line finds it on the class path. */
  @Test
  void itIsOneOfTheCommands() {
    assertEquals(0, run("bench", "--help"));
    String help = out.toString(StandardCharsets.UTF_8);
    for (String name : new CommandLine(new BenchCommand()).getSubcommands().keySet()) {
      assertTrue(help.contains(name), name);
      assertEquals(0, run("bench", name, "--help"), name);
    }
  }

  /** A bench of nothing has no figures. */
  @Test
  void everyNumberIsOneOrMore() {
    int found = 0;
    for (Map.Entry<String, CommandLine> e :
        new CommandLine(new BenchCommand()).getSubcommands().entrySet()) {
      for (CommandLine.Model.OptionSpec o : e.getValue().getCommandSpec().options()) {
        if (o.type() != int.class) {
          continue;
        }
        for (String value : List.of("0", "-1", "many", "2147483648")) {
          String option = o.longestName() + "=" + value;
          assertEquals(USAGE, run("bench", e.getKey(), option), option);
          String said = err.toString(StandardCharsets.UTF_8);
          assertTrue(said.contains(o.longestName()), said);
          assertTrue(said.contains("'" + value + "' is not allowed; allowed: 1 to "), said);
          assertEquals("", out.toString(StandardCharsets.UTF_8));
        }
        found++;
      }
    }
    assertTrue(found > 5, "numbers were found: " + found);
  }
}
