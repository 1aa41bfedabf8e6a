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
import io.myelin.softswitch.peer.Bmv2;
import java.io.IOException;
import java.util.ArrayList;
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
      description = {
        "Packets per second of myelin.p4 at 1,000 entries on one core, and memory;",
        "beside it BMv2 with the same packets and entries, where simple_switch_grpc is on the PATH."
      })
  int softswitch() throws IOException, InterruptedException {
    SoftswitchBenchmark bench = new SoftswitchBenchmark();
    progress("softswitch: forwarding RoCEv2 packets for 8 s");
    SoftswitchBenchmark.Result ours = bench.softswitch(3_000, 5_000);
    List<Figure> figures = new ArrayList<>();
    figures.add(new Figure("packets_per_s", ours.packetsPerSecond(), "1/s"));
    figures.add(new Figure("heap", ours.bytes() / 1e6, "MB"));
    if (Bmv2.isAvailable()) {
      progress("BMv2: the same packets for 8 s");
      SoftswitchBenchmark.Bmv2Result theirs = bench.bmv2(3_000, 5_000);
      double best = theirs.packetsPerSecond();
      figures.add(new Figure("bmv2_packets_per_s", best, "1/s"));
      figures.add(new Figure("bmv2_closed_loop_packets_per_s", theirs.closedLoop(), "1/s"));
      figures.add(new Figure("bmv2_busiest_thread_packets_per_s", theirs.busiestThread(), "1/s"));
      figures.add(new Figure("over_bmv2", ours.packetsPerSecond() / best, ""));
      figures.add(new Figure("bmv2_resident", theirs.residentBytes() / 1e6, "MB"));
    } else {
      progress("simple_switch_grpc is not on the PATH: no comparison with BMv2");
    }
    return print("softswitch", figures);
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
    figures.forEach(f -> doc.put(f.name(), f.value()));
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
