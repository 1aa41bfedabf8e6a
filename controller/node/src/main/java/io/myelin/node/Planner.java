package io.myelin.node;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.path.Path;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Present;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Command;
import io.myelin.node.northbound.PathServer;
import io.myelin.node.store.InProcessStateLog;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
    server =
        new PathServer(
            stateLog,
            new Present(new AllReady(), new NothingMeasured(), System::currentTimeMillis));
  }

  public int port() {
    return server.port();
  }

  @Override
  public void close() {
    server.close();
    stateLog.close();
  }

  private static final class AllReady implements DeviceStatus {
    @Override
    public Status of(DeviceId device) {
      return new Status(Phase.READY, "", 0);
    }

    @Override
    public void onChange(Runnable callback) {
      // It never does.
    }
  }

  private static final class NothingMeasured implements Telemetry {
    @Override
    public List<Congestion> congestion() {
      return List.of();
    }

    @Override
    public @Nullable Congestion congestion(Queue queue) {
      return null;
    }

    @Override
    public void onCongestion(Consumer<Congestion> listener) {
      // There are no switches that could tell.
    }

    @Override
    public CompletableFuture<PathProbe> probe(Path path) {
      return CompletableFuture.completedFuture(new PathProbe(List.of(), List.of()));
    }
  }
}
