package io.myelin.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.bench.figure.Figure;
import io.myelin.bench.lab.ClusterBench;
import io.myelin.bench.lab.FailoverBench;
import io.myelin.bench.lab.LoopBench;
import io.myelin.bench.lab.MeteringBench;
import io.myelin.bench.lab.OverloadBench;
import io.myelin.bench.lab.P4RuntimeBench;
import io.myelin.bench.lab.PathsBench;
import io.myelin.bench.lab.RestartBench;
import io.myelin.bench.lab.ScaleBench;
import io.myelin.bench.lab.SetupBench;
import io.myelin.bench.sim.DegradeBench;
import io.myelin.bench.sim.JobsBench;
import io.myelin.bench.sim.StabilityBench;
import io.myelin.bench.sim.TeBench;
import io.myelin.bench.web.WebBench;
import io.myelin.cli.Columns;
import io.myelin.cli.Count;
import io.myelin.cli.Extension;
import io.myelin.cli.TopologyArgument;
import io.myelin.core.model.Invalid;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
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
public final class BenchCommand implements Extension {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** Of a bench in real time, some minutes each: a day. */
  private static final int MOST_SEEDS = 500;

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

  @Command(
      name = "web",
      description = {
        "The web door: leases as JSON against gRPC, how soon 500 watchers hear, what a scrape of",
        "1,000 switches costs."
      })
  int web() throws IOException, InterruptedException {
    return print("web", new WebBench(BenchCommand::progress).run());
  }

  @Command(
      name = "cluster",
      description = {
        "Three members as processes, their leader killed or stopped again and again:",
        "what is lost, and how long until a lease can be had again."
      })
  int cluster(
      @Option(
              names = "--rounds",
              converter = Count.class,
              defaultValue = "200",
              description = "Default 200.")
          int rounds)
      throws IOException, InterruptedException {
    return print("cluster", new ClusterBench(rounds, BenchCommand::progress).run());
  }

  @Command(
      name = "restart",
      description = "A node with many leases starts again on its disk: time to serve, memory.")
  int restart(
      @Option(
              names = "--leases",
              converter = Count.class,
              defaultValue = "100000",
              description = "Default 100000.")
          int leases)
      throws IOException, InterruptedException, ExecutionException {
    return print("restart", new RestartBench(leases, BenchCommand::progress).run());
  }

  @Command(
      name = "overload",
      description = {
        "128 clients ask for twice what the node can do: latency of what is admitted, the share",
        "refused, memory, and the congestion loop meanwhile."
      })
  int overload(
      @Option(
              names = "--seconds",
              converter = Count.class,
              defaultValue = "60",
              description = "Default 60.")
          int seconds)
      throws IOException, InterruptedException {
    return print(
        "overload",
        new OverloadBench(java.time.Duration.ofSeconds(seconds), BenchCommand::progress).run());
  }

  @Command(name = "p4rt", description = "Entries per second of our P4Runtime client.")
  int p4rt() throws IOException, InterruptedException {
    return print("p4rt", new P4RuntimeBench(BenchCommand::progress).run());
  }

  @Command(
      name = "softswitch",
      description = {
        "Packets per second of myelin.p4 at 1,000 entries on one core;",
        "and of BMv2 with the same program, entries and packets, if simple_switch_grpc is on the PATH."
      })
  int softswitch() throws IOException {
    return new SoftswitchBench(BenchCommand::progress).run(json ? this::document : this::table);
  }

  @Command(
      name = "paths",
      description = {
        "Path search on one core: latency and throughput with and without constraints,",
        "and JGraphT with the same requests."
      })
  int paths(
      @Option(
              names = "--topology",
              paramLabel = "FILE|KIND:SIZE",
              defaultValue = "fat-tree:32",
              description = "A map (.graphml, .json), an inventory (.yaml) or a generated fabric.")
          String topology,
      @Option(names = "--seed", defaultValue = "1", description = "Of requests and reservations.")
          long seed)
      throws IOException {
    return print(
        "paths",
        new PathsBench(TopologyArgument.read(topology), seed, BenchCommand::progress).run());
  }

  @Command(
      name = "scale",
      description = {
        "Decisions on 10,125 switches with 100,000 active leases: memory, a request's time,",
        "and new paths for all leases of a dead cable."
      })
  int scale() throws IOException {
    return print("scale", new ScaleBench(BenchCommand::progress).run());
  }

  @Command(
      name = "jobs",
      description = {
        "Completion of collectives over what is possible, by strategy: ECMP, pinning, spraying, Myelin;",
        "with cut cables, too; and what placing a job costs."
      })
  int jobs(
      @Option(
              names = "--seeds",
              converter = Count.class,
              defaultValue = "20",
              description = "Runs of each.")
          int seeds,
      @Option(names = "--seed", defaultValue = "1", description = "Of the first run.") long seed)
      throws IOException, InterruptedException {
    return print("jobs", new JobsBench(seeds, seed, BenchCommand::progress).run());
  }

