package io.myelin.node;

import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Estimator;
import io.myelin.core.loop.Loops;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.path.Path;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.NotCommitted;
import io.myelin.core.port.Rejection;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.SwitchCounters;
import io.myelin.node.control.Controller;
import io.myelin.node.control.FrameSeal;
import io.myelin.node.control.Pace;
import io.myelin.node.northbound.ControlledFabric;
import io.myelin.node.thread.GuardedExecutor;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The controller of a member while it leads, and nothing while it does not: with each leadership
 * come sessions under an election id of its own, which outbids all before it (invariant 5).
 *
 * <p>What watches switches and loops watches through here, whichever controller there is.
 */
public final class LeaderController implements ControlledFabric, AutoCloseable {

  /** What there is while this member leads. */
  private record Hands(
      Leadership leadership,
      GuardedExecutor control,
      Southbound southbound,
      Controller controller) {}

  private final StateLog stateLog;
  private final Supplier<GuardedExecutor> threads;
  private final BiFunction<U128, GuardedExecutor, Southbound> switches;
  private final LongSupplier clockMs;
  private final Pace pace;
  private final Supplier<FrameSeal> seals;
  private final List<Runnable> onChange = new CopyOnWriteArrayList<>();
  private final List<Consumer<Congestion>> onCongestion = new CopyOnWriteArrayList<>();
  private final List<Consumer<RecordedDecision>> onDecision = new CopyOnWriteArrayList<>();
  private volatile Loops.Mode mode;
  private volatile @Nullable Hands hands;

  /**
   * @param threads makes control threads
   * @param switches makes sessions under an election id
   */
  public LeaderController(
      StateLog stateLog,
      Supplier<GuardedExecutor> threads,
      BiFunction<U128, GuardedExecutor, Southbound> switches,
      LongSupplier clockMs,
      Pace pace) {
    this(stateLog, threads, switches, clockMs, pace, FrameSeal::fresh);
  }

  /** The same, with seals that make runs repeatable. */
  public LeaderController(
      StateLog stateLog,
      Supplier<GuardedExecutor> threads,
      BiFunction<U128, GuardedExecutor, Southbound> switches,
      LongSupplier clockMs,
      Pace pace,
      Supplier<FrameSeal> seals) {
    this.seals = seals;
    this.stateLog = stateLog;
    this.threads = threads;
    this.switches = switches;
    this.clockMs = clockMs;
    this.pace = pace;
    mode = pace.loops();
  }

  /** Takes over: reads what the switches hold and repairs the difference. */
  public synchronized void take(Leadership leadership) {
    leave();
    if (!stateLog.leadership().equals(leadership)) {
      return; // over already; a later change than this waits for us to end
    }
    GuardedExecutor control = threads.get();
    Southbound southbound =
        switches.apply(new U128(leadership.epoch(), leadership.term()), control);
    Controller controller =
        new Controller(stateLog, southbound, control, clockMs, pace.with(mode), seals.get());
    onChange.forEach(r -> controller.status().onChange(r));
    onCongestion.forEach(controller::onCongestion);
    onDecision.forEach(controller::onDecision);
    hands = new Hands(leadership, control, southbound, controller);
    controller.start();
  }

  /** Lets go of the switches, which go on as they are. */
  public synchronized void leave() {
    Hands h = hands;
    hands = null;
    if (h != null) {
      h.controller.close();
      h.southbound.close();
      h.control.shutdownNow();
      onChange.forEach(Runnable::run);
    }
  }

  /** Whether this leadership has a controller. */
  public boolean holds(Leadership leadership) {
    Hands h = hands;
    return h != null && h.leadership.equals(leadership);
  }

  /** Whether the loops act from now on, under this and later leaderships. */
  public void mode(Loops.Mode now) {
    mode = now;
    Hands h = hands;
    if (h != null) {
      h.controller.mode(now);
    }
  }

  long counterReports() {
    Hands h = hands;
    return h == null ? 0 : h.controller.counterReports();
  }

  /** Reads a device's counters; fails with {@link NotCommitted} when this one does not lead. */
  @Override
  public CompletableFuture<SwitchCounters> read(DeviceId device) {
    Hands h = hands;
    return h == null
        ? CompletableFuture.failedFuture(new NotCommitted("this member does not lead"))
        : h.southbound
            .readCounters(device, SwitchCounters.names(h.southbound.pipeline()))
            .thenApply(SwitchCounters::of);
  }

  /** Where there are no sessions, nothing is known to be wrong. */
  @Override
  public boolean usable(DeviceId device) {
    Hands h = hands;
    return h == null || h.controller.status().usable(device);
  }

  @Override
  public Status of(DeviceId device) {
    Hands h = hands;
    return h == null ? Status.UNKNOWN : h.controller.status().of(device);
  }

  @Override
  public SortedMap<Rejection, Long> rejected(DeviceId device) {
    Hands h = hands;
    return h == null ? Collections.emptySortedMap() : h.controller.rejected(device);
  }

  @Override
  public long repaired(DeviceId device) {
    Hands h = hands;
    return h == null ? 0 : h.controller.status().repaired(device);
  }

  @Override
  public long missedFrames() {
    Hands h = hands;
    return h == null ? 0 : h.controller.missedFrames();
  }

  @Override
  public SortedMap<LinkId, LinkId> miscabled() {
    Hands h = hands;
    return h == null ? Collections.emptySortedMap() : h.controller.miscabled();
  }

  @Override
  public synchronized void onChange(Runnable callback) {
    onChange.add(callback);
    Hands h = hands;
    if (h != null) {
      h.controller.status().onChange(callback);
    }
  }

  @Override
  public List<Congestion> congestion() {
    Hands h = hands;
    return h == null ? List.of() : h.controller.congestion();
  }

  @Override
  public @Nullable Congestion congestion(Queue queue) {
    Hands h = hands;
    return h == null ? null : h.controller.congestion(queue);
  }

  @Override
  public synchronized void onCongestion(Consumer<Congestion> listener) {
    onCongestion.add(listener);
    Hands h = hands;
    if (h != null) {
      h.controller.onCongestion(listener);
    }
  }

  @Override
  public CompletableFuture<PathProbe> probe(Path path) {
    Hands h = hands;
    return h == null
        ? CompletableFuture.failedFuture(new NotCommitted("this member does not lead"))
        : h.controller.probe(path);
  }

  @Override
  public Estimate estimate(PortRef port, long capacityBps) {
    Hands h = hands;
    return h == null ? Estimate.UNKNOWN : h.controller.estimate(port, capacityBps);
  }

  @Override
  public Estimator.@Nullable Counters counters(PortRef port) {
    Hands h = hands;
    return h == null ? null : h.controller.counters(port);
  }

  @Override
  public List<RecordedDecision> decisions() {
    Hands h = hands;
    return h == null ? List.of() : h.controller.decisions();
  }

  @Override
  public synchronized void onDecision(Consumer<RecordedDecision> listener) {
    onDecision.add(listener);
    Hands h = hands;
    if (h != null) {
      h.controller.onDecision(listener);
    }
  }

  @Override
  public void close() {
    leave();
  }
}
