package io.myelin.sim.trace;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.path.Objective;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.Repair;
import io.myelin.core.state.Collective;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Terms;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A scheduler that watches its jobs, instead of the node's fair shares: it asks for line rate,
 * where that is refused for more queue pairs, then for less from a list of rates, and for all of it
 * again whenever something has become free. Those that are beside a job which gets nothing step
 * back a little.
 */
final class SchedulerRule implements Rule {
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
    JobSpec spec(Collective c, long lineBps) {
      return JobSpec.of(c, qps, (long) ((double) lineBps * share), Terms.of(Objective.LATENCY));
    }
  }

  private final VirtualNode node;
  private final long lineBps;

  /**
   * @param lineBps bits per second of a NIC
   */
  SchedulerRule(VirtualNode node, long lineBps) {
    this.node = node;
    this.lineBps = lineBps;
  }

  @Override
  public VirtualNode node() {
    return node;
  }

  @Override
  public boolean begin(JobName job, List<FabricState.Pair> flows) {
    if (again(job, flows)) {
      return true;
    }
    shrinkNeighbours(flows);
    return again(job, flows);
  }

  @Override
  public boolean again(JobName job, List<FabricState.Pair> flows) {
    for (Request request : REQUESTS) {
      JobSpec spec = request.spec(Collective.of(flows), lineBps);
      if (GroupPlacement.find(node.state(), spec, null, node.now())
          instanceof GroupPlacement.Placed p) {
        node.apply(
            new Command.CreateJob(job, spec, p.routes(), p.moves(), p.fit(), null, node.timeMs()));
        node.settle();
        return true;
      }
    }
    return false;
  }

  /** A fair scheduler lets those step back a little who share a leaf with one that gets nothing. */
  private void shrinkNeighbours(List<FabricState.Pair> flows) {
    Set<DeviceId> leaves = new HashSet<>();
    flows.forEach(f -> leaves.add(leaf(f)));
    List<Job> eldest = new ArrayList<>();
    node.state().jobs().forEach((name, job) -> eldest.add(job));
    eldest.sort(Comparator.comparingLong(Job::createTimeMs));
    for (Job other : eldest) {
      if (other.lives()
          && other.spec().bandwidthBps() > (double) lineBps * SHRUNK.share()
          && other.spec().collective().pairs().stream().anyMatch(f -> leaves.contains(leaf(f)))) {
        change(other, SHRUNK.spec(other.spec().collective(), lineBps));
      }
    }
  }

  /** The switch that a flow comes from. */
  private DeviceId leaf(FabricState.Pair flow) {
    Endpoint source = node.state().inventory().endpoints().get(flow.source());
    if (source == null) {
      throw new AssertionError("no endpoint " + flow.source());
    }
    return source.attachment().device();
  }

  @Override
  public void end(JobName job) {
    node.apply(new Command.ReleaseJob(job, 0, null, node.timeMs()));
    node.settle();
    node.forget();
    repair();
  }

  @Override
  public void observe(List<Command.ObserveLink> links) {
    links.forEach(node::apply);
    repair();
  }

  /**
   * A job that is degraded asks for what still fits, over more queue pairs; one that has less than
   * line rate for more.
   */
  @Override
  public void adapt() {
    for (Map.Entry<JobName, Job> e : node.state().jobs()) {
      Job job = e.getValue();
      boolean degraded = job.state() == Job.JobState.DEGRADED;
      if (!job.lives()) {
        continue;
      }
      for (Request request : REQUESTS) {
        JobSpec spec = request.spec(job.spec().collective(), lineBps);
        if ((spec.equals(job.spec()) && !degraded) || change(job, spec)) {
          break;
        }
      }
    }
  }

  /** Asks for other terms of a running job; says whether they were granted. */
  private boolean change(Job job, JobSpec spec) {
    if (!(GroupPlacement.find(node.state(), spec, job, node.now())
        instanceof GroupPlacement.Placed p)) {
      return false;
    }
    node.apply(
        new Command.UpdateJob(
            job.name(), spec, p.routes(), p.moves(), p.fit(), 0, null, node.timeMs()));
    node.settle();
    return true;
  }

  /** Moves leases off broken links, and degraded ones to where there is room again. */
  private void repair() {
    for (Map.Entry<LeaseName, Lease> e : node.state().leases()) {
      FabricState state = node.state();
      Lease lease = state.leases().get(e.getKey());
      if (lease == null || !lease.state().lives()) {
        continue;
      }
      boolean broken = lease.path().links().stream().anyMatch(l -> !state.isUp(l));
      if (!broken && lease.state() != LeaseState.DEGRADED) {
        continue;
      }
      List<Command.Move> moves = Repair.find(state, lease, node.now());
      node.apply(
          moves != null
              ? new Command.MoveLeases(moves, "repaired", node.timeMs())
              : new Command.DegradeLease(
                  lease.name(), lease.generation(), "broken", node.timeMs()));
    }
    node.settle();
  }
}
