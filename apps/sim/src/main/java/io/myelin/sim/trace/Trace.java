package io.myelin.sim.trace;

import io.myelin.core.model.Inventory;
import io.myelin.sim.FlowFabric;
import io.myelin.sim.MaxMin;
import io.myelin.sim.Patterns;
import io.myelin.sim.Pinning;
import io.myelin.sim.Placed;
import io.myelin.sim.SimFlow;
import io.myelin.sim.Strategies;
import io.myelin.sim.Strategy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A scenario under one strategy, from event to event in virtual time. Jobs wait in line for free
 * NICs, the first that are free in the order of racks. Between events each job goes on at the speed
 * that its slowest flow allows while all running jobs communicate: no job is lucky.
 */
public final class Trace {
  private static final double HOUR_S = 3600;

  private final FlowFabric fabric;
  private final TraceEvents scenario;
  private final Strategy strategy;
  private final Router router;
  private final Map<TraceJob, Running> running = new LinkedHashMap<>();
  private final Deque<TraceJob> waiting = new ArrayDeque<>();
  private final BitSet taken = new BitSet();
  private final int[] failures;
  private final List<Double> slowdowns = new ArrayList<>();
  private final List<TraceResult.Sample> samples = new ArrayList<>();
  private double nowS;
  private double busyS;
  private double idleS;
  private double idealS;
  private double[] peakLoads = new double[0];
  private double peak;

  /** A job that has its NICs. */
  private static final class Running {
    final List<Integer> nics;
    final double startS;
    double stepsLeft;
    double networkS;

    Running(List<Integer> nics, double startS, double stepsLeft) {
      this.nics = nics;
      this.startS = startS;
      this.stepsLeft = stepsLeft;
    }
  }

  private Trace(Inventory inventory, TraceEvents scenario, Strategy strategy) {
    fabric = new FlowFabric(inventory);
    this.scenario = scenario;
    this.strategy = strategy;
    failures = new int[fabric.topology().fabricLinks()];
    router = router(fabric, strategy);
  }

  static Router router(FlowFabric fabric, Strategy strategy) {
    if (strategy instanceof Placed p) {
      VirtualNode node = new VirtualNode(fabric.topology().inventory());
      long lineBps = (long) fabric.capacityBps(fabric.uplink(0));
      return new MyelinRouter(
          fabric,
          switch (p.upkeep()) {
            case NODE -> new NodeRule(node, lineBps, p.qps());
            case SCHEDULER -> new SchedulerRule(node, lineBps);
          });
    } else if (strategy instanceof Pinning p && p.rule() == Pinning.Rule.LEAST_LOADED) {
      return new LeastLoadedRouter(fabric);
    }
    return new Router.Stateless(fabric, strategy);
  }

  /**
   * All that are compared, ours last: with the node's own rule, and with a scheduler that watches.
   *
   * @param qps queue pairs of each flow that jobs ask for under the node's own rule
   */
  public static List<Strategy> strategies(int qps) {
    List<Strategy> all = new ArrayList<>(Strategies.all());
    all.removeIf(s -> s instanceof Placed);
    all.add(new Placed(Placed.Upkeep.NODE, qps));
    all.add(new Placed(Placed.Upkeep.SCHEDULER, qps));
    return List.copyOf(all);
  }

  /** Runs it to the end of its hours. */
  public static TraceResult run(Inventory inventory, TraceEvents scenario, Strategy strategy) {
    return new Trace(inventory, scenario, strategy).run();
  }

  private TraceResult run() {
    double endS = scenario.hours() * HOUR_S;
    int job = 0;
    int fault = 0;
    while (true) {
      double arrival = job < scenario.jobs().size() ? scenario.jobs().get(job).arrivalS() : endS;
      double failing =
          fault < scenario.faults().size() ? scenario.faults().get(fault).timeS() : endS;
      TraceJob first = nextToEnd();
      double ending = first == null ? endS : nowS + remainingS(first);
      double next = Math.min(Math.min(arrival, failing), Math.min(ending, endS));
      pass(next - nowS);
      if (next >= endS) {
        break;
      } else if (first != null && ending <= next) {
        end(first);
      } else if (arrival <= next) {
        waiting.add(scenario.jobs().get(job++));
      } else {
        apply(scenario.faults().get(fault++));
      }
      admit();
      share();
    }
    return new TraceResult(
        strategy.name(),
        busyS / HOUR_S,
        idleS / HOUR_S,
        idealS / HOUR_S,
        slowdowns.size(),
        List.copyOf(slowdowns),
        List.copyOf(samples),
        peakLoads,
        router.notes());
  }

  private @Nullable TraceJob nextToEnd() {
    TraceJob first = null;
    for (TraceJob job : running.keySet()) {
      first = first == null || remainingS(job) < remainingS(first) ? job : first;
    }
    return first;
  }

  private Running held(TraceJob job) {
    Running r = running.get(job);
    if (r == null) {
      throw new AssertionError(job + " is not running");
    }
    return r;
  }

  private double remainingS(TraceJob job) {
    Running r = held(job);
    return r.stepsLeft * (job.computeS() + r.networkS);
  }

