package io.myelin.sim.trace;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Objective;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.Repair;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Collective;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.RequestRecord;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.sim.Ecmp;
import io.myelin.sim.SimFabric;
import io.myelin.sim.SimFlow;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Myelin's own decisions: jobs are placed, admitted, repaired and released by the core's state
 * machine, as a node does it. What has no lease, or a degraded one, goes by WCMP.
 *
 * <p>The scheduler asks for line rate; where that is refused, for more queue pairs, then for less,
 * and for all of it again whenever something has become free.
 */
final class MyelinRouter implements Router {
  /** What is asked for, best first. */
  private static final List<Request> REQUESTS =
      List.of(
          new Request(1, 1),
          new Request(4, 1),
          new Request(16, 0.94),
          new Request(16, 0.88),
          new Request(16, 0.8),
          new Request(16, 0.65),
          new Request(16, 0.5));

  /** What is left to those who make room for others. */
  private static final Request SHRUNK = new Request(16, 0.88);

  /**
   * What a scheduler may ask for.
   *
   * @param qps queue pairs a flow
   * @param share of line rate
   */
  private record Request(int qps, double share) {
    JobSpec spec(Collective c, double line) {
      return JobSpec.of(c, qps, (long) (line * share), Terms.of(Objective.LATENCY));
    }
  }

  /** What passes a lease's meter above its rate (PathSteering). */
  private static final double METER = 1.05;

  private final SimFabric fabric;
  private final Map<EndpointId, Integer> nics = new HashMap<>();
  private final Map<TraceJob, List<SimFlow>> flows = new LinkedHashMap<>();
  private final Set<TraceJob> hashed = new LinkedHashSet<>();
  private final Stateless byHash;
  private FabricState state;
  private final boolean[] up;
  private long clockMs = 1;
  private int refused;
  private int moved;

  MyelinRouter(SimFabric fabric) {
    this.fabric = fabric;
    byHash = new Stateless(fabric, new Ecmp(1));
    state = apply(FabricState.EMPTY, new Command.SetInventory(fabric.topology().inventory(), 0));
    for (int i = 0; i < fabric.nics(); i++) {
      nics.put(fabric.nic(i).id(), i);
    }
    up = new boolean[fabric.topology().fabricLinks()];
    java.util.Arrays.fill(up, true);
  }

  /** Jobs that got no leases when they began. */
  int refused() {
    return refused;
  }

  /** Leases of running jobs that were moved for others, or off broken links. */
  int moved() {
    return moved;
  }

  private static FabricState apply(FabricState s, Command c) {
    Applied a = StateMachine.apply(s, c);
    if (a.outcome() instanceof Outcome.Refused) {
      throw new IllegalStateException(c.getClass().getSimpleName() + ": " + a.outcome());
    }
    return a.after();
  }

  private Now now() {
    return Now.calm(clockMs);
  }

  private static JobName name(TraceJob job) {
    return new JobName(FabricBuilder.TENANT, "job" + job.id());
  }

  @Override
  public void begin(TraceJob job, List<SimFlow> list) {
    flows.put(job, list);
    if (!ask(job, list)) {
      shrinkNeighbours(list);
      if (!ask(job, list)) {
        refused++;
        hashed.add(job);
        byHash.begin(job, list);
      }
    }
  }

  /** Asks for a job that has no leases; says whether it has them now. */
  private boolean ask(TraceJob job, List<SimFlow> list) {
    List<FabricState.Pair> pairs = new ArrayList<>();
    for (SimFlow f : list) {
      pairs.add(new FabricState.Pair(fabric.nic(f.from()).id(), fabric.nic(f.to()).id()));
    }
    for (Request request : REQUESTS) {
      JobSpec spec = request.spec(Collective.of(pairs), line());
      if (GroupPlacement.find(state, spec, null, now()) instanceof GroupPlacement.Placed p) {
        moved += p.fit().moved();
        state =
            apply(
                state,
                new Command.CreateJob(
                    name(job), spec, p.routes(), p.moves(), p.fit(), null, clockMs));
        provision();
        return true;
      }
    }
    return false;
  }

  /** A fair scheduler lets those step back a little who share a leaf with one that gets nothing. */
  private void shrinkNeighbours(List<SimFlow> list) {
    BitSet leaves = new BitSet();
    list.forEach(f -> leaves.set(fabric.leaf(f.from())));
    flows.forEach(
        (other, theirs) -> {
          Job held = state.jobs().get(name(other));
          if (held != null
              && held.lives()
              && held.spec().bandwidthBps() > line() * SHRUNK.share()
              && theirs.stream().anyMatch(f -> leaves.get(fabric.leaf(f.from())))) {
            change(held, SHRUNK.spec(held.spec().collective(), line()));
          }
        });
  }

