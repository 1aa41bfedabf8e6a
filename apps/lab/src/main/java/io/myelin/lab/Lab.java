package io.myelin.lab;

import io.myelin.core.port.DeviceStatus;
import io.myelin.node.Node;
import io.myelin.node.WebOptions;
import io.myelin.node.control.Pace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A fabric in real time with a node that controls it, in this process but over real sockets. */
public final class Lab implements AutoCloseable {
  /** Between rounds of discovery. */
  public static final Duration DISCOVERY = Duration.ofMillis(100);

  /** Of a node in a lab. */
  public static final Pace PACE = Pace.of(DISCOVERY);

  /** A starved machine takes that long. */
  private static final int CONVERGE_S = 120;

  private static final long POLL_MS = 2;

  private final LabSwitches switches;
  private final Node node;

  /**
   * @param listen northbound address of the node; port 0: any
   */
  public Lab(FabricSpec spec, InetSocketAddress listen) throws IOException {
    this(spec, listen, PACE);
  }

  /**
   * @param listen northbound address of the node; port 0: any
   * @param pace of discovery and of the loops
   */
  public Lab(FabricSpec spec, InetSocketAddress listen, Pace pace) throws IOException {
    this(new LabSwitches(spec, 0), listen, pace);
  }

  /**
   * Gives switches a node.
   *
   * @param switches closed with this, also when it does not start
   * @param listen northbound address of the node; port 0: any
   * @param pace of discovery and of the loops
   */
  public Lab(LabSwitches switches, InetSocketAddress listen, Pace pace) throws IOException {
    this(switches, listen, pace, null);
  }

  /**
   * Gives switches a node.
   *
   * @param switches closed with this, also when it does not start
   * @param listen northbound address of the node; port 0: any
   * @param pace of discovery and of the loops
   * @param web how its web door is opened; null: it has none
   */
  public Lab(LabSwitches switches, InetSocketAddress listen, Pace pace, @Nullable WebOptions web)
      throws IOException {
    this.switches = switches;
    try {
      node = new Node(new Node.Config(switches.fabric().inventory(), listen, pace).web(web));
    } catch (IOException | RuntimeException e) {
      switches.close();
      throw e;
    }
  }

  /**
   * Waits until every switch holds its tables and every cable was seen.
   *
   * @throws IllegalStateException naming the first switch that is not ready, after {@value
   *     #CONVERGE_S} s
   */
  public void awaitConverged() throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(CONVERGE_S);
    while (!node.converged()) {
      if (System.nanoTime() > until) {
        throw new IllegalStateException(
            "the fabric was not ready after " + CONVERGE_S + " s: " + notReady());
      }
      Thread.sleep(POLL_MS);
    }
  }

  private String notReady() {
    return StreamSupport.stream(fabric().inventory().devices().spliterator(), false)
        .map(Map.Entry::getKey)
        .filter(id -> node.status().of(id).phase() != DeviceStatus.Phase.READY)
        .findFirst()
        .map(id -> id + " is " + node.status().of(id).phase())
        .orElseGet(() -> node.state().observedLinks() + " links were seen");
  }

  public LabFabric fabric() {
    return switches.fabric();
  }

  public Node node() {
    return node;
  }

  @Override
  public void close() {
    node.close();
    switches.close();
  }
}