  /** Seconds of a step's communication with every NIC at line rate. */
  private double idealS(TraceJob job) {
    return job.bytes() * 8 / fabric.capacityBps(fabric.uplink(0));
  }

  private void pass(double seconds) {
    running.forEach(
        (job, r) -> {
          double step = job.computeS() + r.networkS;
          double steps = Double.isInfinite(step) ? 0 : Math.min(r.stepsLeft, seconds / step);
          r.stepsLeft -= steps;
          busyS += seconds * job.gpus();
          idleS += (seconds - steps * job.computeS()) * job.gpus();
          idealS += steps * idealS(job) * job.gpus();
        });
    nowS += seconds;
  }

  private void end(TraceJob job) {
    Running r = held(job);
    double ideal = job.steps() * (job.computeS() + idealS(job));
    slowdowns.add((nowS - r.startS) / ideal);
    r.nics.forEach(taken::clear);
    running.remove(job);
    router.end(job);
  }

  private void apply(TraceEvent e) {
    for (int l : e.links()) {
      int cable = Math.min(l, fabric.topology().reverse(l));
      failures[cable] += e.what() == TraceEvent.What.FAILS ? 1 : -1;
      fabric.setUp(cable, failures[cable] > 0 ? FlowFabric.Cable.CUT : FlowFabric.Cable.UP);
    }
    router.linksChanged();
  }

  private void admit() {
    while (!waiting.isEmpty() && waiting.element().gpus() <= fabric.nics() - taken.cardinality()) {
      TraceJob job = waiting.remove();
      List<Integer> nics = new ArrayList<>();
      for (int i = taken.nextClearBit(0); nics.size() < job.gpus(); i = taken.nextClearBit(i + 1)) {
        nics.add(i);
      }
      nics.forEach(taken::set);
      List<Integer> order = interleaved(nics);
      running.put(job, new Running(nics, nowS, job.steps()));
      List<SimFlow> ring = Patterns.ring(order, job.bytes());
      router.begin(job, ring);
    }
  }

  /** Ranks go round the racks, as they do where each rail of a host has a ring of its own. */
  private List<Integer> interleaved(List<Integer> nics) {
    Map<Integer, Deque<Integer>> racks = new LinkedHashMap<>();
    nics.forEach(n -> racks.computeIfAbsent(fabric.leaf(n), l -> new ArrayDeque<>()).add(n));
    List<Integer> order = new ArrayList<>();
    while (order.size() < nics.size()) {
      for (Deque<Integer> rack : racks.values()) {
        if (!rack.isEmpty()) {
          order.add(rack.remove());
        }
      }
    }
    return order;
  }

  /** What each job gets of the network from now on. */
  private void share() {
    MaxMin net = new MaxMin(fabric);
    List<TraceJob> owner = new ArrayList<>();
    List<Router.Part> parts = new ArrayList<>();
    for (TraceJob job : running.keySet()) {
      for (Router.Part p : router.parts(job)) {
        net.add(p.flow(), p.share(), p.links(), p.shares());
        owner.add(job);
        parts.add(p);
      }
    }
    BitSet all = new BitSet();
    all.set(0, net.parts());
    double[] rate = net.rates(all);
    Map<TraceJob, double[]> covered = new LinkedHashMap<>();
    running.forEach(
        (job, r) -> {
          r.networkS = 0;
          covered.put(job, new double[job.gpus()]);
        });
    double[] load = new double[fabric.topology().fabricLinks()];
    for (int p = 0; p < rate.length; p++) {
      Router.Part part = parts.get(p);
      TraceJob job = owner.get(p);
      double bps = Math.min(rate[p], part.capBps());
      Running r = held(job);
      r.networkS = Math.max(r.networkS, job.bytes() * 8 * part.share() / bps);
      covered.getOrDefault(job, new double[0])[part.flow()] += part.share();
      for (int i = 0; i < part.links().length; i++) {
        int l = part.links()[i];
        if (l < load.length) {
          load[l] +=
              bps
                  * (part.shares().length == 0 ? 1 : part.shares()[i])
                  / fabric.topology().capacityBps(l);
        }
      }
    }
    covered.forEach(
        (job, shares) -> {
          if (Arrays.stream(shares).anyMatch(s -> s < 1 - 1e-6)) {
            held(job).networkS =
                Double.POSITIVE_INFINITY; // a flow has no way: the job stands still
          }
        });
    sample(load);
  }

  private void sample(double[] load) {
    int gpus = 0;
    double idle = 0;
    for (Map.Entry<TraceJob, Running> e : running.entrySet()) {
      TraceJob job = e.getKey();
      double network = e.getValue().networkS;
      gpus += job.gpus();
      idle += job.gpus() * (Double.isInfinite(network) ? 1 : network / (network + job.computeS()));
    }
    samples.add(new TraceResult.Sample(nowS / HOUR_S, gpus, gpus == 0 ? 0 : idle / gpus));
    if (gpus > peak || (gpus == peak && peakLoads.length == 0)) {
      peak = gpus;
      peakLoads = load;
    }
  }
}
