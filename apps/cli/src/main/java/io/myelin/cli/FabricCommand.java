package io.myelin.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.myelin.v1.Decision;
import io.myelin.v1.Device;
import io.myelin.v1.DrainRequest;
import io.myelin.v1.DrainResponse;
import io.myelin.v1.Endpoint;
import io.myelin.v1.Fabric;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.Link;
import io.myelin.v1.ListDecisionsRequest;
import io.myelin.v1.TelemetryServiceGrpc;
import io.myelin.v1.UndrainRequest;
import io.myelin.v1.UndrainResponse;
import io.myelin.v1.WatchFabricRequest;
import io.myelin.v1.WatchFabricResponse;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code myelin fabric …}. */
@Command(
    name = "fabric",
    addMethodSubcommands = false,
    mixinStandardHelpOptions = true,
    description = "Shows switches, links and endpoints, and how they are.")
final class FabricCommand {
  private static final long POLL_MS = 100;

  // ECMA-48: cursor to the top left; erase what is behind it.
  private static final String HOME = "\u001b[H";
  private static final String CLEAR_REST = "\u001b[J";

  @Command(name = "show", mixinStandardHelpOptions = true, description = "The fabric now.")
  int show(
      @Mixin ServerOptions server,
      @Option(
              names = {"-c", "--counters"},
              description = "Also reads the switches' counters.")
          boolean counters) {
    Fabric fabric =
        server.call(
            c ->
                FabricServiceGrpc.newBlockingStub(c)
                    .withDeadlineAfter(30, TimeUnit.SECONDS)
                    .getFabric(GetFabricRequest.newBuilder().setReadCounters(counters).build())
                    .getFabric());
    if (server.json()) {
      server.print(fabric);
      return 0;
    }
    System.out.println("fabric " + fabric.getName() + ", revision " + fabric.getRevision() + "\n");
    System.out.println(devices(fabric));
    System.out.println(links(fabric));
    if (counters) {
      System.out.println(counters(fabric));
    }
    System.out.print(endpoints(fabric));
    System.out.print(conditions(fabric));
    return 0;
  }

  /** What is not as it should be, after an empty line; nothing where all is. */
  static String conditions(Fabric fabric) {
    StringBuilder all = new StringBuilder();
    fabric.getConditionsList().forEach(c -> all.append(Conditions.line(c)).append('\n'));
    fabric
        .getDevicesList()
        .forEach(
            d ->
                d.getConditionsList()
                    .forEach(
                        c -> all.append(d.getName() + ": " + Conditions.line(c)).append('\n')));
    fabric
        .getLinksList()
        .forEach(
            l ->
                l.getConditionsList()
                    .forEach(
                        c -> all.append(l.getName() + ": " + Conditions.line(c)).append('\n')));
    return all.length() == 0 ? "" : "\n" + all;
  }

  @Command(
      name = "watch",
      mixinStandardHelpOptions = true,
      description = "Prints changes of the fabric, until stopped.")
  int watch(@Mixin ServerOptions server) {
    return server.call(
        c -> {
          Iterator<WatchFabricResponse> stream =
              FabricServiceGrpc.newBlockingStub(c)
                  .watchFabric(WatchFabricRequest.getDefaultInstance());
          server.sayWatching("the fabric");
          while (stream.hasNext()) {
            WatchFabricResponse m = stream.next();
            if (server.json()) {
              server.printLine(m);
            } else {
              print(m);
            }
          }
          return 0;
        });
  }

  /** What is drained: one of the two. */
  static final class What {
    @Option(names = "--device", paramLabel = "SWITCH", description = "A switch: all its cables.")
    private @Nullable String device;

    @Option(
        names = "--link",
        paramLabel = "LINK",
        description = "A cable, by one of its directions.")
    private @Nullable String link;

    private String deviceName() {
      return device == null ? "" : device;
    }

    private String linkName() {
      return link == null ? "" : link;
    }
  }

