package io.myelin.cli;

import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.grpc.Channel;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Units;
import io.myelin.node.Planner;
import io.myelin.node.inventory.Quantities;
import io.myelin.v1.CheckPathRequest;
import io.myelin.v1.CheckPathResponse;
import io.myelin.v1.ComputePathsRequest;
import io.myelin.v1.ComputePathsResponse;
import io.myelin.v1.ComputedPath;
import io.myelin.v1.ExplainPathRequest;
import io.myelin.v1.ExplainPathResponse;
import io.myelin.v1.Hop;
import io.myelin.v1.LinkEvidence;
import io.myelin.v1.Path;
import io.myelin.v1.PathQuery;
import io.myelin.v1.PathServiceGrpc;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code myelin path …}. */
@Command(
    name = "path",
    mixinStandardHelpOptions = true,
    description = {
      "Asks for paths without reserving anything: of a node, or of a topology that does not run."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  myelin path compute -t blue gpu-1-1 gpu-2-1 -b 50G --max-latency 12us --paths 4",
      "  myelin path explain -t blue gpu-1-1 gpu-2-1 -b 50G --region eu-west --encrypted",
      "  myelin path compute --topology Kdl.graphml paris-gpu oslo-gpu --disjoint link,srlg",
      "  myelin path check -t blue gpu-1-1 gpu-2-1 leaf1/1 spine1/2 leaf2/5"
    })
final class PathCommand {
  private static final long DEADLINE_S = 60;

  /** What the three questions have in common. */
  static final class Question {
    @Mixin private ServerOptions server = new ServerOptions();

    @Option(
        names = "--topology",
        paramLabel = "FILE|KIND:SIZE",
        description = {
          "Asks about an inventory (.yaml), a map (.graphml, .json) or a generated fabric",
          "(fat-tree:8) instead of a node."
        })
    private @Nullable String topology;

    @Option(
        names = {"-t", "--tenant"},
        description = "Who asks; may be left out with --topology.")
    private @Nullable String tenant;

    @Parameters(index = "0", paramLabel = "SOURCE", description = "Endpoint that sends.")
    private String source = "";

    @Parameters(index = "1", paramLabel = "DESTINATION", description = "Endpoint that receives.")
    private String destination = "";

    @Option(
        names = {"-b", "--bandwidth"},
        paramLabel = "RATE",
        description = "e.g. 50G, 400M; left out: any.")
    private @Nullable String bandwidth;

    @Mixin private ConstraintOptions constraints = new ConstraintOptions();

    @Option(names = "--start", paramLabel = "TIME", description = "e.g. 2026-11-23T14:00:00Z.")
    private @Nullable String start;

    @Option(
        names = "--duration",
        paramLabel = "TIME",
        description = "e.g. 90m; left out: for ever.")
    private @Nullable String duration;

    private PathQuery query(String who) {
      PathQuery.Builder q =
          PathQuery.newBuilder()
              .setParent("tenants/" + who)
              .setSource(source)
              .setDestination(destination)
              .setObjective(constraints.objective())
              .setWeights(constraints.weights())
              .setConstraints(constraints.constraints());
      if (bandwidth != null) {
        q.setBandwidthBps(Quantities.rateBps("--bandwidth", bandwidth));
      }
      if (start != null) {
        q.setStartTime(time("--start", start));
      }
      if (duration != null) {
        q.setDuration(length("--duration", duration));
      }
      return q.build();
    }

    /** Asks the node, or the topology given. */
    private <T> T ask(Asking<T> asking) throws IOException {
      if (topology == null) {
        if (tenant == null) {
          throw new ErrorOutput.Failure(
              ErrorOutput.USAGE, "--tenant is required when a node is asked");
        }
        String who = tenant;
        return server.call(c -> asking.ask(stub(c), query(who)));
      }
      ErrorOutput.unless(
          !server.given(),
          "--server, --trust, --cert, --key and --token-file do not go with"
              + " --topology: no node is asked");
      Inventory inventory = TopologyArgument.read(topology, server::note);
      String owner = tenant != null ? tenant : owner(inventory);
      try (Planner planner = new Planner(inventory)) {
        return ServerOptions.callHere(
            "127.0.0.1:" + planner.port(), c -> asking.ask(stub(c), query(owner)));
      }
    }

