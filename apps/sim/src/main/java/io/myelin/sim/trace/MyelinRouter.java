package io.myelin.sim.trace;

import io.myelin.core.model.LinkId;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.sim.Ecmp;
import io.myelin.sim.FlowFabric;
import io.myelin.sim.SimFlow;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Myelin: jobs have leases in the state machine that a node runs, asked for and kept by a {@link
 * Rule}. What has no lease, or one without a path, goes by WCMP.
 */
final class MyelinRouter implements Router {
  /** What passes a lease's meter above its rate (PathSteering). */
  static final double METER = 1.05;

  private final FlowFabric fabric;
  private final Rule rule;
  private final Map<TraceJob, List<SimFlow>> flows = new LinkedHashMap<>();
  private final Set<TraceJob> hashed = new LinkedHashSet<>();
  private final Stateless byHash;
  private final boolean[] up;
  private int refused;

  MyelinRouter(FlowFabric fabric, Rule rule) {
    this.fabric = fabric;
    this.rule = rule;
    byHash = new Stateless(fabric, new Ecmp(1));
    up = new boolean[fabric.topology().fabricLinks()];
    Arrays.fill(up, true);
  }

  @Override
  public String notes() {
    return rule.node().moved() + " leases moved, " + refused + " jobs without leases";
  }

  private static JobName name(TraceJob job) {
    return new JobName(FabricBuilder.TENANT, "job" + job.id());
  }

  private FabricState.Pair pair(SimFlow flow) {
    return new FabricState.Pair(fabric.nic(flow.from()).id(), fabric.nic(flow.to()).id());
  }

  @Override
  public void begin(TraceJob job, List<SimFlow> list) {
    flows.put(job, list);
    if (!rule.begin(name(job), list.stream().map(this::pair).toList())) {
      refused++;
      hashed.add(job);
      byHash.begin(job, list);
    }
  }

  @Override
  public void end(TraceJob job) {
    flows.remove(job);
    if (hashed.remove(job)) {
      byHash.end(job);
    } else {
      rule.end(name(job));
      askAgain();
    }
  }

  @Override
  public void linksChanged() {
    List<Command.ObserveLink> changes = new ArrayList<>();
    for (int l = 0; l < up.length; l++) {
      if (up[l] != fabric.isUp(l)) {
        up[l] = fabric.isUp(l);
        LinkId id = fabric.topology().id(l);
        changes.add(
            new Command.ObserveLink(id, up[l], Command.ObserveLink.UNKNOWN, rule.node().timeMs()));
      }
    }
    rule.observe(changes);
    askAgain();
    byHash.linksChanged();
  }

  private void askAgain() {
    for (TraceJob job : List.copyOf(hashed)) {
      List<SimFlow> list = flows.getOrDefault(job, List.of());
      if (rule.again(name(job), list.stream().map(this::pair).toList())) {
        hashed.remove(job);
        byHash.end(job);
      }
    }
    rule.adapt();
  }

  @Override
  public List<Part> parts(TraceJob job) {
    FabricState state = rule.node().state();
    Job held = state.jobs().get(name(job));
    List<SimFlow> list = flows.get(job);
    if (held == null || list == null) {
      return byHash.parts(job);
    }
    Map<FabricState.Pair, Integer> numbers = new HashMap<>();
    for (int f = 0; f < list.size(); f++) {
      numbers.put(pair(list.get(f)), f);
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
      return new Part(flow, 1.0 / qps, links, new double[0], lease.bookedBps() * METER);
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
