package io.myelin.cli;

import io.myelin.core.model.Units;
import io.myelin.lab.Lab;
import io.myelin.lab.LabFabric;
import io.myelin.lab.LabPlan;
import io.myelin.lab.LabSwitches;
import io.myelin.lab.net.PcapWriter;
import io.myelin.lab.service.LabServer;
import io.myelin.lab.v1.CutCableRequest;
import io.myelin.lab.v1.GetLabRequest;
import io.myelin.lab.v1.GetLabResponse;
import io.myelin.lab.v1.KillSwitchRequest;
import io.myelin.lab.v1.LabCable;
import io.myelin.lab.v1.LabSwitch;
import io.myelin.lab.v1.MendCableRequest;
import io.myelin.lab.v1.RestartSwitchRequest;
import io.myelin.lab.v1.SetDelayRequest;
import io.myelin.lab.v1.SetLossRequest;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.inventory.Quantities;
import io.myelin.node.thread.Threads;
import java.io.IOException;
import java.net.InetSocketAddress;
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
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code myelin lab}. */
@Command(
    name = "lab",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a fabric of P4 softswitches, RoCE hosts and a controller on this machine until stopped.",
      "",
      "In another terminal: myelin fabric show, myelin lease create ..., and what is below:",
      "  myelin lab traffic start permutation",
      "  myelin lab cut leaf1 spine1",
      "  myelin lab traffic show",
      "",
      "With --scenario: an experiment in virtual time instead; exit code 1 if an expectation fails.",
      "  incast     many senders to one receiver: marks, CNPs, rates, queue depth",
      "  isolation  a host that spoofs, crosses tenants, pushes labels, forges, floods: none arrives",
      "  port-down  a cable of a protected path is cut, no controller there",
      "  spray      queue pairs over WCMP: nothing is reordered"
    },
    subcommands = LabTrafficCommand.class)
final class LabCommand implements Callable<Integer> {
  /** Where the web door of a lab is, whose node is at {@link ServerOptions#DEFAULT}. */
  static final String WEB = "127.0.0.1:9580";

  private static final int ABOVE = 30;
  private static final int MAX_BELOW_WEB = 65_535 - ABOVE;

  @Spec private @Nullable CommandSpec command;

  @Mixin private LabFabricOptions fabric = new LabFabricOptions();

  @Option(
      names = {"-l", "--listen"},
      defaultValue = ServerOptions.DEFAULT,
      paramLabel = "HOST:PORT",
      description = "Northbound address (default: ${DEFAULT-VALUE}).")
  private String listen = ServerOptions.DEFAULT;

  @Option(
      names = "--web",
      paramLabel = "HOST:PORT",
      description = {
        "Where the dashboard and HTTP/JSON are; port 0: any free one (default: 30 above the",
        "northbound port)."
      })
  private @Nullable String web;

