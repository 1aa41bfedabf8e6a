package io.myelin.cli;

import io.myelin.v1.Device;
import io.myelin.v1.Endpoint;
import io.myelin.v1.Fabric;
import io.myelin.v1.FabricServiceGrpc;
import io.myelin.v1.GetFabricRequest;
import io.myelin.v1.Link;
import io.myelin.v1.WatchFabricRequest;
import io.myelin.v1.WatchFabricResponse;
import java.util.Iterator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code myelin fabric …}. */
@Command(
    name = "fabric",
    mixinStandardHelpOptions = true,
    description = "Shows switches, links and endpoints, and how they are.")
final class FabricCommand {

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
    System.out.println(links(fabric, counters));
    System.out.print(endpoints(fabric));
    return 0;
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
                  + Table.rate(m.getLink().getReservedBps()));
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

  private static Table devices(Fabric fabric) {
    Table t = new Table("SWITCH", "ROLE", "STATE", "ADDRESS", "ENTRIES", "DROPS", "REASON");
    for (Device d : fabric.getDevicesList()) {
      String drops =
          d.getDropsList().stream()
              .map(x -> x.getReason() + ":" + x.getPackets())
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

  private static Table links(Fabric fabric, boolean counters) {
    Table t =
        new Table(
            "LINK",
            "STATE",
            "CAPACITY",
            "RESERVED",
            "FREE",
            "LATENCY",
            "MEASURED",
            "PACKETS",
            "BYTES",
            "MARKED",
            "CNPS",
            "UNSENT");
    for (Link l : fabric.getLinksList()) {
      t.row(
          l.getName(),
          l.getUp() ? "up" : "DOWN",
          Table.rate(l.getCapacityBps()),
          Table.rate(l.getReservedBps()),
          Table.rate(l.getFreeBps()),
          l.getLatencyNs() == 0 ? "-" : Table.time(l.getLatencyNs()),
          l.getMeasuredLatencyNs() == 0 ? "-" : Table.time(l.getMeasuredLatencyNs()),
          counters ? l.getPackets() : "-",
          counters ? l.getBytes() : "-",
          counters ? l.getMarkedPackets() : "-",
          counters ? l.getCnpPackets() : "-",
          counters ? l.getUnsentPackets() : "-");
    }
    return t;
  }

  private static Table endpoints(Fabric fabric) {
    Table t = new Table("ENDPOINT", "TENANT", "AT", "IP", "MAC", "CAPACITY", "RACK");
    for (Endpoint e : fabric.getEndpointsList()) {
      t.row(
          e.getName(),
          e.getTenant(),
          e.getDevice() + "/" + e.getPort(),
          e.getIp(),
          e.getMac(),
          Table.rate(e.getCapacityBps()),
          e.getRack());
    }
    return t;
  }
}