  @Command(
      name = "drain",
      mixinStandardHelpOptions = true,
      description = "Moves traffic off a switch or a cable, without losing a packet.")
  int drain(
      @Mixin ServerOptions server,
      @ArgGroup(multiplicity = "1") What what,
      @Option(
              names = "--wait",
              paramLabel = "SECONDS",
              defaultValue = "0",
              description = "Until no lease is left there; exit code 1 if some are by then.")
          int wait)
      throws InterruptedException {
    DrainResponse drained =
        server.call(
            c ->
                FabricServiceGrpc.newBlockingStub(c)
                    .withDeadlineAfter(30, TimeUnit.SECONDS)
                    .drain(
                        DrainRequest.newBuilder()
                            .setDevice(what.deviceName())
                            .setLink(what.linkName())
                            .build()));
    if (!server.json()) {
      System.out.println(
          drained.getLinksCount()
              + " links drained; "
              + drained.getLeasesCount()
              + " leases are to move");
    }
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(wait);
    int left = drained.getLeasesCount();
    while (left > 0 && System.nanoTime() < until) {
      Thread.sleep(POLL_MS);
      left = left(server, drained);
    }
    if (server.json()) {
      ObjectNode answer = Json.object(drained);
      answer.put("leases_left", left);
      server.print(answer);
    } else if (wait > 0) {
      System.out.println(left == 0 ? "nothing is left there" : left + " leases have no other way");
    }
    return wait > 0 && left > 0 ? 1 : 0;
  }

  /** The most leases that any of the drained links still has. */
  private static int left(ServerOptions server, DrainResponse drained) {
    Fabric fabric = fabric(server);
    return fabric.getLinksList().stream()
        .filter(l -> drained.getLinksList().contains(l.getName()))
        .mapToInt(Link::getLeases)
        .max()
        .orElse(0);
  }

  private static Fabric fabric(ServerOptions server) {
    return server.call(
        c ->
            FabricServiceGrpc.newBlockingStub(c)
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .getFabric(GetFabricRequest.getDefaultInstance())
                .getFabric());
  }

  @Command(
      name = "undrain",
      mixinStandardHelpOptions = true,
      description = "Takes a switch or a cable into use again.")
  int undrain(@Mixin ServerOptions server, @ArgGroup(multiplicity = "1") What what) {
    UndrainResponse m =
        server.call(
            c ->
                FabricServiceGrpc.newBlockingStub(c)
                    .withDeadlineAfter(30, TimeUnit.SECONDS)
                    .undrain(
                        UndrainRequest.newBuilder()
                            .setDevice(what.deviceName())
                            .setLink(what.linkName())
                            .build()));
    if (server.json()) {
      server.print(m);
    } else {
      System.out.println(m.getLinksCount() + " links are in use again");
    }
    return 0;
  }

  @Command(
      name = "top",
      mixinStandardHelpOptions = true,
      description = "Links by heat, queues, and what the loops decided; until stopped.")
  int top(
      @Mixin ServerOptions server,
      @Option(names = "--interval", description = "Seconds (default: 1).")
          @Nullable Integer interval,
      @Option(names = "--rows", defaultValue = "15", description = "Links and decisions.") int rows,
      @Option(names = "--once", description = "One picture, for scripts.") boolean once)
      throws InterruptedException {
    ErrorOutput.unless(!once || interval == null, "--interval does not go with --once");
    int seconds = interval == null ? 1 : Math.max(1, interval);
    do {
      Fabric fabric = fabric(server);
      List<Decision> decisions =
          server.call(
              c ->
                  TelemetryServiceGrpc.newBlockingStub(c)
                      .withDeadlineAfter(30, TimeUnit.SECONDS)
                      .listDecisions(
                          ListDecisionsRequest.newBuilder().setPageSize(Math.max(1, rows)).build())
                      .getDecisionsList());
      if (server.json()) {
        ObjectNode picture = Json.object();
        picture.set("fabric", Json.object(fabric));
        ArrayNode decided = picture.putArray("decisions");
        decisions.forEach(d -> decided.add(Json.object(d)));
        server.printLine(picture);
      } else {
        String picture = FabricTop.render(fabric, decisions, rows);
        System.out.print(once ? picture : HOME + picture + CLEAR_REST);
        System.out.flush();
      }
      if (!once) {
        Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
      }
    } while (!once);
    return 0;
  }

