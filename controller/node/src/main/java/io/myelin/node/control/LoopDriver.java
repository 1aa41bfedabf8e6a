package io.myelin.node.control;

import io.myelin.core.loop.CongestedLink;
import io.myelin.core.loop.CongestionMitigation;
import io.myelin.core.loop.Decision;
import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Hysteresis;
import io.myelin.core.loop.LoopSnapshot;
import io.myelin.core.loop.Loops;
import io.myelin.core.loop.Optimiser;
import io.myelin.core.loop.RecordedDecision;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Topology;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.Telemetry.Congestion;
import io.myelin.core.port.Telemetry.Queue;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.PastDecision;
import io.myelin.core.state.SteeredFlow;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the loops: hears events, has {@link CongestionMitigation} decide, tells the log, waits for
 * the switches; and now and then what is slower.
 *
 * <p>Confined to the control thread, but for {@link #heard}.
 */
final class LoopDriver {
  private static final Logger log = LoggerFactory.getLogger(LoopDriver.class);

  /** A led flow that sends nothing for so long is let go. */
  private static final long IDLE_MS = 10_000;

  /** A slowed link whose queues were calm for so long is so no more. */
  private static final long CALM_MS = 10_000;

  private final StateLog stateLog;
  private final GuardedExecutor control;
  private final LoopInputs inputs;
  private final Reconciler reconciler;
  private final DecisionLog decisions;
  private final Hysteresis calm;
  private final CongestionMitigation mitigation;
  private final Set<Queue> waiting = ConcurrentHashMap.newKeySet();
  private final Map<LinkId, Long> lastHotMs = new HashMap<>();

  /** By queue, the last of its events for whose flow a way was found. */
  private final Map<Queue, Congestion> ledBy = new HashMap<>();

  private volatile Loops.Mode mode = Loops.Mode.ON;

  LoopDriver(
      ControlContext context,
      LoopInputs inputs,
      Reconciler reconciler,
      DecisionLog decisions,
      Hysteresis calm) {
    stateLog = context.stateLog();
    control = context.control();
    this.inputs = inputs;
    this.reconciler = reconciler;
    this.decisions = decisions;
    this.calm = calm;
    mitigation = new CongestionMitigation(calm);
  }

  /** Goes on where another leader ended. */
  void start(FabricState state) {
    decisions.resume(state);
    calm.resume(state, inputs.timeMs());
  }

  /** What was decided is in the log, too, so that it outlives this leadership. */
  private void tellLog() {
    List<PastDecision> all = decisions.untold();
    if (!all.isEmpty()) {
      submit(new Command.RecordDecisions(all, inputs.timeMs()));
    }
  }

  void mode(Loops.Mode now) {
    mode = now;
  }

  /** A queue told. Any thread; may come in swarms. */
  void heard(Congestion c) {
    inputs.estimator().event(c);
    if (mode == Loops.Mode.ON && c.hot() && waiting.add(c.queue())) {
      long heardNs = System.nanoTime();
      control.execute(
          () -> {
            waiting.remove(c.queue());
            // What waited longer is of a queue that may have drained: counters tell (lookAgain).
            if (inputs.timeMs() - c.atMs() <= calm.policy().settleMs()) {
              hot(c, heardNs);
            }
          },
          () -> waiting.remove(c.queue()));
    }
  }

  private void hot(Congestion c, long heardNs) {
    FabricState state = stateLog.state();
    PortRef port = new PortRef(c.queue().device(), c.queue().port());
    int link = CongestionMitigation.link(state, port);
    if (link < 0) {
      return;
    }
    Topology topology = state.topology();
    lastHotMs.put(topology.id(link), inputs.timeMs());
    Estimate estimate = inputs.estimator().of(port, topology.capacityBps(link), inputs.timeMs());
    LoopSnapshot snapshot = inputs.snapshot(state);
    Decision d =
        mitigation.decide(snapshot, new CongestedLink(link, c.queue().queue(), c.flow(), estimate));
    if (d != null) {
      if (d.kind() == Decision.Kind.GUIDE) {
        ledBy.put(c.queue(), c);
      }
      carryOut(snapshot, d, heardNs);
    }
  }

  private void carryOut(LoopSnapshot snapshot, Decision d, long heardNs) {
    Command command = d.command();
    if (command == null) {
      decisions.add(d, inputs.timeMs());
      return; // told with the next round of counters: nobody has to be calm for it
    }
    inputs.anticipate(snapshot, command, d.link());
    control.whenComplete(
        stateLog.submit(command),
        (a, t) -> {
          if (t != null) {
            log.info("leadership ended before the log had {}", command);
          } else if (a.outcome() instanceof Outcome.Refused refusal) {
            refused(d, refusal);
          } else {
            calm.done(d.link());
            awaitSwitches(a, command, decisions.add(d, inputs.timeMs()), heardNs);
            tellLog();
          }
        });
  }

  /** The state had changed meanwhile. A decision of which nothing came is said once a reason. */
  private void refused(Decision d, Outcome.Refused refusal) {
    log.debug("{} was refused: {}", d.kind(), refusal);
    String why = d.kind() + " was refused by the state: " + refusal.getClass().getSimpleName();
    if (calm.foundNothing(d.link(), why, inputs.timeMs())) {
      decisions.add(
          new Decision(
              Decision.Kind.NONE,
              d.link(),
              d.estimate(),
              d.subjects(),
              null,
              d.before(),
              d.before(),
              why),
          inputs.timeMs());
    }
  }

  private void awaitSwitches(Applied a, Command command, RecordedDecision decided, long heardNs) {
    reconciler
        .acknowledged(a.after(), command)
        .whenComplete(
            (v, t) -> {
              if (t == null) {
                decisions.acknowledged(decided, System.nanoTime() - heardNs);
              }
            });
  }

  /** Leases were placed elsewhere together because links failed or are drained. */
  void replaced(FabricState state, Command.MoveLeases command) {
    long heardNs = System.nanoTime();
    List<Object> subjects = new ArrayList<>();
    command.moves().forEach(m -> subjects.add(m.lease()));
    Decision d =
        new Decision(
            Decision.Kind.REPLACE,
            cause(state, command),
            Estimate.UNKNOWN,
            subjects,
            command,
            0,
            0,
            command.moves().size() + " leases placed elsewhere");
    calm.done(d.link());
    RecordedDecision decided = decisions.add(d, inputs.timeMs());
    tellLog();
    command.moves().forEach(m -> calm.moved(m.lease(), inputs.timeMs()));
    reconciler
        .acknowledged(state, command)
        .whenComplete(
            (v, t) -> {
              if (t == null) {
                decisions.acknowledged(decided, System.nanoTime() - heardNs);
              }
            });
  }

  /** A link that cannot be used and that nobody uses any more. */
  private static LinkId cause(FabricState state, Command.MoveLeases command) {
    Topology topology = state.topology();
    for (int l = 0; l < topology.fabricLinks(); l++) {
      if (!state.links().get(l).up() || state.links().get(l).drained()) {
        return topology.id(l);
      }
    }
    return command.moves().get(0).route().path().links().get(0);
  }

  // ---- slower ----------------------------------------------------------------------------------

  /** After each round of counters. */
  void tick() {
    inputs.collector().tick();
    tellLog();
    if (mode == Loops.Mode.OFF) {
      return;
    }
    FabricState state = stateLog.state();
    lookAgain(state);
    for (Map.Entry<SteeredFlow.Key, SteeredFlow> e : state.loops().steered()) {
      if (inputs.timeMs() - e.getValue().sinceMs() > IDLE_MS
          && inputs.collector().idleMs(state, e.getValue()) > IDLE_MS) {
        submit(new Command.SteerFlow(e.getKey(), null, inputs.timeMs()));
      }
    }
    for (int l = 0; l < state.topology().links(); l++) {
      LinkId id = state.topology().id(l);
      long hotMs = lastHotMs.getOrDefault(id, 0L);
      if (state.links().get(l).slowed() && inputs.timeMs() - hotMs > CALM_MS) {
        submit(new Command.SlowLink(id, false, inputs.timeMs()));
      }
    }
    lastHotMs.values().removeIf(ms -> inputs.timeMs() - ms > CALM_MS);
  }

  /**
   * A queue that stands still above its threshold says nothing more: counters tell whether it still
   * has a reason to.
   */
  private void lookAgain(FabricState state) {
    for (Congestion c : inputs.telemetry().congestion()) {
      PortRef port = new PortRef(c.queue().device(), c.queue().port());
      int link = c.hot() ? CongestionMitigation.link(state, port) : -1;
      if (link < 0) {
        continue;
      }
      long capacity = state.topology().capacityBps(link);
      if (inputs.estimator().bps(port) >= calm.policy().target() * capacity) {
        hot(c.equals(ledBy.get(c.queue())) ? anonymous(c) : c, System.nanoTime());
      }
    }
  }

  /** Its flow was led elsewhere since: it is not what keeps the queue full. */
  private static Congestion anonymous(Congestion c) {
    return new Congestion(
        c.queue(), c.depth(), c.kMin(), c.packetBytes(), c.switchTimeUs(), c.atMs(), null);
  }

  /** The slow loop. */
  void optimise() {
    if (mode == Loops.Mode.OFF) {
      return;
    }
    FabricState state = stateLog.state();
    if (!inputs.collector().knowsRouted(state)) {
      log.debug("optimiser: what some leaf sends was not read lately");
      return;
    }
    LoopSnapshot snapshot = inputs.snapshot(state);
    Optimiser.Plan plan = Optimiser.plan(snapshot, inputs.collector().routed(state), calm);
    if (plan.isEmpty()) {
      return;
    }
    log.info(
        "optimiser: {} leases and {} groups of routes move: {} instead of {}, bound {}",
        plan.moves().size(),
        plan.weights().size(),
        plan.planned(),
        plan.highest(),
        plan.bound());
    long now = inputs.timeMs();
    String why = "the hottest link falls to " + Math.round(100 * plan.planned()) + "%";
    if (!plan.moves().isEmpty()) {
      var command = new Command.MoveLeases(plan.moves(), "optimised", now);
      List<Object> subjects = new ArrayList<>();
      plan.moves().forEach(m -> subjects.add(m.lease()));
      subjects.forEach(s -> calm.moved(s, now));
      carryOut(
          snapshot, optimised(Decision.Kind.MOVE, subjects, command, plan, why), System.nanoTime());
    }
    if (!plan.weights().isEmpty()) {
      var command = new Command.SetWeights(plan.weights(), now);
      List<Object> subjects = new ArrayList<>();
      plan.weights().forEach(w -> subjects.add(w.toward()));
      subjects.forEach(s -> calm.moved(s, now));
      carryOut(
          snapshot,
          optimised(Decision.Kind.WEIGHTS, subjects, command, plan, why),
          System.nanoTime());
    }
  }

  private static Decision optimised(
      Decision.Kind kind, List<Object> subjects, Command command, Optimiser.Plan plan, String why) {
    return new Decision(
        kind,
        plan.hottest(),
        Estimate.UNKNOWN,
        subjects,
        command,
        plan.highest(),
        plan.planned(),
        why);
  }

  private void submit(Command command) {
    stateLog
        .submit(command)
        .exceptionally(
            t -> {
              log.info("leadership ended before the log had {}", command);
              return null;
            });
  }
}
