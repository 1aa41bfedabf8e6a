package io.myelin.cli;

import io.myelin.lab.FabricSpec;
import io.myelin.lab.Lab;
import io.myelin.lab.LabFabric;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.net.PcapWriter;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.inventory.Quantities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code myelin lab}. */
@Command(
    name = "lab",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a leaf-spine fabric of P4 softswitches and a controller on this machine until stopped.",
      "",
      "In another terminal: myelin fabric show, myelin lease create ...",
      "",
      "With --scenario: an experiment in virtual time instead; exit code 1 if an expectation fails.",
      "  incast     many senders to one receiver: marks, CNPs, rates, queue depth",
      "  isolation  a host that spoofs, crosses tenants, pushes labels, forges, floods: none arrives",
      "  port-down  a cable of a protected path is cut, no controller there",
      "  spray      queue pairs over WCMP: nothing is reordered"
    })
final class LabCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec command;

  @Mixin private FabricOptions fabric = new FabricOptions();

  @Option(
      names = {"-l", "--listen"},
      defaultValue = ServerOptions.DEFAULT,
      paramLabel = "HOST:PORT",
      description = "Northbound address (default: ${DEFAULT-VALUE}).")
  private String listen = ServerOptions.DEFAULT;

  @Option(
      names = "--no-controller",
      description = "Switches and cables only, for a controller of your own, or ONOS.")
  private boolean uncontrolled;

  @Option(
      names = "--p4runtime-port",
      defaultValue = "0",
      paramLabel = "PORT",
      description =
          "Of the first switch, on 127.0.0.1; the others follow it (default: any free ones).")
  private int firstPort;

  @Option(
      names = "--pcap",
      paramLabel = "CABLE=FILE",
      description = "Captures a cable, e.g. leaf1/1-spine1/1=link.pcap.")
  private @Nullable String pcap;

  @Option(
      names = "--write-inventory",
      paramLabel = "FILE",
      description = "Writes the fabric's description there.")
  private @Nullable Path inventory;

  @Option(names = "--scenario", paramLabel = "NAME", description = "Runs an experiment and ends.")
  private @Nullable String scenario;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description = "Of the scenario's chances (default: ${DEFAULT-VALUE}).")
  private long seed = 1;

  @Option(names = "--json", description = "The scenario's report as JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (scenario == null) {
      Ignored.refuse(command, List.of("--seed", "--json"), "counts with --scenario only");
    } else {
      Ignored.refuse(
          command,
          List.of("--listen", "--no-controller", "--p4runtime-port", "--pcap", "--write-inventory"),
          "does not go with --scenario, which has a fabric of its own");
    }
    if (uncontrolled) {
      Ignored.refuse(command, List.of("--listen"), "does not go with --no-controller");
    }
    if (scenario != null) {
      return ScenarioReport.run(scenario, seed, json);
    }
    LabSwitches switches = new LabSwitches(fabric.spec(), firstPort);
    Lab lab =
        uncontrolled
            ? null
            : new Lab(switches, NodeCommand.Addresses.parse("--listen", listen), Lab.PACE);
    Runtime.getRuntime().addShutdownHook(new Thread(lab == null ? switches::close : lab::close));
    if (inventory != null) {
      Files.writeString(inventory, InventoryFile.write(switches.fabric().inventory()));
    }
    if (pcap != null) {
      capture(switches.fabric(), pcap);
    }
    System.err.printf(
        "lab: %d leaves, %d spines, %d hosts; %s; stop it with Ctrl-C%n",
        fabric.spec().leaves(),
        fabric.spec().spines(),
        fabric.spec().hosts(),
        lab == null ? "no controller" : "node on port " + lab.node().port());
    new CountDownLatch(1).await();
    return 0;
  }

  private static void capture(LabFabric fabric, String option) throws IOException {
    int eq = option.indexOf('=');
    if (eq < 1 || !fabric.links().containsKey(option.substring(0, eq))) {
      throw new Failures.Failure(
          Failures.USAGE,
          "--pcap: '"
              + option
              + "' is not CABLE=FILE; cables: "
              + io.myelin.core.model.Names.some(fabric.links().keySet()));
    }
    PcapWriter writer = new PcapWriter(Path.of(option.substring(eq + 1)));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  try {
                    writer.close();
                  } catch (IOException e) {
                    System.err.println("myelin: the capture is incomplete: " + e.getMessage());
                  }
                }));
    fabric
        .call(
            () -> {
              fabric.link(option.substring(0, eq)).tap(writer);
              return true;
            })
        .join();
  }

  /** Size of a fabric on the command line. */
  static final class FabricOptions {
    @Option(
        names = "--leaves",
        defaultValue = "4",
        description = "Leaves (default: ${DEFAULT-VALUE}).")
    private int leaves = 4;

    @Option(
        names = "--spines",
        defaultValue = "4",
        description = "Spines (default: ${DEFAULT-VALUE}).")
    private int spines = 4;

    @Option(
        names = "--hosts",
        defaultValue = "4",
        description = "Hosts a leaf (default: ${DEFAULT-VALUE}).")
    private int hosts = 4;

    @Option(
        names = "--rate",
        defaultValue = "40M",
        paramLabel = "RATE",
        description =
            "Of every port (default: ${DEFAULT-VALUE}; software forwards some 100k packets a second in all).")
    private String rate = "40M";

    FabricSpec spec() {
      FabricSpec d = FabricSpec.DEFAULT;
      return new FabricSpec(
          leaves,
          spines,
          hosts,
          Quantities.rateBps("--rate", rate),
          d.latencyNs(),
          d.queueBytes(),
          d.mtu());
    }
  }
}
