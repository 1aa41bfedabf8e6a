package io.myelin.cli;

import io.myelin.v1.CongestionEvent;
import io.myelin.v1.ProbeLeaseRequest;
import io.myelin.v1.ProbeLeaseResponse;
import io.myelin.v1.ProbedHop;
import io.myelin.v1.ProbedLink;
import io.myelin.v1.TelemetryServiceGrpc;
import io.myelin.v1.WatchCongestionRequest;
import io.myelin.v1.WatchCongestionResponse;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code myelin telemetry …}. */
@Command(
    name = "telemetry",
    addMethodSubcommands = false,
    mixinStandardHelpOptions = true,
    description = "Congestion that switches tell of, and probes.")
final class TelemetryCommand {

  @Command(
      name = "congestion",
      mixinStandardHelpOptions = true,
      description = {
        "Prints congestion events as switches send them, until stopped:",
        "a queue's depth crossed its marking threshold, or moved by as much."
      })
  int congestion(@Mixin ServerOptions server) {
    return server.call(
        c -> {
          Iterator<WatchCongestionResponse> stream =
              TelemetryServiceGrpc.newBlockingStub(c)
                  .watchCongestion(WatchCongestionRequest.getDefaultInstance());
          server.sayWatching("congestion");
          while (stream.hasNext()) {
            WatchCongestionResponse m = stream.next();
            if (server.json()) {
              server.printLine(m);
            } else if (m.getType() == WatchCongestionResponse.Type.TYPE_CONGESTION) {
              System.out.println(line(m.getEvent()));
            } else if (m.getType() == WatchCongestionResponse.Type.TYPE_DECISION) {
              System.out.println(
                  "decided: "
                      + m.getDecision().getKind().name().replace("KIND_", "")
                      + " because of "
                      + m.getDecision().getLink()
                      + ": "
                      + m.getDecision().getReason());
            }
          }
          return 0;
        });
  }

  private static String line(CongestionEvent e) {
    String flow =
        e.getSourceIp().isEmpty()
            ? ""
            : "  " + e.getSourceIp() + " > " + e.getDestinationIp() + qp(e.getDestinationQp());
    return String.format(
        "%tT.%1$tL  %s/%d queue %d  %-4s  %d packets (threshold %d)  %s%s",
        e.getEventTime().getSeconds() * 1000 + e.getEventTime().getNanos() / 1_000_000,
        e.getDevice(),
        e.getPort(),
        e.getQueue(),
        e.getHot() ? "HOT" : "calm",
        e.getDepthPackets(),
        e.getKMinPackets(),
        e.getLink(),
        flow);
  }

  private static String qp(int qp) {
    return qp == 0 ? "" : " QP " + qp;
  }

  @Command(
      name = "probe",
      mixinStandardHelpOptions = true,
      description = {
        "Sends probes along a lease's path.",
        "",
        "QUEUE is the depth of the RoCE queue in packets, STAY the probe's own time in the switch",
        "(probes overtake data), USED the share of the port's capacity while probing.",
        "A link's latency is half its round trip by the switches' own clocks."
      })
  int probe(
      @Mixin ServerOptions server,
      @Parameters(paramLabel = "LEASE", description = "tenants/{tenant}/leases/{lease}")
          String lease) {
    ProbeLeaseResponse r =
        server.call(
            c ->
                TelemetryServiceGrpc.newBlockingStub(c)
                    .withDeadlineAfter(30, TimeUnit.SECONDS)
                    .probeLease(ProbeLeaseRequest.newBuilder().setName(lease).build()));
    if (server.json()) {
      server.print(r);
      return 0;
    }
    if (r.getHopsCount() == 0) {
      System.err.println("no probe came back from the end of the path");
    }
    Columns hops = new Columns("SWITCH", "IN", "OUT", "QUEUE", "STAY", "USED");
    for (ProbedHop h : r.getHopsList()) {
      hops.row(
          h.getDevice(),
          port(h.getIngressPort()),
          port(h.getEgressPort()),
          h.getDepthPackets(),
          Columns.time(h.getResidenceNs()),
          h.hasUtilisation() ? String.format("%.1f%%", 100 * h.getUtilisation()) : "-");
    }
    System.out.println(hops);
    Columns links = new Columns("LINK", "LATENCY");
    for (ProbedLink l : r.getLinksList()) {
      links.row(l.getName(), l.hasLatencyNs() ? Columns.time(l.getLatencyNs()) : "no answer");
    }
    System.out.print(links);
    return r.getHopsCount() == 0 ? ErrorOutput.REFUSED : 0;
  }

  private static String port(int port) {
    return port == 255 ? "cpu" : Integer.toString(port);
  }
}
