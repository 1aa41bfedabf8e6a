package io.myelin.node;

import io.myelin.core.loop.Loops;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.node.control.Controller;
import io.myelin.node.control.Pace;
import io.myelin.node.northbound.NorthboundServer;
import io.myelin.node.southbound.P4RuntimeSouthbound;
import io.myelin.node.southbound.Pipeline;
import io.myelin.node.store.InProcessStateLog;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicLong;

/** A whole node, wired on one screen: log, southbound, controller, northbound. */
public final class Node implements AutoCloseable {

  /**
   * How a node runs.
   *
   * @param inventory of the fabric
   * @param listen northbound address; port 0: any free one
   * @param pace of discovery and of the loops
   */
  public record Config(Inventory inventory, InetSocketAddress listen, Pace pace) {
    /** With the usual pace of the loops. */
    public Config(Inventory inventory, InetSocketAddress listen, Duration discoveryInterval) {
      this(inventory, listen, Pace.of(discoveryInterval));
    }
  }

  private final InProcessStateLog stateLog;
  private final P4RuntimeSouthbound southbound;
  private final Controller controller;
  private final NorthboundServer northbound;
  private final ScheduledExecutorService control;

  /**
   * Starts a node.
   *
   * @throws IOException when the address cannot be bound; nothing is left running then
   * @throws Invalid when the inventory asks for more than our pipeline can do
   */
  public Node(Config config) throws IOException {
    requireLoopback(config);
    requireLabels(config.inventory());
    // Until leadership is replicated, a restart must still outbid the process before it (invariant
    // 5): seconds since 1970 rise.
    stateLog = new InProcessStateLog(System.currentTimeMillis() / 1000);
    control = Executors.newSingleThreadScheduledExecutor(r -> thread(r, "control"));
    southbound = new P4RuntimeSouthbound(Pipeline.myelin(), stateLog.term(), control);
    controller =
        new Controller(stateLog, southbound, control, System::currentTimeMillis, config.pace());
    AtomicLong serial = new AtomicLong();
    String prefix = Long.toString(System.currentTimeMillis(), 36);
    try {
      northbound =
          new NorthboundServer(
              config.listen(),
              stateLog,
              controller.status(),
              controller,
              controller,
              southbound,
              System::currentTimeMillis,
              () -> "l-" + prefix + "-" + serial.incrementAndGet());
    } catch (IOException e) {
      control.shutdownNow();
      throw e;
    }
    stateLog
        .submit(new Command.SetInventory(config.inventory(), System.currentTimeMillis()))
        .join();
    controller.start();
    northbound.serving(true);
  }

  /** Until there is TLS, nothing may leave this machine in the clear. */
  private static void requireLoopback(Config config) throws IOException {
    if (config.listen().getAddress() == null || !config.listen().getAddress().isLoopbackAddress()) {
      throw new IOException(
          "plaintext is refused beyond loopback: cannot listen on "
              + config.listen()
              + "; listen on 127.0.0.1 and forward it through an encrypted tunnel");
    }
    for (Map.Entry<DeviceId, Device> e : config.inventory().devices()) {
      String address = e.getValue().address();
      String host = address.substring(0, address.lastIndexOf(':')).replaceAll("[\\[\\]]", "");
      if (!InetAddress.getByName(host).isLoopbackAddress()) {
        throw new IOException(
            "plaintext is refused beyond loopback: P4Runtime of "
                + e.getKey()
                + " is at "
                + address
                + "; bring it to 127.0.0.1 through an encrypted tunnel");
      }
    }
  }

  /** What is planned with deeper stacks than our program pushes cannot be run. */
  private static void requireLabels(Inventory inventory) {
    for (Map.Entry<DeviceId, Device> e : inventory.devices()) {
      int labels = e.getValue().maxLabels();
      Invalid.unless(
          labels <= Device.MYELIN_MAX_LABELS,
          "devices[" + e.getKey() + "].maxLabels",
          labels
              + " is not allowed; p4/myelin.p4 pushes up to "
              + Device.MYELIN_MAX_LABELS
              + " labels");
    }
  }

  /** The northbound port. */
  public int port() {
    return northbound.port();
  }

  public DeviceStatus status() {
    return controller.status();
  }

  /** Whether the loops act from now on. */
  public void loops(Loops.Mode mode) {
    controller.mode(mode);
  }

  /** What the switches tell. */
  public Telemetry telemetry() {
    return controller;
  }

  /** What the loops know and did. */
  public Loops loops() {
    return controller;
  }

  /** Answers to reads of counters that switches gave so far. */
  public long counterReports() {
    return controller.counterReports();
  }

  public FabricState state() {
    return stateLog.state();
  }

  /** Whether every device holds its tables and every link between devices was seen. */
  public boolean converged() {
    FabricState s = stateLog.state();
    for (Map.Entry<DeviceId, Device> e : s.inventory().devices()) {
      if (controller.status().of(e.getKey()).phase() != DeviceStatus.Phase.READY) {
        return false;
      }
    }
    return s.observedLinks() >= s.inventory().links().size();
  }

  @Override
  public void close() {
    northbound.close();
    controller.close();
    southbound.close();
    control.shutdownNow();
    stateLog.close();
  }

  private static Thread thread(Runnable r, String name) {
    Thread t = new Thread(r, name);
    t.setDaemon(true);
    return t;
  }
}