  @Command(
      name = "te",
      description = {
        "Traffic engineering without a solver, over what a linear program reaches and over its time;",
        "and the same program cut into parts (POP)."
      })
  int te(
      @Option(
              names = "--topology",
              paramLabel = "FILE|KIND:SIZE",
              defaultValue = "wan:8",
              description = "A map (.graphml, .json), an inventory (.yaml) or a generated fabric.")
          String topology,
      @Option(
              names = "--scales",
              split = ",",
              defaultValue = "0.1,0.3,1",
              description = "Shares of all pairs of switches that have a demand.")
          double[] scales,
      @Option(
              names = "--seeds",
              converter = Count.class,
              defaultValue = "3",
              description = "Demands of each scale.")
          int seeds,
      @Option(names = "--seed", defaultValue = "1", description = "Of the first demands.")
          long seed,
      @Option(
              names = "--time-limit",
              defaultValue = "600",
              paramLabel = "SECONDS",
              description = "Of each run of the linear program.")
          double limit)
      throws IOException {
    return print(
        "te",
        new TeBench(
                TopologyArgument.read(topology), scales, seeds, seed, limit, BenchCommand::progress)
            .run());
  }

  @Command(
      name = "loop",
      description = {
        "The congestion loop on the embedded fabric, in real time: from two elephants meeting on a link",
        "to the entry that parts them, what they get then, what is lost and reordered."
      })
  int loop(
      @Option(
              names = "--rounds",
              converter = Count.class,
              defaultValue = "60",
              description = "Collisions.")
          int rounds)
      throws IOException, InterruptedException {
    return print("loop", new LoopBench(rounds, BenchCommand::progress).run());
  }

  @Command(
      name = "metering",
      description = {
        "What senders that nobody paces get of leases of 10 Mb/s to 400 Gb/s, in virtual time:",
        "goodput over bought, and what passes the meters over what was granted."
      })
  int metering(
      @Option(
              names = "--seeds",
              converter = Count.class,
              defaultValue = "3",
              description = "Runs of each rate and port.")
          int seeds)
      throws IOException, InterruptedException {
    return print("metering", new MeteringBench(seeds, 1, BenchCommand::progress).run());
  }

  @Command(
      name = "failover",
      description = {
        "A cable, and a spine, of 1,000 leases fail under traffic: packets lost with detours and without,",
        "time until all leases are elsewhere and acknowledged; and a spine is drained under full load."
      })
  int failover(
      @Option(
              names = "--runs",
              converter = Count.class,
              defaultValue = "5",
              description = "Of each case.")
          int runs)
      throws IOException, InterruptedException {
    return print("failover", new FailoverBench(runs, BenchCommand::progress).run());
  }

  @Command(
      name = "degrade",
      description = {
        "A fabric that is leased to the last bit loses cables, in real time: the slowest flow over its fair",
        "share by a solver, time until all have their shares, what is lost, and what comes back."
      })
  int degrade(
      @Option(
              names = "--seeds",
              converter = Count.class,
              defaultValue = "3",
              description = "Runs of each case.")
          int seeds,
      @Option(names = "--seed", defaultValue = "1", description = "Of the first run.") long seed)
      throws IOException, InterruptedException {
    Invalid.unless(
        seeds <= MOST_SEEDS, "--seeds", seeds + " is not allowed; allowed: 1 to " + MOST_SEEDS);
    return print("degrade", new DegradeBench(seeds, seed, BenchCommand::progress).run());
  }

  @Command(
      name = "stability",
      description = {
        "The loops in virtual time, with shifting load, late, noisy and missing measurements:",
        "whether they come to rest, and how close to the optimiser's bound."
      })
  int stability(
      @Option(
              names = "--seeds",
              converter = Count.class,
              defaultValue = "1000",
              description = "Runs.")
          int seeds,
      @Option(names = "--seed", defaultValue = "1", description = "Of the first run.") long seed)
      throws JsonProcessingException {
    return print("stability", new StabilityBench(seeds, seed, BenchCommand::progress).run());
  }

  private static void progress(String line) {
    System.err.println("bench: " + line);
  }

  private int print(String bench, List<Figure> figures) throws JsonProcessingException {
    return json ? document(bench, figures, null) : table(bench, figures, null);
  }

  /** Prints figures for people; a note goes to standard error. */
  private int table(String bench, List<Figure> figures, @Nullable String note) {
    Columns t = new Columns("FIGURE", "VALUE", "UNIT");
    figures.forEach(f -> t.row(f.name(), String.format("%.4g", f.value()), f.unit()));
    System.out.print(t);
    if (note != null) {
      progress(bench + ": " + note);
    }
    return 0;
  }

  /** Prints figures for programs. */
  private int document(String bench, List<Figure> figures, @Nullable String note)
      throws JsonProcessingException {
    ObjectNode doc = JSON.createObjectNode();
    doc.put("bench", bench).put("seed", 0).put("machine", machine());
    if (note != null) {
      doc.put("note", note);
    }
    ArrayNode list = doc.putArray("figures");
    for (Figure f : figures) {
      list.addObject().put("name", f.name()).put("value", f.value()).put("unit", f.unit());
      doc.put(f.name(), f.value());
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
