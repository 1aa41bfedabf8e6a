package io.myelin.node.control;

import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Estimator;
import io.myelin.core.loop.Hysteresis;
import io.myelin.core.loop.Loops;
import io.myelin.core.loop.Policy;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.loop.SwitchClocks;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.path.Path;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Rejection;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.node.thread.GuardedExecutor;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The leader's work: follows the log and drives the switches. Everything runs on one thread, the
 * control thread, in the order in which it happened.
 */
public final class Controller implements Southbound.Listener, Telemetry, Loops, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Controller.class);

  /**
   * Frames of a switch that may wait for the control thread: a round of LLDP and probes of all its
   * ports, several times over. A switch that sends more loses them, and nobody else's wait longer.
   */
  static final int MAX_WAITING = 1_024;

  private final StateLog stateLog;
  private final Pipeline pipeline;
  private final GuardedExecutor control;
  private final Reconciler reconciler;
  private final Discovery discovery;
  private final NeighborProxy neighbors;
  private final Rejections rejections;
  private final Map<DeviceId, AtomicInteger> waiting = new ConcurrentHashMap<>();
  private final LeaseKeeper keeper;
  private final CongestionMonitor congestion;
  private final Prober prober;
  private final Estimator estimator;
  private final SwitchClocks clocks = new SwitchClocks();
  private final Collector collector;
  private final UsageMeter usage;
  private final LoopDriver loops;
  private final DecisionLog decisions = new DecisionLog();
  private final Pace pace;
  private final LongSupplier clockMs;
  private final List<ScheduledFuture<?>> timers = new ArrayList<>();
  private final Consumer<Applied> follower = this::follow;
  private volatile boolean closed;

  /**
   * @param control the control thread; single-threaded
   * @param clockMs wall clock, milliseconds since 1970
   * @param pace of what is done on schedule
   * @param seal of the frames that this controller sends and expects back
   */
  public Controller(
      StateLog stateLog,
      Southbound southbound,
      GuardedExecutor control,
      LongSupplier clockMs,
      Pace pace,
      FrameSeal seal) {
    this.stateLog = stateLog;
    pipeline = southbound.pipeline();
    this.control = control;
    ControlContext context = new ControlContext(stateLog, southbound, control, clockMs);
    StateLog insistent = new RetryingStateLog(stateLog, control);
    usage = new UsageMeter(insistent, pipeline, clockMs);
    reconciler = new Reconciler(context.withLog(insistent), this, usage::made, this::catchUpLater);
    rejections = new Rejections(clockMs);
    neighbors = new NeighborProxy(stateLog, southbound, rejections);
    congestion = new CongestionMonitor(clockMs);
    prober = new Prober(stateLog, southbound, control, seal, rejections);
    discovery = new Discovery(context, reconciler, prober, pace.discovery(), seal, rejections);
    this.pace = pace;
    this.clockMs = clockMs;
    LiveConditions present = new LiveConditions(reconciler, this, clockMs);
    estimator = new Estimator(pace.counters().toMillis());
    collector = new Collector(context, reconciler, estimator, clocks, usage);
    loops =
        new LoopDriver(
            context.withLog(insistent),
            new LoopInputs(present, this, estimator, collector),
            reconciler,
            decisions,
            new Hysteresis(Policy.DEFAULT));
    loops.mode(pace.loops());
    keeper = new LeaseKeeper(insistent, present, control, loops::replaced);
    congestion.listen(loops::heard);
  }

  /** Begins to follow the log and to connect the devices of the inventory. */
  public void start() {
    run(
        () -> {
          // Registered on the control thread, so that no change slips between state and follower.
          FabricState state = stateLog.follow(follower);
          loops.start(state);
          reconciler.start(state);
          keeper.start(state);
          usage.start(state);
          reconciler.onChange(() -> run(keeper::retryDegraded));
        });
    every(pace.discovery(), discovery::tick);
    every(pace.counters(), loops::tick);
    every(pace.optimiser(), loops::optimise);
  }

  private void every(Duration interval, Runnable task) {
    long ns = interval.toNanos();
    timers.add(control.scheduleWithFixedDelay(task, ns, ns, TimeUnit.NANOSECONDS));
  }

  /** Whether the loops act from now on. */
  public void mode(Loops.Mode mode) {
    loops.mode(mode);
  }

  /** Answers to reads of counters that switches gave so far. */
  public long counterReports() {
    return collector.reports();
  }

  @Override
  public Estimate estimate(PortRef port, long capacityBps) {
    return estimator.of(port, capacityBps, clockMs.getAsLong());
  }

  @Override
  public Estimator.@Nullable Counters counters(PortRef port) {
    return estimator.counters(port);
  }

  @Override
  public List<RecordedDecision> decisions() {
    return decisions.newestFirst();
  }

  @Override
  public void onDecision(Consumer<RecordedDecision> listener) {
    decisions.listen(listener);
  }

  /** How the devices are. */
  public DeviceStatus status() {
    return reconciler;
  }

  /** Frames of a device that were rejected so far, by why. */
  public SortedMap<Rejection, Long> rejected(DeviceId device) {
    return rejections.of(device);
  }

  /** Discovery frames that did not come although both ends were there. */
  public long missedFrames() {
    return discovery.missedFrames();
  }

  /** Links whose cable goes elsewhere, and where. */
  public SortedMap<LinkId, LinkId> miscabled() {
    return discovery.miscabled();
  }

  private void follow(Applied a) {
    run(() -> applied(a), this::catchUpLater);
  }

  /** After an exception nobody knows what of a change was taken over: all is compared again. */
  private void catchUpLater() {
    control.schedule(
        () -> {
          FabricState state = stateLog.state();
          reconciler.start(state);
          keeper.start(state);
        },
        this::catchUpLater,
        Reconciler.RECOVER_MS,
        TimeUnit.MILLISECONDS);
  }

  private void applied(Applied a) {
    reconciler.applied(a);
    keeper.applied(a);
    usage.applied(a);
  }

  @Override
  public void ready(DeviceId device) {
    run(() -> reconciler.ready(device));
  }

  @Override
  public void lost(DeviceId device, String why) {
    congestion.forget(device);
    estimator.forget(device);
    clocks.forget(device);
    run(
        () -> {
          collector.forget(device);
          reconciler.lost(device, why);
        });
  }

  @Override
  public int strangers(DeviceId device, Map<EntryKey, Entry> tables) {
    FabricState state = stateLog.state();
    if (!state.inventory().devices().containsKey(device)) {
      return 0;
    }
    Set<EntryKey> known = new HashSet<>(pipeline.entries(state, device).keySet());
    int strangers = 0;
    for (EntryKey key : tables.keySet()) {
      strangers += pipeline.steers(key) && !known.contains(key) ? 1 : 0;
    }
    return strangers;
  }

  /** Before an election id that nobody uses any more is outbid: its owner may be restarting. */
  static final long OUTBID_MS = 5_000;

  @Override
  public void outbid(DeviceId device, U128 heard) {
    run(
        () ->
            control.schedule(
                () -> {
                  boolean gone = reconciler.of(device).phase() == DeviceStatus.Phase.DISCONNECTED;
                  boolean higher =
                      Long.compareUnsigned(heard.hi(), stateLog.leadership().epoch()) >= 0;
                  if (!closed && gone && higher && heard.hi() != HIGHEST_EPOCH) {
                    log.info(
                        "{}: nobody is primary; the epoch is raised above {}",
                        device,
                        Long.toUnsignedString(heard.hi()));
                    var unused = stateLog.raiseEpoch(heard.hi() + 1);
                  }
                },
                OUTBID_MS,
                TimeUnit.MILLISECONDS));
  }

  /** 2^64 - 1: nothing is above it. */
  private static final long HIGHEST_EPOCH = -1;

  @Override
  public void doubtful(DeviceId device, String why) {
    log.info("{}: its tables are read again: {}", device, why);
    run(() -> reconciler.doubtful(device));
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
      DeviceId device, int ingressPort, PuntReason reason, long switchTimeUs, byte[] frame) {
    clocks.heard(device, switchTimeUs, clockMs.getAsLong());
    if (reason == PuntReason.CONGESTION) {
      congestion.packetIn(device, frame); // may come in swarms: nothing waits for it
      return;
    }
    AtomicInteger before = waiting.computeIfAbsent(device, id -> new AtomicInteger());
    if (before.get() >= MAX_WAITING) { // calls for one device come one at a time
      rejections.count(device, ingressPort, Rejection.OVERLOAD);
      return;
    }
    before.incrementAndGet();
    run(
        () -> {
          before.decrementAndGet();
          switch (reason) {
            case LLDP -> discovery.packetIn(device, ingressPort, frame);
            case ARP -> neighbors.arp(device, ingressPort, frame);
            case ND -> neighbors.neighborDiscovery(device, ingressPort, frame);
            case PROBE -> prober.packetIn(device, ingressPort, frame);
            case PORT_DOWN -> discovery.portDown(device, ingressPort);
            case ECHO, CONGESTION, UNKNOWN ->
                log.debug("{}: packet-in with reason {}", device, reason);
          }
        });
  }

  @Override
  public void close() {
    closed = true;
    stateLog.unfollow(follower);
    timers.forEach(t -> t.cancel(false));
    collector.close();
  }

  private void run(Runnable task) {
    run(task, () -> {});
  }

  private void run(Runnable task, Runnable reset) {
    if (closed) {
      return;
    }
    try {
      control.execute(task, reset);
    } catch (RejectedExecutionException stopping) {
      log.debug("the node stops; a task was dropped");
    }
  }
}
