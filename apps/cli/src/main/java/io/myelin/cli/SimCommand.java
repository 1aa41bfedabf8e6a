package io.myelin.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.core.model.Inventory;
import io.myelin.core.state.JobSpec;
import io.myelin.sim.FlowFabric;
import io.myelin.sim.Placed;
import io.myelin.sim.Strategy;
import io.myelin.sim.trace.Trace;
import io.myelin.sim.trace.TraceEvents;
import io.myelin.sim.trace.TraceReport;
import io.myelin.sim.trace.TraceResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code myelin sim}: a day of a cluster in virtual time, by strategy. */
@Command(
    name = "sim",
    mixinStandardHelpOptions = true,
    description = {
      "Lets jobs come and go and links fail on a fabric of up to some 10,000 GPUs, in virtual time,",
      "and says how long GPUs wait for the network under ECMP, pinning, spraying and Myelin."
    })
final class SimCommand implements Callable<Integer> {
  @Option(
      names = "--topology",
      paramLabel = "FILE|KIND:SIZE",
      defaultValue = "leaf-spine:32x32x32",
      description = "An inventory (.yaml) or a generated fabric; default ${DEFAULT-VALUE}.")
  private String topology = "";

  @Option(names = "--hours", defaultValue = "24", description = "Simulated; default 24.")
  private double hours;

  @Option(names = "--seed", defaultValue = "1", description = "Of arrivals and faults.")
  private long seed;

  @Option(
      names = "--strategies",
      split = ",",
      paramLabel = "NAME",
      description = {
        "Of ecmp, ecmp4, ecmp16, ecmp64, slice_pinning, least_loaded, spraying, myelin (the node's",
        "own rule when links fail) and myelin_scheduler (a scheduler that watches its jobs instead)."
      })
  private @Nullable List<String> strategies;

  @Option(
      names = "--qps",
      defaultValue = "" + Placed.DEFAULT_QPS,
      description =
          "Queue pairs of each flow under myelin, a power of two; default ${DEFAULT-VALUE}.")
  private int qps;

  @Option(names = "--json", description = "One JSON document instead of a table.")
  private boolean json;

  @Option(
      names = "--report",
      paramLabel = "DIR",
      description = "Writes index.html there: plots, self-contained.")
  private @Nullable Path report;

  @Override
  public Integer call() throws IOException {
    Inventory inventory = TopologyArgument.read(topology);
    if (inventory.endpoints().isEmpty()) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "--topology: '" + topology + "' has no hosts; allowed: fabrics with some");
    }
    if (!(hours > 0 && hours <= 24 * 366)) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "--hours: " + hours + " is not allowed; allowed: more than 0, up to 8784");
    }
    if (qps < 1 || qps > JobSpec.MAX_QPS || Integer.bitCount(qps) != 1) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "--qps: " + qps + " is not allowed; allowed: powers of two from 1 to " + JobSpec.MAX_QPS);
    }
    TraceEvents scenario = TraceEvents.draw(new FlowFabric(inventory), hours, seed);
    System.err.printf(
        "sim: %s, %d NICs, %.0f h, seed %d: %d jobs, %d faults%n",
        inventory.name(),
        inventory.endpoints().size(),
        hours,
        seed,
        scenario.jobs().size(),
        scenario.faults().size() / 2);
    List<TraceResult> results = new ArrayList<>();
    for (Strategy s : chosen()) {
      long began = System.nanoTime();
      results.add(Trace.run(inventory, scenario, s));
      System.err.printf("sim: %s in %.1f s%n", s.name(), (System.nanoTime() - began) / 1e9);
    }
    if (json) {
      System.out.println(document(inventory, results));
    } else {
      System.out.print(table(results));
    }
    if (report != null) {
      Path file =
          TraceReport.of(inventory.name(), inventory.endpoints().size(), seed, scenario, results)
              .write(report);
      System.err.println("sim: report in " + file);
    }
    return 0;
  }

  private List<Strategy> chosen() {
    List<Strategy> all = Trace.strategies(qps);
    if (strategies == null) {
      return all;
    }
    List<String> names = all.stream().map(Strategy::name).toList();
    for (String s : strategies) {
      if (!names.contains(s)) {
        throw new ErrorOutput.Failure(
            ErrorOutput.USAGE,
            "--strategies: '" + s + "' is not allowed; allowed: " + String.join(", ", names));
      }
    }
    List<String> wanted = strategies;
    return all.stream().filter(s -> wanted.contains(s.name())).toList();
  }

  private String document(Inventory inventory, List<TraceResult> results)
      throws JsonProcessingException {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode doc = mapper.createObjectNode();
    doc.put("fabric", inventory.name())
        .put("gpus", inventory.endpoints().size())
        .put("hours", hours)
        .put("seed", seed)
        .put("qps", qps);
    ArrayNode list = doc.putArray("strategies");
    for (TraceResult r : results) {
      list.addObject()
          .put("strategy", r.strategy())
          .put("busy_gpu_hours", r.busyGpuHours())
          .put("idle_gpu_hours", r.idleGpuHours())
          .put("avoidable_gpu_hours", r.avoidableGpuHours())
          .put("jobs_ended", r.finished())
          .put("slowdown_p50", r.slowdown(0.5))
          .put("slowdown_p99", r.slowdown(0.99))
          .put("notes", r.notes());
    }
    return mapper.writeValueAsString(doc);
  }

  private static Columns table(List<TraceResult> results) {
    Columns t =
        new Columns(
            "STRATEGY", "GPU HOURS", "IDLE", "SHARE", "AVOIDABLE", "JOBS", "P50", "P99", "NOTES");
    for (TraceResult r : results) {
      t.row(
          r.strategy(),
          String.format("%.0f", r.busyGpuHours()),
          String.format("%.0f", r.idleGpuHours()),
          String.format("%.1f%%", 100 * r.idleShare()),
          String.format("%.0f", r.avoidableGpuHours()),
          String.valueOf(r.finished()),
          String.format("%.2fx", r.slowdown(0.5)),
          String.format("%.2fx", r.slowdown(0.99)),
          r.notes());
    }
    return t;
  }
}
