package io.myelin.cli;

import io.myelin.lab.v1.MeasureTrafficRequest;
import io.myelin.lab.v1.MeasureTrafficResponse;
import io.myelin.lab.v1.StartTrafficRequest;
import io.myelin.lab.v1.StopTrafficRequest;
import io.myelin.lab.v1.StopTrafficResponse;
import io.myelin.lab.v1.TrafficFlow;
import io.myelin.lab.v1.TrafficPattern;
import io.myelin.lab.v1.TrafficRun;
import io.myelin.node.inventory.Quantities;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin lab traffic …}. */
@Command(
    name = "traffic",
    mixinStandardHelpOptions = true,
    description = "RoCE traffic between the hosts of a lab that runs, and its rates.")
final class LabTrafficCommand {

  /** Patterns as people write them. */
  enum Pattern {
    PERMUTATION(TrafficPattern.TRAFFIC_PATTERN_PERMUTATION),
    RING(TrafficPattern.TRAFFIC_PATTERN_RING),
    ALL_TO_ALL(TrafficPattern.TRAFFIC_PATTERN_ALL_TO_ALL),
    PAIRS(TrafficPattern.TRAFFIC_PATTERN_PAIRS);

    final TrafficPattern proto;

    Pattern(TrafficPattern proto) {
      this.proto = proto;
    }
  }

  @Command(
      name = "start",
      mixinStandardHelpOptions = true,
      description = {
        "Starts flows that send until they are stopped, with or without leases for them.",
        "",
        "  permutation  each sends once and receives once, to another leaf where there is one",
        "  ring         each sends to the next, the last to the first; each rail by itself",
        "  all-to-all   each sends to all others; each rail by itself",
        "  pairs        FROM:TO, one or several"
      })
  int start(
      @Mixin LabOptions lab,
      @Parameters(
              index = "0",
              paramLabel = "PATTERN",
              description = "permutation, ring, all-to-all or pairs.")
          Pattern pattern,
      @Parameters(
              index = "1..*",
              arity = "0..*",
              paramLabel = "MEMBER",
              description = "NICs, hosts or racks, in order (default: all). Of pairs: FROM:TO.")
          @Nullable List<String> members,
      @Option(
              names = {"-n", "--name"},
              defaultValue = "",
              description = "To stop it by (default: t1, t2, ...).")
          String name,
      @Option(
              names = {"-r", "--rate"},
              paramLabel = "RATE",
              description = "Paces each flow, e.g. 5M on the wire (default: as fast as it goes).")
          @Nullable String rate,
      @Option(
              names = "--qp",
              defaultValue = "0",
              paramLabel = "N",
              description =
                  "Queue pair of the first flow, at both ends; the others count up (default: free ones).")
          int qp,
      @Option(
              names = "--seed",
              defaultValue = "1",
              description = "Of the permutation (default: ${DEFAULT-VALUE}).")
          long seed) {
    ErrorOutput.unless(qp >= 0, "--qp: " + qp + " is not allowed; allowed: 2 or more");
    StartTrafficRequest request =
        StartTrafficRequest.newBuilder()
            .setPattern(pattern.proto)
            .addAllMembers(members == null ? List.of() : members)
            .setName(name)
            .setPaceBps(rate == null ? 0 : Quantities.rateBps("--rate", rate))
            .setFirstQp(qp)
            .setSeed(seed)
            .build();
    TrafficRun run = lab.call(c -> c.startTraffic(request)).getRun();
    if (lab.json()) {
      LabOptions.print(run);
    } else {
      System.out.println(
          run.getName() + ": " + text(run) + "; 'myelin lab traffic show' tells how it does");
    }
    return 0;
  }

  private static String text(TrafficRun run) {
    String pattern = run.getPattern().name().replace("TRAFFIC_PATTERN_", "");
    return String.format(
        "%s, %d %s, QP %s%s",
        pattern.toLowerCase(Locale.ROOT).replace('_', '-'),
        run.getFlows(),
        run.getFlows() == 1 ? "flow" : "flows",
        run.getFlows() < 2
            ? Integer.toString(run.getFirstQp())
            : run.getFirstQp() + " to " + (run.getFirstQp() + run.getFlows() - 1),
        run.getPaceBps() == 0 ? "" : ", " + Columns.rate(run.getPaceBps()) + " each");
  }

