package io.myelin.core.loop;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Telemetry;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A fabric of which nothing is heard: each switch holds what it should, no queue tells of itself,
 * no probe comes back and no loop decides. For plans, simulations and tests that have no switches.
 */
public class QuietFabric implements DeviceStatus, Telemetry, Loops {
  @Override
  public Status of(DeviceId device) {
    return new Status(Phase.READY, "", 0);
  }

  @Override
  public void onChange(Runnable callback) {
    // It never does.
  }

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

  @Override
  public Estimate estimate(PortRef port, long capacityBps) {
    return Estimate.UNKNOWN;
  }

  @Override
  public List<RecordedDecision> decisions() {
    return List.of();
  }

  @Override
  public void onDecision(Consumer<RecordedDecision> listener) {
    // Nobody decides.
  }
}
