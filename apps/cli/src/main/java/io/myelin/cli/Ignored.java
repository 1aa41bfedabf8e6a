package io.myelin.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** Refuses options that would not count: who gives one expects something of it. */
final class Ignored {
  private Ignored() {}

  /**
   * Refuses each of these options, if the command line has it.
   *
   * @param why ends the sentence, e.g. {@code counts with --scenario only}
   */
  static void refuse(@Nullable CommandSpec command, List<String> options, String why) {
    ParseResult parsed = command == null ? null : command.commandLine().getParseResult();
    for (String option : options) {
      ErrorOutput.unless(parsed == null || !parsed.hasMatchedOption(option), option + " " + why);
    }
  }
}
