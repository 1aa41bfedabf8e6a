package io.myelin.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.softswitch.stf.StfDirectory;
import io.myelin.softswitch.stf.StfResult;
import io.myelin.softswitch.stf.StfResult.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin stf}. */
@Command(
    name = "stf",
    mixinStandardHelpOptions = true,
    description = {
      "Runs STF tests (p4c's Simple Test Framework) on the softswitch's engine.",
      "Exit code 0: none failed; 1: some failed or nothing could be run."
    })
final class StfCommand implements Callable<Integer> {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Parameters(
      arity = "0..2",
      paramLabel = "PROGRAM.json TEST.stf",
      description = "A program compiled for BMv2, and its test.")
  private List<Path> files = List.of();

  @Option(
      names = "--summary",
      paramLabel = "DIR",
      description = "Run each NAME.stf in DIR that has a NAME.json.")
  private @Nullable Path summary;

  @Option(names = "--json", description = "One JSON object instead of a table.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<StfResult> results;
    if (summary != null && files.isEmpty()) {
      results = StfDirectory.runAll(summary);
    } else if (summary == null && files.size() == 2) {
      results = List.of(StfDirectory.run(files.get(0), files.get(1)));
    } else {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE, "stf takes PROGRAM.json and TEST.stf, or --summary DIR");
    }
    System.out.print(json ? document(results) : text(results));
    return count(results, Outcome.FAILED) == 0 ? 0 : 1;
  }

  private static long count(List<StfResult> results, Outcome outcome) {
    return results.stream().filter(r -> r.outcome() == outcome).count();
  }

  private static double percentPassed(List<StfResult> results) {
    return 100.0 * count(results, Outcome.PASSED) / results.size();
  }

  private static String text(List<StfResult> results) {
    Columns table = new Columns("TEST", "RESULT", "REASON");
    for (StfResult r : results) {
      table.row(r.name(), word(r.outcome()), r.reason());
    }
    return table
        + String.format(
            Locale.ROOT,
            "%d tests: %d passed, %d failed, %d unsupported; %.1f%% passed%n",
            results.size(),
            count(results, Outcome.PASSED),
            count(results, Outcome.FAILED),
            count(results, Outcome.UNSUPPORTED),
            percentPassed(results));
  }

  private static String word(Outcome outcome) {
    return outcome.name().toLowerCase(Locale.ROOT);
  }

  private static String document(List<StfResult> results) throws IOException {
    ObjectNode doc = JSON.createObjectNode();
    doc.put("total", results.size());
    for (Outcome o : Outcome.values()) {
      doc.put(word(o), count(results, o));
    }
    doc.put("passed_percent", percentPassed(results));
    var tests = doc.putArray("tests");
    for (StfResult r : results) {
      ObjectNode t = tests.addObject();
      t.put("name", r.name()).put("result", word(r.outcome()));
      if (!r.reason().isEmpty()) {
        t.put("reason", r.reason());
      }
    }
    return JSON.writeValueAsString(doc) + "\n";
  }
}