  /** The switches are quick. */
  private void provision() {
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease l = e.getValue();
      if (l.state() == LeaseState.PROVISIONING) {
        state = apply(state, new Command.Provisioned(l.name(), l.generation(), clockMs));
      }
    }
  }

  @Override
  public void end(TraceJob job) {
    flows.remove(job);
    hashed.remove(job);
    byHash.end(job);
    Job held = state.jobs().get(name(job));
    if (held == null) {
      return;
    }
    state = apply(state, new Command.ReleaseJob(held.name(), 0, null, clockMs));
    for (Map.Entry<LeaseName, Boolean> e : held.leases()) {
      Lease l = state.leases().get(e.getKey());
      if (l != null) {
        state = apply(state, new Command.Released(l.name(), l.generation(), clockMs));
      }
    }
    // What has ended is forgotten: a real node keeps it for a day, which takes nothing but memory.
    clockMs += RequestRecord.KEPT_MS + 1;
    state = apply(state, new Command.Tick(clockMs));
    repair();
    adapt();
  }

  @Override
  public void linksChanged() {
    for (int l = 0; l < up.length; l++) {
      if (up[l] != fabric.isUp(l)) {
        up[l] = fabric.isUp(l);
        LinkId id = fabric.topology().id(l);
        state =
            apply(state, new Command.ObserveLink(id, up[l], Command.ObserveLink.UNKNOWN, clockMs));
      }
    }
    repair();
    adapt();
    byHash.linksChanged();
  }

  private double line() {
    return fabric.capacityBps(fabric.uplink(0));
  }

  /**
   * What a scheduler that watches its jobs does: one that is degraded asks for what still fits,
   * over more queue pairs, one that has less than line rate for more when there may be some.
   */
  private void adapt() {
    for (TraceJob job : List.copyOf(hashed)) {
      if (ask(job, flows.getOrDefault(job, List.of()))) {
        hashed.remove(job);
        byHash.end(job);
      }
    }
    for (Map.Entry<JobName, Job> e : state.jobs()) {
      Job job = e.getValue();
      boolean degraded = job.state() == Job.JobState.DEGRADED;
      if (!job.lives()) {
        continue;
      }
      for (Request request : REQUESTS) {
        JobSpec spec = request.spec(job.spec().collective(), line());
        if ((spec.equals(job.spec()) && !degraded) || change(job, spec)) {
          break;
        }
      }
    }
    provision();
  }

  /** Asks for other terms of a running job; says whether they were granted. */
  private boolean change(Job job, JobSpec spec) {
    if (!(GroupPlacement.find(state, spec, job, now()) instanceof GroupPlacement.Placed p)) {
      return false;
    }
    moved += p.fit().moved();
    state =
        apply(
            state,
            new Command.UpdateJob(
                job.name(), spec, p.routes(), p.moves(), p.fit(), 0, null, clockMs));
    for (Map.Entry<LeaseName, Boolean> e : job.leases()) {
      Lease l = state.leases().get(e.getKey());
      if (l != null && l.state() == LeaseState.RELEASING) {
        state = apply(state, new Command.Released(l.name(), l.generation(), clockMs));
      }
    }
    return true;
  }

  /** Moves leases off broken links, and degraded ones to where there is room again. */
  private void repair() {
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease lease = state.leases().get(e.getKey());
      if (lease == null || !lease.state().lives()) {
        continue;
      }
      boolean broken = lease.path().links().stream().anyMatch(l -> !state.isUp(l));
      if (!broken && lease.state() != LeaseState.DEGRADED) {
        continue;
      }
      List<Command.Move> moves = Repair.find(state, lease, now());
      if (moves != null) {
        moved += moves.size();
        state = apply(state, new Command.MoveLeases(moves, "repaired", clockMs));
      } else {
        state =
            apply(
                state,
                new Command.DegradeLease(lease.name(), lease.generation(), "broken", clockMs));
      }
    }
    provision();
  }

  @Override
  public List<Part> parts(TraceJob job) {
    Job held = state.jobs().get(name(job));
    List<SimFlow> list = flows.get(job);
    if (held == null || list == null) {
      return byHash.parts(job);
    }
    Map<FabricState.Pair, Integer> numbers = new HashMap<>();
    for (int f = 0; f < list.size(); f++) {
      SimFlow flow = list.get(f);
      numbers.put(
          new FabricState.Pair(fabric.nic(flow.from()).id(), fabric.nic(flow.to()).id()), f);
    }
    List<Part> parts = new ArrayList<>();
    for (Map.Entry<LeaseName, Boolean> e : held.leases()) {
      Lease lease = state.leases().get(e.getKey());
      if (lease != null) {
        LeaseSpec spec = lease.spec();
        int flow = numbers.getOrDefault(new FabricState.Pair(spec.source(), spec.destination()), 0);
        Part part = part(lease, flow, list.get(flow), held.spec().qpsPerPair());
        if (part != null) {
          parts.add(part);
        }
      }
    }
    return parts;
  }

  private @Nullable Part part(Lease lease, int flow, SimFlow f, int qps) {
    if (lease.state().steers()) {
      int[] links =
          lease.path().links().stream()
              .map(fabric.topology()::number)
              .mapToInt(l -> l == null ? -1 : l)
              .toArray();
      return new Part(flow, 1.0 / qps, links, new double[0], lease.spec().bandwidthBps() * METER);
    }
    List<Part> way = new ArrayList<>();
    new Ecmp(1)
        .route(
            fabric,
            List.of(f),
            lease.name().hashCode(),
            (i, share, links, shares) ->
                way.add(new Part(flow, 1.0 / qps, links, shares, Double.POSITIVE_INFINITY)));
    return way.isEmpty() ? null : way.get(0);
  }
}
