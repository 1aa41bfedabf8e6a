package io.myelin.cli;

import io.myelin.core.loop.Loops;
import io.myelin.core.model.Ids;
import io.myelin.core.model.Inventory;
import io.myelin.node.Node;
import io.myelin.node.Security;
import io.myelin.node.WebDoor;
import io.myelin.node.WebOptions;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.inventory.NodeFile;
import io.myelin.node.inventory.Quantities;
import io.myelin.node.southbound.Claim;
import io.myelin.node.store.RaftOptions;
import io.myelin.node.thread.Threads;
import io.myelin.node.tls.TlsFiles;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code myelin node}. */
@Command(
    name = "node",
    mixinStandardHelpOptions = true,
    description = {
      "Runs a controller for the switches of an inventory until it is stopped.",
      "",
      "The switches must serve P4Runtime; the node pushes the pipeline, finds the cables and fills"
          + " the tables."
    })
final class NodeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec command;

  @Option(
      names = {"-i", "--inventory"},
      paramLabel = "FILE",
      description = "The fabric, in YAML (docs/OPERATIONS.md); of a node alone.")
  private @Nullable Path inventory;

  @Option(
      names = "--watch-inventory",
      description = {
        "Applies the inventory's file when it is written, if this member leads; what is in use is",
        "refused, and said as a condition. Without it the file only describes a fabric of which",
        "the state knows nothing yet: 'myelin inventory apply' changes it."
      })
  private boolean watchInventory;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "A member of a cluster, in YAML (docs/OPERATIONS.md); instead of --inventory.")
  private @Nullable Path config;

  @Option(
      names = {"-d", "--data"},
      paramLabel = "DIR",
      description = {
        "Where a node alone keeps its state",
        "(default: $XDG_STATE_HOME or ~/.local/state, myelin/ and the fabric's name)."
      })
  private @Nullable Path data;

  @Mixin private SecurityOptions secured = new SecurityOptions();

  @Option(
      names = "--audit",
      paramLabel = "DIR",
      description = "The audit log of a node alone (default: audit/ where its state is).")
  private @Nullable Path audit;

  @Option(names = "--ephemeral", description = "Keeps no state beyond the process.")
  private boolean ephemeral;

  @Option(
      names = {"-l", "--listen"},
      defaultValue = ServerOptions.DEFAULT,
      paramLabel = "HOST:PORT",
      description = "Northbound address (default: ${DEFAULT-VALUE}); port 0: any.")
  private String listen = ServerOptions.DEFAULT;

  @Option(
      names = "--web",
      paramLabel = "HOST:PORT",
      description = {
        "Opens the web door there: HTTP/JSON, events, metrics, the dashboard (docs/API.md);",
        "port 0: any. With --config the node file's web: says it."
      })
  private @Nullable String web;

  @Option(
      names = "--take-over",
      description = {
        "Takes switches over from another controller: deposes it where it is primary, and removes",
        "entries of leases that this node does not know. Without it such switches are left alone."
      })
  private boolean takeOver;

  @Option(
      names = "--election-epoch",
      paramLabel = "N",
      description = {
        "The high half of election ids, at least (1 to 18446744073709551614): above that of a",
        "controller that has gone, so that switches listen to this one again. Kept for good."
      })
  private @Nullable String electionEpoch;

  @Option(
      names = "--discovery-interval",
      defaultValue = "250ms",
      paramLabel = "TIME",
      description =
          "Between rounds of link discovery (default: ${DEFAULT-VALUE}); a dead link is noticed after three.")
  private String interval = "250ms";

  @Option(
      names = "--loops",
      defaultValue = "ON",
      description =
          "Whether congestion moves traffic: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Loops.Mode loops = Loops.Mode.ON;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Duration every = Duration.ofNanos(Quantities.timeNs("--discovery-interval", interval));
    Node.Config how =
        how(Pace.of(every).with(loops))
            .claiming(
                takeOver ? Claim.Takeover.ALLOWED : Claim.Takeover.REFUSED, epoch(electionEpoch));
    Node node = new Node(how);
    var unused = Threads.atExit("close-node", node::close);
    RaftOptions raft = how.raft();
    System.err.printf(
        "node serves on port %d: %d switches, %d endpoints; state %s; stop it with Ctrl-C%n",
        node.port(),
        how.inventory().devices().size(),
        how.inventory().endpoints().size(),
        raft == null ? "in memory" : "in " + raft.directory());
    WebDoor door = node.door();
    if (door != null) {
      System.err.println("dashboard: " + door.url());
    }
    String why = node.stopped().join();
    System.err.println("myelin: this member stopped: " + why);
    return ErrorOutput.REFUSED;
  }

  /** Unsigned; 0: none was asked for. */
  private static long epoch(@Nullable String text) {
    if (text == null) {
      return 0;
    }
    try {
      long epoch = Long.parseUnsignedLong(text);
      if (epoch != 0 && epoch != -1) {
        return epoch;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new ErrorOutput.Failure(
        ErrorOutput.USAGE,
        "--election-epoch: '" + text + "' is not allowed; allowed: 1 to 18446744073709551614");
  }

  private Node.Config how(Pace pace) throws IOException {
    if ((inventory == null) == (config == null)) {
      throw new ErrorOutput.Failure(ErrorOutput.USAGE, "one of --inventory and --config is needed");
    }
    if (config != null) {
      Ignored.refuse(
          command,
          List.of(
              "--data",
              "--audit",
              "--ephemeral",
              "--listen",
              "--web",
              "--tls-certificate",
              "--tls-key",
              "--tls-trust",
              "--access"),
          "does not go with --config, whose file says it");
      NodeFile f = NodeFile.read(config);
      RaftOptions raft =
          new RaftOptions(f.member(), f.raft(), f.data(), f.election(), RaftOptions.SNAPSHOT_EVERY);
      String own = f.api().getOrDefault(f.member(), "");
      Path file = f.inventory();
      ErrorOutput.unless(
          file != null || !watchInventory, "--watch-inventory: the node file names no inventory");
      return watched(
          new Node.Config(
                  file == null ? Inventory.EMPTY : InventoryFile.read(file),
                  Addresses.parse("api", own),
                  pace,
                  raft,
                  f.api(),
                  security(f))
              .web(web(f)),
          file);
    }
    Inventory fabric = InventoryFile.read(Objects.requireNonNull(inventory));
    Node.Config memory =
        watched(
            new Node.Config(fabric, Addresses.parse("--listen", listen), pace).web(web(web)),
            inventory);
    if (ephemeral) {
      Ignored.refuse(command, List.of("--data"), "does not go with --ephemeral: nothing is kept");
      return memory.with(security(audit));
    }
    Path directory = data == null ? usual(fabric.name()) : data;
    return memory
        .on(RaftOptions.alone(directory))
        .with(security(audit == null ? directory.resolve("audit") : audit));
  }

  /** The web door of a node file; null: it has none. */
  private static @Nullable WebOptions web(NodeFile f) {
    NodeFile.Web door = f.web();
    return door == null
        ? null
        : new WebOptions(
            new InetSocketAddress(door.listen().getHostString(), door.listen().getPort()),
            door.hosts(),
            door.origins());
  }

  /** A web door at an address; null: none was asked for. */
  static @Nullable WebOptions web(@Nullable String address) {
    return address == null ? null : WebOptions.at(Addresses.parse("--web", address));
  }

  private Node.Config watched(Node.Config how, @Nullable Path file) {
    return watchInventory && file != null ? how.watching(file) : how;
  }

  private Security security(@Nullable Path trail) {
    return new Security(secured.tls(), Security.SwitchTls.BEYOND_LOOPBACK, secured.access(), trail);
  }

  private static Security security(NodeFile f) {
    NodeFile.Tls tls = f.tls();
    return new Security(
        tls == null ? null : new TlsFiles(tls.certificate(), tls.key(), tls.trust()),
        tls != null && tls.switches() == NodeFile.Switches.ALL
            ? Security.SwitchTls.ALL
            : Security.SwitchTls.BEYOND_LOOPBACK,
        f.access(),
        f.audit());
  }

  /** Where programs of users keep their state: XDG Base Directory Specification. */
  private static Path usual(String fabric) {
    String xdg = System.getenv("XDG_STATE_HOME");
    Path base =
        xdg != null && !xdg.isEmpty()
            ? Path.of(xdg)
            : Path.of(System.getProperty("user.home"), ".local", "state");
    return base.resolve("myelin").resolve(Ids.require("fabric", fabric));
  }

  /** Socket addresses on the command line. */
  static final class Addresses {
    private Addresses() {}

    static InetSocketAddress parse(String option, String text) {
      InetSocketAddress named = Quantities.address(option, text, 0);
      InetSocketAddress address = new InetSocketAddress(named.getHostString(), named.getPort());
      if (address.isUnresolved()) {
        throw new ErrorOutput.Failure(
            ErrorOutput.USAGE, option + ": host '" + named.getHostString() + "' is not known");
      }
      return address;
    }
  }
}
