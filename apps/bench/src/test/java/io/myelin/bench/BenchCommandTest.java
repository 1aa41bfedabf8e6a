package io.myelin.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.cli.CapturedTerminal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class BenchCommandTest extends CapturedTerminal {
  private static final int USAGE = 2;

  /** The command line finds it on the class path. */
  @Test
  void itIsOneOfTheCommands() {
    assertEquals(0, run("bench", "--help"));
    String help = out();
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
          String said = err();
          assertTrue(said.contains(o.longestName()), said);
          assertTrue(said.contains("'" + value + "' is not allowed; allowed: 1 to "), said);
          assertEquals("", out());
        }
        found++;
      }
    }
    assertTrue(found > 5, "numbers were found: " + found);
  }

  /** In real time a seed takes some minutes. */
  @Test
  void degradeIsBoundedToADay() {
    assertEquals(USAGE, run("bench", "degrade", "--seeds", "501"));
    assertTrue(err().contains("--seeds: 501 is not allowed; allowed: 1 to 500"), err());
  }
}