    private String owner(Inventory inventory) {
      for (var e : inventory.endpoints()) {
        if (e.getKey().value().equals(source)) {
          return e.getValue().tenant().value();
        }
      }
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "SOURCE: '"
              + source
              + "' is not an endpoint; known: "
              + io.myelin.core.model.NameList.some(names(inventory)));
    }

    private static List<String> names(Inventory inventory) {
      List<String> names = new java.util.ArrayList<>();
      inventory.endpoints().forEach((id, e) -> names.add(id.value()));
      return names;
    }

    private static PathServiceGrpc.PathServiceBlockingStub stub(Channel c) {
      return PathServiceGrpc.newBlockingStub(c).withDeadlineAfter(DEADLINE_S, TimeUnit.SECONDS);
    }
  }

  /** One question over a connection. */
  private interface Asking<T> {
    T ask(PathServiceGrpc.PathServiceBlockingStub stub, PathQuery query);
  }

  static Timestamp time(String option, String text) {
    return Timestamps.fromMillis(Quantities.instantMs(option, text));
  }

  static Duration length(String option, String text) {
    return Durations.fromMillis(Quantities.timeMs(option, text));
  }

  @Command(
      name = "compute",
      mixinStandardHelpOptions = true,
      description = "The best path, alternatives, or a disjoint pair.")
  int compute(
      @Mixin Question question,
      @Option(names = "--paths", description = "How many, best first (default: 1).")
          @Nullable Integer paths,
      @Option(
              names = "--disjoint",
              paramLabel = "SCOPE",
              split = ",",
              description =
                  "A pair of paths, primary and backup, without these in common: link, node, srlg.")
          @Nullable List<ConstraintOptions.Shared> disjoint)
      throws IOException {
    ErrorOutput.unless(
        paths == null || disjoint == null, "--paths does not go with --disjoint: that is one pair");
    ComputePathsRequest.Builder request =
        ComputePathsRequest.newBuilder().setMaxPaths(paths == null ? 1 : paths);
    if (disjoint != null) {
      disjoint.forEach(s -> request.addBackupScopes(s.proto));
    }
    ComputePathsResponse answer =
        question.ask((stub, q) -> stub.computePaths(request.setQuery(q).build()));
    if (question.server.json()) {
      question.server.print(answer);
      return 0;
    }
    Columns t = new Columns("#", "LATENCY", "COST", "JITTER", "LOSS", "OPTIMAL", "PATH");
    int n = 0;
    for (ComputedPath p : answer.getPathsList()) {
      n++;
      String optimal = p.getProvenOptimal() ? "proven" : "not proven";
      row(t, p.hasBackup() ? "primary" : String.valueOf(n), p.getPath(), optimal);
      if (p.hasBackup()) {
        row(t, "backup", p.getBackup(), optimal);
      }
    }
    System.out.print(t);
    if (answer.getPathsCount() > 0) {
      sayUnknown(System.out, answer.getPaths(0).getPath());
    }
    return 0;
  }

  @Command(
      name = "explain",
      mixinStandardHelpOptions = true,
      description = "Why there is no path, and what it would take.")
  int explain(@Mixin Question question) throws IOException {
    ExplainPathResponse answer =
        question.ask(
            (stub, q) -> stub.explainPath(ExplainPathRequest.newBuilder().setQuery(q).build()));
    if (question.server.json()) {
      question.server.print(answer);
      return 0;
    }
    if (answer.hasPath()) {
      System.out.println("there is a path:");
      Columns t = new Columns("LATENCY", "COST", "PATH");
      Path p = answer.getPath().getPath();
      t.row(latency(p), p.getCostMicrosPerGb(), way(p));
      System.out.print(t);
      sayUnknown(System.out, p);
      evidence(p);
      return 0;
    }
    System.out.println("no path; what binds: " + answer.getExplanation().getBindingList());
    answer.getExplanation().getLinesList().forEach(l -> System.out.println("  - " + l));
    return 0;
  }

  @Command(
      name = "check",
      mixinStandardHelpOptions = true,
      description = "What a given path would break.")
  int check(
      @Mixin Question question,
      @Parameters(
              index = "2..*",
              arity = "1..*",
              paramLabel = "SWITCH/PORT",
              description = "Egress port at each switch, from the source's on.")
          List<String> ports)
      throws IOException {
    CheckPathRequest.Builder request = CheckPathRequest.newBuilder();
    for (String text : ports) {
      io.myelin.core.model.PortRef p = io.myelin.core.model.PortRef.parse("SWITCH/PORT", text);
      request.addHops(Hop.newBuilder().setDevice(p.device().value()).setPort(p.port()));
    }
    CheckPathResponse answer =
        question.ask((stub, q) -> stub.checkPath(request.setQuery(q).build()));
    if (question.server.json()) {
      question.server.print(answer);
    } else if (answer.getViolationsCount() == 0) {
      System.out.println(
          "this path could be had: latency "
              + latency(answer.getPath())
              + ", "
              + answer.getPath().getCostMicrosPerGb()
              + " micros/GB");
      sayUnknown(System.out, answer.getPath());
      evidence(answer.getPath());
    } else {
      answer.getViolationsList().forEach(v -> System.out.println("  - " + v.getText()));
    }
    return answer.getViolationsCount() == 0 ? 0 : ErrorOutput.REFUSED;
  }

  private static void row(Columns t, String name, Path p, String optimal) {
    t.row(
        name,
        latency(p),
        p.getCostMicrosPerGb(),
        sum(Units.time(p.getJitterNs()), p.getUnknownJitterLinks(), p),
        sum(Units.share(p.getLossPpb()), p.getUnknownLossLinks(), p),
        optimal,
        way(p));
  }

  /** What is known of a path's latency: all, at least so much, or nothing. */
  static String latency(Path p) {
    return sum(Units.time(p.getLatencyNs()), p.getUnknownLatencyLinks(), p);
  }

  private static String sum(String known, int unknownLinks, Path p) {
    int links = p.getHopsCount() - 1; // between switches
    return unknownLinks == 0 ? known : unknownLinks >= links ? "unknown" : ">=" + known;
  }

  /** What is not known of a path, in words; empty where all is. */
  static String unknown(Path p) {
    List<String> all = new java.util.ArrayList<>();
    unknown(all, "latency", p.getUnknownLatencyLinks());
    unknown(all, "jitter", p.getUnknownJitterLinks());
    unknown(all, "loss", p.getUnknownLossLinks());
    return String.join(", ", all);
  }

  private static void unknown(List<String> all, String what, int links) {
    if (links > 0) {
      all.add(what + " unknown on " + links + (links == 1 ? " link" : " links"));
    }
  }

  private static void sayUnknown(java.io.PrintStream out, Path p) {
    String unknown = unknown(p);
    if (!unknown.isEmpty()) {
      out.println(unknown);
    }
  }

  private static void evidence(Path p) {
    Columns t = new Columns("LINK", "REGIONS", "SAYS", "ENCRYPTION", "MEDIUM", "SAYS");
    for (LinkEvidence e : p.getLinksList()) {
      t.row(
          e.getLink(),
          e.getRegionsCount() == 0 ? "unknown" : String.join(" ", e.getRegionsList()),
          e.getRegionSource(),
          named(e.getEncryption().name()),
          named(e.getMedium().name()),
          e.getSource());
    }
    System.out.print(t);
  }

  private static String named(String name) {
    String last = name.substring(name.indexOf('_') + 1);
    return last.equals("UNSPECIFIED") ? "unknown" : last;
  }

  static String way(Path p) {
    return p.getHopsList().stream()
        .map(h -> h.getDevice() + "/" + h.getPort())
        .collect(Collectors.joining(" "));
  }
}
