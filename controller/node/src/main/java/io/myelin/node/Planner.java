package io.myelin.node;

import io.myelin.core.loop.QuietFabric;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.state.Command;
import io.myelin.node.northbound.PathServer;
import io.myelin.node.store.InProcessStateLog;
import java.io.IOException;

/**
 * Answers questions about paths through a fabric that does not run: an inventory of one's own, an
 * imported map, a generated topology. All its switches answer, nothing is leased and nothing waits.
 */
public final class Planner implements AutoCloseable {
  private final InProcessStateLog stateLog = new InProcessStateLog(1);
  private final PathServer server;

  /**
   * Serves {@code PathService} on a loopback port.
   *
   * @throws IOException when loopback cannot be bound
   */
  public Planner(Inventory inventory) throws IOException {
    stateLog.submit(new Command.SetInventory(inventory, System.currentTimeMillis())).join();
    QuietFabric quiet = new QuietFabric();
    server = new PathServer(stateLog, new LiveConditions(quiet, quiet, System::currentTimeMillis));
  }

  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    stateLog.close();
  }
}