  @Command(
      name = "stop",
      mixinStandardHelpOptions = true,
      description = "Stops flows, with the messages under way unfinished.")
  int stop(
      @Mixin LabOptions lab,
      @Parameters(
              arity = "0..1",
              defaultValue = "",
              paramLabel = "NAME",
              description = "Of what was started together (default: all).")
          String name) {
    StopTrafficResponse stopped =
        lab.call(c -> c.stopTraffic(StopTrafficRequest.newBuilder().setName(name).build()));
    if (lab.json()) {
      LabOptions.print(stopped);
    } else if (stopped.getRunsCount() == 0) {
      System.out.println("no traffic runs");
    } else {
      stopped.getRunsList().forEach(r -> System.out.println(r.getName() + ": stopped, " + text(r)));
    }
    return 0;
  }

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = {
        "Measures flows from now on: payload that arrives in order, and the slowest flow.",
        "",
        "IDEAL is the share of what the flow would get if it had its two ports to itself, or of its",
        "pace; CNPS are congestion notifications since it was started."
      })
  int show(
      @Mixin LabOptions lab,
      @Parameters(
              arity = "0..1",
              defaultValue = "",
              paramLabel = "NAME",
              description = "Of what was started together (default: all).")
          String name,
      @Option(
              names = "--over",
              defaultValue = "1s",
              paramLabel = "TIME",
              description = "Measures so long, 1ms to 60s (default: ${DEFAULT-VALUE}).")
          String over,
      @Option(
              names = {"-w", "--watch"},
              description = "Measures again and again, until stopped.")
          boolean watch) {
    MeasureTrafficRequest request =
        MeasureTrafficRequest.newBuilder()
            .setName(name)
            .setOverNs(Math.max(1, Quantities.timeNs("--over", over)))
            .build();
    do {
      MeasureTrafficResponse m = lab.call(c -> c.measureTraffic(request));
      if (!lab.json()) {
        System.out.print(text(m));
        System.out.print(watch ? "\n" : "");
      } else if (watch) {
        LabOptions.printLine(m);
      } else {
        LabOptions.print(m);
      }
    } while (watch && !Thread.currentThread().isInterrupted());
    return 0;
  }

  static String text(MeasureTrafficResponse m) {
    if (m.getFlowsCount() == 0) {
      return "no traffic runs; start some with 'myelin lab traffic start permutation'\n";
    }
    Columns flows = new Columns("RUN", "FROM", "TO", "QP", "GOODPUT", "IDEAL", "CNPS");
    double ideal = 0;
    for (TrafficFlow f : m.getFlowsList()) {
      ideal += f.getIdealBps();
      flows.row(
          f.getRun(),
          f.getSource(),
          f.getDestination(),
          f.getQp(),
          rate(f.getGoodputBps()),
          share(f.getGoodputBps(), f.getIdealBps()),
          f.getCnps());
    }
    TrafficFlow slowest = m.getSlowest();
    Columns all = new Columns("FLOWS", "TOTAL", "IDEAL", "SENT AGAIN", "SLOWEST", "", "FLOW");
    all.row(
        m.getFlowsCount(),
        rate(m.getTotalBps()),
        share(m.getTotalBps(), ideal),
        m.getRetransmits(),
        rate(slowest.getGoodputBps()),
        share(slowest.getGoodputBps(), slowest.getIdealBps()),
        slowest.getSource() + " to " + slowest.getDestination());
    return flows + "\n" + all;
  }

  private static String share(double part, double whole) {
    return String.format(Locale.ROOT, "%.1f%%", 100 * part / whole);
  }

  /** With three digits that count. */
  private static String rate(double bps) {
    return Columns.rate(
        java.math.BigDecimal.valueOf(bps).round(new java.math.MathContext(3)).longValue());
  }
}
