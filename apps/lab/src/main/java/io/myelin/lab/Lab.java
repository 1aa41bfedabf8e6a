package io.myelin.lab;

import io.myelin.node.Node;
import io.myelin.node.control.Pace;
import io.myelin.softswitch.time.RealTimeScheduler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;

/** A fabric in real time with a node that controls it, in this process but over real sockets. */
public final class Lab implements AutoCloseable {
  /** Between rounds of discovery. */
  public static final Duration DISCOVERY = Duration.ofMillis(100);

  private final RealTimeScheduler scheduler;
  private final LabFabric fabric;
  private final Node node;

  /**
   * @param listen northbound address of the node; port 0: any
   */
  public Lab(FabricSpec spec, InetSocketAddress listen) throws IOException {
    this(spec, listen, Pace.of(DISCOVERY));
  }

  /**
   * @param listen northbound address of the node; port 0: any
   * @param pace of discovery and of the loops
   */
  public Lab(FabricSpec spec, InetSocketAddress listen, Pace pace) throws IOException {
    scheduler = new RealTimeScheduler("fabric");
    try {
      fabric = new LabFabric(spec, scheduler);
    } catch (IOException e) {
      scheduler.close();
      throw e;
    }
    try {
      node = new Node(new Node.Config(fabric.inventory(), listen, pace));
    } catch (IOException e) {
      fabric.close();
      scheduler.close();
      throw e;
    }
  }

  public LabFabric fabric() {
    return fabric;
  }

  public Node node() {
    return node;
  }

  @Override
  public void close() {
    node.close();
    fabric.close();
    scheduler.close();
  }
}
