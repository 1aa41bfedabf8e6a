package io.myelin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.lab.bench.Figure;
import io.myelin.lab.bench.P4RuntimeBench;
import io.myelin.lab.bench.SetupBench;
import io.myelin.softswitch.SoftswitchBenchmark;
import io.myelin.softswitch.engine.P4Program;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code myelin bench …}. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    description = {
      "Measures; figures go to standard output, everything else to standard error.",
      "docs/BENCHMARKS.md explains each figure."
    })
final class BenchCommand {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  @Option(
      names = "--json",
      scope = picocli.CommandLine.ScopeType.INHERIT,
      description = "One JSON document instead of a table.")
  private boolean json;

  @Command(
      name = "setup",
      description = "Create a lease until it is ACTIVE: latency and throughput.")
  int setup() throws IOException, InterruptedException, ExecutionException {
    return print("setup", new SetupBench(BenchCommand::progress).run());
  }

  @Command(name = "p4rt", description = "Entries per second of our P4Runtime client.")
  int p4rt() throws IOException, InterruptedException {
    return print("p4rt", new P4RuntimeBench(BenchCommand::progress).run());
  }

  @Command(
      name = "softswitch",
      description = "Packets per second of myelin.p4 at 1,000 entries on one core.")
  int softswitch() throws IOException {
    progress("forwarding RoCEv2 packets for 8 s");
    try (InputStream in = BenchCommand.class.getResourceAsStream("/p4/myelin.json")) {
      if (in == null) {
        throw new IOException("p4/myelin.json is not on the class path");
      }
      P4Program program = P4Program.parse(in.readAllBytes());
      double pps = SoftswitchBenchmark.packetsPerSecond(program, 3_000, 5_000);
      return print("softswitch", List.of(new Figure("packets_per_s", pps, "1/s")));
    }
  }

  private static void progress(String line) {
    System.err.println("bench: " + line);
  }

  private int print(String bench, List<Figure> figures) throws JsonProcessingException {
    if (!json) {
      Table t = new Table("FIGURE", "VALUE", "UNIT");
      figures.forEach(f -> t.row(f.name(), String.format("%.4g", f.value()), f.unit()));
      System.out.print(t);
      return 0;
    }
    ObjectNode doc = JSON.createObjectNode();
    doc.put("bench", bench).put("seed", 0).put("machine", machine());
    ArrayNode list = doc.putArray("figures");
    for (Figure f : figures) {
      list.addObject().put("name", f.name()).put("value", f.value()).put("unit", f.unit());
    }
    System.out.println(JSON.writeValueAsString(doc));
    return 0;
  }

  private static String machine() {
    return String.format(
        "%d cores, %d MiB heap, %s %s, JDK %s",
        Runtime.getRuntime().availableProcessors(),
        Runtime.getRuntime().maxMemory() >> 20,
        System.getProperty("os.name"),
        System.getProperty("os.arch"),
        System.getProperty("java.version"));
  }
}