  private static void print(WatchFabricResponse m) {
    switch (m.getType()) {
      case TYPE_DEVICE ->
          System.out.println(
              "device "
                  + m.getDevice().getName()
                  + " "
                  + state(m.getDevice())
                  + " "
                  + m.getDevice().getReason());
      case TYPE_LINK ->
          System.out.println(
              "link "
                  + m.getLink().getName()
                  + " "
                  + (m.getLink().getUp() ? "up" : "DOWN")
                  + " reserved "
                  + Columns.rate(m.getLink().getReservedBps()));
      case TYPE_ENDPOINT -> System.out.println("endpoint " + m.getEndpoint().getName());
      case TYPE_SYNCED -> System.out.println("-- that was the snapshot; now changes --");
      case TYPE_HEARTBEAT, TYPE_UNSPECIFIED, UNRECOGNIZED -> {
        // Nothing to say.
      }
    }
  }

  private static String state(Device d) {
    return d.getState().name().replace("STATE_", "");
  }

  private static Columns devices(Fabric fabric) {
    Columns t = new Columns("SWITCH", "ROLE", "STATE", "ADDRESS", "ENTRIES", "DROPS", "REASON");
    for (Device d : fabric.getDevicesList()) {
      String drops =
          Stream.concat(
                  d.getDropsList().stream().map(x -> x.getReason() + ":" + x.getPackets()),
                  d.getRejectedList().stream()
                      .map(x -> "REJECTED_" + x.getReason() + ":" + x.getPackets()))
              .collect(Collectors.joining(" "));
      t.row(
          d.getName(),
          d.getRole(),
          state(d),
          d.getAddress(),
          d.getTableEntries(),
          drops,
          d.getReason());
    }
    return t;
  }

  private static Columns links(Fabric fabric) {
    Columns t = new Columns("LINK", "STATE", "CAPACITY", "RESERVED", "FREE", "LATENCY", "MEASURED");
    for (Link l : fabric.getLinksList()) {
      t.row(
          l.getName(),
          l.getUp() ? "up" : "DOWN",
          Columns.rate(l.getCapacityBps()),
          Columns.rate(l.getReservedBps()),
          Columns.rate(l.getFreeBps()),
          l.hasLatencyNs() ? Columns.time(l.getLatencyNs()) : "-",
          l.getMeasuredLatencyNs() == 0 ? "-" : Columns.time(l.getMeasuredLatencyNs()));
    }
    return t;
  }

  private static Columns counters(Fabric fabric) {
    Columns t = new Columns("LINK", "PACKETS", "BYTES", "MARKED", "CNPS", "UNSENT");
    for (Link l : fabric.getLinksList()) {
      t.row(
          l.getName(),
          l.getPackets(),
          l.getBytes(),
          l.getMarkedPackets(),
          l.getCnpPackets(),
          l.getUnsentPackets());
    }
    return t;
  }

  private static Columns endpoints(Fabric fabric) {
    Columns t = new Columns("ENDPOINT", "TENANT", "AT", "IP", "MAC", "CAPACITY", "RACK");
    for (Endpoint e : fabric.getEndpointsList()) {
      t.row(
          e.getName(),
          e.getTenant(),
          e.getDevice() + "/" + e.getPort(),
          e.getIp(),
          e.getMac(),
          Columns.rate(e.getCapacityBps()),
          e.getRack());
    }
    return t;
  }
}
