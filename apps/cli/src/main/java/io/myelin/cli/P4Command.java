package io.myelin.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.softswitch.engine.ProgramSummary;
import io.myelin.softswitch.p4rt.ProgramCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin p4}. */
@Command(
    name = "p4",
    mixinStandardHelpOptions = true,
    description = "Looks at compiled P4 programs.")
final class P4Command {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** For whom. */
  enum Output {
    TABLE,
    JSON
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = {
        "Says whether the softswitch loads a program, what of it is not supported and where,",
        "and of what it consists.",
        "Exit code 0: it loads; 1: it does not."
      })
  int check(
      @Parameters(
              index = "0",
              paramLabel = "PROGRAM.json",
              description = "What p4c wrote for BMv2's v1model.")
          Path program,
      @Parameters(
              index = "1",
              arity = "0..1",
              paramLabel = "P4INFO",
              description = "Its P4Info, text or binary: does it fit the program?")
          @Nullable Path p4Info,
      @Option(
              names = {"-o", "--output"},
              defaultValue = "table",
              description = "table for people, json for scripts: $${COMPLETION-CANDIDATES}.")
          @Nullable Output output)
      throws IOException {
    ProgramCheck check = ProgramCheck.of(read(program), p4Info == null ? null : read(p4Info));
    System.out.print(
        Objects.requireNonNullElse(output, Output.TABLE) == Output.JSON
            ? document(program, check)
            : text(program, check));
    return check.loads() ? 0 : ErrorOutput.REFUSED;
  }

  private static byte[] read(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new ErrorOutput.Failure(ErrorOutput.USAGE, "there is no file " + file);
    }
    return Files.readAllBytes(file);
  }

  private static String text(Path program, ProgramCheck check) {
    StringBuilder out = new StringBuilder();
    ProgramSummary s = check.summary();
    out.append(program.getFileName()).append(check.loads() ? " loads" : " does not load");
    if (check.problems().size() == 1) {
      out.append(": ").append(check.problems().get(0));
    }
    out.append('\n');
    if (check.problems().size() > 1) {
      check.problems().forEach(p -> out.append("  ").append(p).append('\n'));
    }
    return s == null ? out.toString() : out.append(tables(s)).toString();
  }

  private static String tables(ProgramSummary s) {
    Columns tables = new Columns("TABLE", "SIZE", "KEY", "ACTIONS");
    for (ProgramSummary.Table t : s.tables()) {
      tables.row(
          t.name(),
          t.entries() == 0 ? t.size() : t.size() + " (" + t.entries() + " of the program)",
          t.key().isEmpty()
              ? "-"
              : t.key().stream()
                  .map(k -> k.name() + " " + lower(k.match()) + "/" + k.bits())
                  .collect(Collectors.joining(", ")),
          t.actions().size() + (t.profile() == null ? "" : " in " + t.profile()));
    }
    Columns headers = new Columns("HEADER", "TYPE", "BITS");
    for (ProgramSummary.Header h : s.headers()) {
      headers.row(
          h.name(), h.type(), h.varbitBits() == 0 ? h.bits() : h.bits() + "+" + h.varbitBits());
    }
    Columns arrays = new Columns("ARRAY", "KIND", "SIZE", "BITS");
    for (ProgramSummary.Array a : s.arrays()) {
      arrays.row(a.name(), a.kind(), a.size(), a.bits() == 0 ? "-" : a.bits());
    }
    return (s.tables().isEmpty() ? "" : "\n" + tables)
        + (s.headers().isEmpty() ? "" : "\n" + headers)
        + (s.arrays().isEmpty() ? "" : "\n" + arrays);
  }

  private static String lower(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }

  private static String document(Path program, ProgramCheck check) throws IOException {
    ObjectNode doc = JSON.createObjectNode();
    doc.put("program", program.toString()).put("loads", check.loads());
    ArrayNode problems = doc.putArray("problems");
    check.problems().forEach(problems::add);
    ProgramSummary s = check.summary();
    ArrayNode tables = doc.putArray("tables");
    ArrayNode headers = doc.putArray("headers");
    ArrayNode arrays = doc.putArray("arrays");
    if (s != null) {
      s.tables().forEach(t -> table(t, tables.addObject()));
      for (ProgramSummary.Header h : s.headers()) {
        headers
            .addObject()
            .put("name", h.name())
            .put("type", h.type())
            .put("bits", h.bits())
            .put("varbit_bits", h.varbitBits());
      }
      for (ProgramSummary.Array a : s.arrays()) {
        arrays
            .addObject()
            .put("name", a.name())
            .put("kind", a.kind())
            .put("size", a.size())
            .put("bits", a.bits());
      }
    }
    return JSON.writeValueAsString(doc) + "\n";
  }

  private static void table(ProgramSummary.Table t, ObjectNode out) {
    out.put("name", t.name()).put("size", t.size()).put("entries", t.entries());
    ArrayNode key = out.putArray("key");
    for (ProgramSummary.Key k : t.key()) {
      key.addObject().put("name", k.name()).put("match", lower(k.match())).put("bits", k.bits());
    }
    ArrayNode actions = out.putArray("actions");
    t.actions().forEach(actions::add);
    if (t.profile() != null) {
      out.put("profile", t.profile());
    }
  }
}
