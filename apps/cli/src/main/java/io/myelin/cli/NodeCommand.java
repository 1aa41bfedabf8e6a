package io.myelin.cli;

import io.myelin.core.loop.Loops;
import io.myelin.core.model.Inventory;
import io.myelin.node.Node;
import io.myelin.node.control.Pace;
import io.myelin.node.inventory.InventoryFile;
import io.myelin.node.inventory.Quantities;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

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

  @Option(
      names = {"-i", "--inventory"},
      required = true,
      paramLabel = "FILE",
      description = "The fabric, in YAML (docs/OPERATIONS.md).")
  private Path inventory = Path.of(".");

  @Option(
      names = {"-l", "--listen"},
      defaultValue = ServerOptions.DEFAULT,
      paramLabel = "HOST:PORT",
      description = "Northbound address (default: ${DEFAULT-VALUE}); port 0: any.")
  private String listen = ServerOptions.DEFAULT;

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
    Inventory fabric = InventoryFile.read(inventory);
    Duration every = Duration.ofNanos(Quantities.timeNs("--discovery-interval", interval));
    Node node =
        new Node(
            new Node.Config(
                fabric, Addresses.parse("--listen", listen), Pace.of(every).with(loops)));
    Runtime.getRuntime().addShutdownHook(new Thread(node::close));
    System.err.printf(
        "node serves on port %d: %d switches, %d endpoints; stop it with Ctrl-C%n",
        node.port(), fabric.devices().size(), fabric.endpoints().size());
    new CountDownLatch(1).await();
    return 0;
  }

  /** Socket addresses on the command line. */
  static final class Addresses {
    private Addresses() {}

    static InetSocketAddress parse(String option, String text) {
      int colon = text.lastIndexOf(':');
      boolean ok = colon > 0 && text.substring(colon + 1).matches("[0-9]{1,5}");
      int port = ok ? Integer.parseInt(text.substring(colon + 1)) : -1;
      if (port < 0 || port > 65535) {
        throw new Failures.Failure(
            Failures.USAGE, option + ": '" + text + "' is not HOST:PORT with a port of 0 to 65535");
      }
      InetSocketAddress address = new InetSocketAddress(text.substring(0, colon), port);
      if (address.isUnresolved()) {
        throw new Failures.Failure(
            Failures.USAGE, option + ": host '" + text.substring(0, colon) + "' is not known");
      }
      return address;
    }
  }
}
