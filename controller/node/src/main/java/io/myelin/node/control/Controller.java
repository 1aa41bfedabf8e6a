package io.myelin.node.control;

import io.myelin.core.model.DeviceId;
import io.myelin.core.path.Path;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Present;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.tables.Punt;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's work: follows the log and drives the switches. Everything runs on one thread, the
 * control thread, in the order in which it happened.
 */
public final class Controller implements Southbound.Listener, Telemetry, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Controller.class);

  private final StateLog stateLog;
  private final ScheduledExecutorService control;
  private final Reconciler reconciler;
  private final Discovery discovery;
  private final NeighborProxy neighbors;
  private final LeaseKeeper keeper;
  private final CongestionMonitor congestion;
  private final Prober prober;
  private @Nullable ScheduledFuture<?> discoveryTimer;

  /**
   * @param control the control thread; single-threaded
   * @param clockMs wall clock, milliseconds since 1970
   * @param discoveryInterval between rounds of discovery
   */
  public Controller(
      StateLog stateLog,
      Southbound southbound,
      ScheduledExecutorService control,
      LongSupplier clockMs,
      Duration discoveryInterval) {
    this.stateLog = stateLog;
    this.control = control;
    reconciler = new Reconciler(stateLog, southbound, control, clockMs, this);
    neighbors = new NeighborProxy(stateLog, southbound);
    congestion = new CongestionMonitor(clockMs);
    prober = new Prober(stateLog, southbound, control);
    discovery = new Discovery(stateLog, southbound, reconciler, prober, clockMs, discoveryInterval);
    keeper = new LeaseKeeper(stateLog, new Present(reconciler, this, clockMs), control);
  }

  /** Begins to follow the log and to connect the devices of the inventory. */
  public void start() {
    run(
        () -> {
          // Registered on the control thread, so that no change slips between state and follower.
          FabricState state = stateLog.follow(a -> run(() -> applied(a)));
          reconciler.start(state);
          keeper.start(state);
          reconciler.onChange(() -> run(keeper::retryDegraded));
        });
    long ns = discovery.interval().toNanos();
    discoveryTimer =
        control.scheduleWithFixedDelay(guarded(discovery::tick), ns, ns, TimeUnit.NANOSECONDS);
  }

  /** How the devices are. */
  public DeviceStatus status() {
    return reconciler;
  }

  private void applied(Applied a) {
    reconciler.applied(a);
    keeper.applied(a);
  }

  @Override
  public void ready(DeviceId device) {
    run(() -> reconciler.ready(device));
  }

  @Override
  public void lost(DeviceId device, String why) {
    congestion.forget(device);
    run(() -> reconciler.lost(device, why));
  }

  @Override
  public List<Congestion> congestion() {
    return congestion.all();
  }

  @Override
  public @Nullable Congestion congestion(Queue queue) {
    return congestion.of(queue);
  }

  @Override
  public void onCongestion(Consumer<Congestion> listener) {
    congestion.listen(listener);
  }

  @Override
  public CompletableFuture<PathProbe> probe(Path path) {
    CompletableFuture<PathProbe> result = new CompletableFuture<>();
    run(() -> prober.probe(path, result));
    return result;
  }

  @Override
  public void packetIn(
      DeviceId device, int ingressPort, int reason, long switchTimeUs, byte[] frame) {
    if (reason == Punt.CONGESTION) {
      congestion.packetIn(device, frame); // may come in swarms: nothing waits for it
      return;
    }
    run(
        () -> {
          switch (reason) {
            case Punt.LLDP -> discovery.packetIn(device, ingressPort, frame);
            case Punt.ARP -> neighbors.arp(device, ingressPort, frame);
            case Punt.ND -> neighbors.neighborDiscovery(device, ingressPort, frame);
            case Punt.PROBE -> prober.packetIn(frame);
            default -> log.debug("{}: packet-in with reason {}", device, reason);
          }
        });
  }

  @Override
  public void close() {
    if (discoveryTimer != null) {
      discoveryTimer.cancel(false);
    }
  }

  private void run(Runnable task) {
    try {
      control.execute(guarded(task));
    } catch (RejectedExecutionException stopping) {
      log.debug("the node stops; a task was dropped");
    }
  }

  /** A bug in one task must not silence the thread that all others need. */
  private static Runnable guarded(Runnable task) {
    return () -> {
      try {
        task.run();
      } catch (RuntimeException | AssertionError e) {
        log.error("a bug in the control loop", e);
      }
    };
  }
}