  @Option(names = "--no-web", description = "Opens no web door.")
  private boolean webless;

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
      names = "--lab-port",
      paramLabel = "PORT",
      description =
          "Where it takes faults and traffic, on 127.0.0.1; 0: any free one (default: the one before"
              + " the northbound port).")
  private @Nullable Integer labPort;

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
          List.of(
              "--listen",
              "--web",
              "--no-web",
              "--no-controller",
              "--p4runtime-port",
              "--lab-port",
              "--pcap",
              "--write-inventory",
              "--topology"),
          "does not go with --scenario, which has a fabric of its own");
    }
    if (uncontrolled) {
      Ignored.refuse(
          command, List.of("--listen", "--web", "--no-web"), "does not go with --no-controller");
    }
    if (scenario != null) {
      return ScenarioReport.run(scenario, seed, json);
    }
    LabPlan plan = fabric.plan();
    InetSocketAddress northbound = NodeCommand.Addresses.parse("--listen", listen);
    int faultsPort = labPort(northbound);
    LabSwitches switches = new LabSwitches(plan, firstPort);
    Lab lab =
        uncontrolled
            ? null
            : new Lab(switches, northbound, Lab.PACE, webless ? null : door(northbound));
    AutoCloseable all = lab == null ? switches : lab;
    LabServer server = serve(switches.fabric(), all, faultsPort);
    var unused = Threads.atExit("close-lab", () -> close(server, all));
    if (inventory != null) {
      Files.writeString(inventory, InventoryFile.write(switches.fabric().inventory()));
    }
    if (pcap != null) {
      capture(switches.fabric(), pcap);
    }
    System.err.printf(
        "lab: %s; %s; faults and traffic on port %d; stop it with Ctrl-C%n",
        plan.summary(),
        lab == null ? "no controller" : "node on port " + lab.node().port(),
        server.port());
    WebDoor door = lab == null ? null : lab.node().door();
    if (door != null) {
      System.err.println("dashboard: " + door.url());
    }
    new CountDownLatch(1).await();
    return 0;
  }

  private WebOptions door(InetSocketAddress northbound) {
    WebOptions asked = NodeCommand.web(web);
    int node = northbound.getPort();
    return asked != null
        ? asked
        : WebOptions.at(
            new InetSocketAddress(
                northbound.getAddress(), node == 0 || node > MAX_BELOW_WEB ? 0 : node + ABOVE));
  }

  private int labPort(InetSocketAddress northbound) {
    Integer asked = labPort;
    if (asked != null) {
      ErrorOutput.unless(
          asked >= 0 && asked <= 65_535,
          "--lab-port: " + asked + " is not allowed; allowed: 0 to 65535");
      return asked;
    }
    int node = northbound.getPort();
    return Math.max(0, node - 1);
  }

  /** Serves faults and traffic of a fabric; where that cannot be, nothing is left running. */
  static LabServer serve(LabFabric fabric, AutoCloseable all, int port) {
    try {
      return new LabServer(fabric, port);
    } catch (IOException e) {
      close(all);
      throw new ErrorOutput.Failure(
          ErrorOutput.REFUSED,
          "port "
              + port
              + " is taken, where the lab would take faults and traffic; does another lab run? Give"
              + " another with --lab-port, or --lab-port 0");
    }
  }

  private static void close(AutoCloseable... all) {
    for (AutoCloseable c : all) {
      try {
        c.close();
      } catch (Exception e) {
        System.err.println("myelin: " + e.getMessage());
      }
    }
  }

  // ---- a lab that runs --------------------------------------------------------------------------
  private static final String CABLE =
      "Its ends, NAME or NAME/PORT (leaf1 spine1, gpu-1-1 leaf1), or its name (leaf1/1-spine1/1).";

  @Command(
      name = "show",
      mixinStandardHelpOptions = true,
      description = "Prints switches and cables of a lab that runs, with their faults.")
  int show(@Mixin LabOptions lab) {
    GetLabResponse r = lab.call(c -> c.getLab(GetLabRequest.getDefaultInstance()));
    if (lab.json()) {
      LabOptions.print(r);
      return 0;
    }
    Columns switches = new Columns("SWITCH", "STATE", "P4RUNTIME");
    r.getSwitchesList()
        .forEach(s -> switches.row(s.getName(), s.getDead() ? "DEAD" : "on", s.getAddress()));
    System.out.println(switches);
    Columns cables = new Columns("CABLE", "STATE", "LOSS", "LATENCY", "JITTER");
    for (LabCable c : r.getCablesList()) {
      cables.row(
          c.getName(),
          c.getCut() ? "CUT" : "whole",
          loss(c),
          Columns.time(c.getLatencyNs()),
          Columns.time(c.getJitterNs()));
    }
    System.out.print(cables);
    return 0;
  }

  @Command(
      name = "cut",
      mixinStandardHelpOptions = true,
      description = "Cuts a cable: what is on it is lost, and both its ends lose the light.")
  int cut(
      @Mixin LabOptions lab,
      @Parameters(arity = "1..*", hideParamSyntax = true, paramLabel = "CABLE", description = CABLE)
          List<String> cable) {
    CutCableRequest request = CutCableRequest.newBuilder().setCable(words(cable)).build();
    return say(lab, lab.call(c -> c.cutCable(request)).getCable());
  }

  @Command(name = "mend", mixinStandardHelpOptions = true, description = "Mends a cut cable.")
  int mend(
      @Mixin LabOptions lab,
      @Parameters(arity = "1..*", hideParamSyntax = true, paramLabel = "CABLE", description = CABLE)
          List<String> cable) {
    MendCableRequest request = MendCableRequest.newBuilder().setCable(words(cable)).build();
    return say(lab, lab.call(c -> c.mendCable(request)).getCable());
  }

  @Command(
      name = "loss",
      mixinStandardHelpOptions = true,
      description = {
        "Loses packets of a cable at random, each way.",
        "",
        "  myelin lab loss leaf1 spine1 1%%",
        "  myelin lab loss leaf1 spine1 0"
      })
  int loss(
      @Mixin LabOptions lab,
      @Parameters(
              arity = "2..*",
              hideParamSyntax = true,
              paramLabel = "CABLE SHARE",
              description = {CABLE, "Share of packets: 1%%, or 0.01; 0: none."})
          List<String> words) {
    int last = words.size() - 1;
    String text = words.get(last);
    ErrorOutput.unless(!text.strip().equals("1"), "loss: '1' may be 1% or all; write 1% or 100%");
    SetLossRequest request =
        SetLossRequest.newBuilder()
            .setCable(words(words.subList(0, last)))
            .setLoss(Quantities.sharePpb("loss", text) / 1e9)
            .build();
    return say(lab, lab.call(c -> c.setLoss(request)).getCable());
  }

  @Command(
      name = "delay",
      mixinStandardHelpOptions = true,
      description = {
        "Sets the latency of a cable, each way.",
        "",
        "  myelin lab delay leaf1 spine1 2ms",
        "  myelin lab delay leaf1 spine1 40ms 5ms"
      })
  int delay(
      @Mixin LabOptions lab,
      @Parameters(
              arity = "2..*",
              hideParamSyntax = true,
              paramLabel = "CABLE TIME [JITTER]",
              description = {
                CABLE,
                "One way, e.g. 2ms, and by how much that of a packet may differ (default: 0)."
              })
          List<String> words) {
    int times =
        words.size() == 4 || (words.size() == 3 && isTime(words.get(1))) ? 2 : 1; // then jitter
    List<String> cable = words.subList(0, words.size() - times);
    SetDelayRequest request =
        SetDelayRequest.newBuilder()
            .setCable(words(cable))
            .setLatencyNs(timeNs("delay", words.get(words.size() - times)))
            .setJitterNs(times == 1 ? 0 : timeNs("jitter", words.get(words.size() - 1)))
            .build();
    return say(lab, lab.call(c -> c.setDelay(request)).getCable());
  }

  private static boolean isTime(String word) {
    return word.matches("0|[0-9][0-9.]*(ns|us|µs|ms|s|m|h|d)");
  }

  private static long timeNs(String field, String text) {
    return text.equals("0") ? 0 : Quantities.timeNs(field, text);
  }

  @Command(
      name = "kill",
      mixinStandardHelpOptions = true,
      description = "A power cut: the switch is gone, and the light of its ports.")
  int kill(
      @Mixin LabOptions lab,
      @Parameters(paramLabel = "SWITCH", description = "Its name, e.g. spine1.") String name) {
    KillSwitchRequest request = KillSwitchRequest.newBuilder().setSwitch(name).build();
    return say(lab, lab.call(c -> c.killSwitch(request)).getSwitch());
  }

  @Command(
      name = "restart",
      mixinStandardHelpOptions = true,
      description = {
        "Gives a switch its power back; one that has power loses it first. Its pipeline is empty,",
        "for the node to program."
      })
  int restart(
      @Mixin LabOptions lab,
      @Parameters(paramLabel = "SWITCH", description = "Its name, e.g. spine1.") String name) {
    RestartSwitchRequest request = RestartSwitchRequest.newBuilder().setSwitch(name).build();
    return say(lab, lab.call(c -> c.restartSwitch(request)).getSwitch());
  }

  /** A cable as the lab reads it. */
  private static String words(List<String> words) {
    String text = String.join(" ", words);
    ErrorOutput.unless(
        words.size() <= 2, "'" + text + "' is no cable; give its two ends or its name");
    return text;
  }

  private static int say(LabOptions lab, LabCable c) {
    if (lab.json()) {
      LabOptions.print(c);
      return 0;
    }
    System.out.printf(
        "%s is %s; it loses %s and takes %s%s%n",
        c.getName(),
        c.getCut() ? "cut" : "whole",
        loss(c),
        Columns.time(c.getLatencyNs()),
        c.getJitterNs() == 0 ? "" : " +- " + Columns.time(c.getJitterNs()));
    return 0;
  }

  private static String loss(LabCable c) {
    return Units.share(Math.round(c.getLoss() * 1e9)).replace(" ", "");
  }

  private static int say(LabOptions lab, LabSwitch s) {
    if (lab.json()) {
      LabOptions.print(s);
    } else {
      System.out.println(
          s.getName() + (s.getDead() ? " is dead" : " is on, P4Runtime at " + s.getAddress()));
    }
    return 0;
  }

  private static void capture(LabFabric fabric, String option) throws IOException {
    int eq = option.indexOf('=');
    if (eq < 1 || !fabric.links().containsKey(option.substring(0, eq))) {
      throw new ErrorOutput.Failure(
          ErrorOutput.USAGE,
          "--pcap: '"
              + option
              + "' is not CABLE=FILE; cables: "
              + io.myelin.core.model.NameList.some(fabric.links().keySet()));
    }
    PcapWriter writer = new PcapWriter(Path.of(option.substring(eq + 1)));
    var unused =
        Threads.atExit(
            "close-capture",
            () -> {
              try {
                writer.close();
              } catch (IOException e) {
                System.err.println("myelin: the capture is incomplete: " + e.getMessage());
              }
            });
    fabric
        .call(
            () -> {
              fabric.link(option.substring(0, eq)).tap(writer);
              return true;
            })
        .join();
  }
}
