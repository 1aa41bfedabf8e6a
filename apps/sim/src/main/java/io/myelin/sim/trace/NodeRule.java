package io.myelin.sim.trace;

import io.myelin.core.path.Objective;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.JobFit;
import io.myelin.core.state.Collective;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Terms;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The node's own rule: a job is asked for once, at line rate; where that is refused, at the rate
 * that the refusal names. From then on the node's {@code LeaseKeeper} alone gives its leases other
 * paths, max-min fair shares of what a failure left, and the rest back. Nobody watches jobs.
 */
final class NodeRule implements Rule {
  private final VirtualNode node;
  private final long lineBps;
  private final int qps;

  /**
   * @param lineBps bits per second of a NIC
   * @param qps queue pairs of each flow
   */
  NodeRule(VirtualNode node, long lineBps, int qps) {
    this.node = node;
    this.lineBps = lineBps;
    this.qps = qps;
    node.keepLeases();
  }

  @Override
  public VirtualNode node() {
    return node;
  }

  @Override
  public boolean begin(JobName job, List<FabricState.Pair> flows) {
    boolean granted = ask(job, flows);
    node.settle();
    return granted;
  }

  @Override
  public boolean again(JobName job, List<FabricState.Pair> flows) {
    return begin(job, flows);
  }

  private boolean ask(JobName job, List<FabricState.Pair> flows) {
    JobSpec spec = JobSpec.of(Collective.of(flows), qps, lineBps, Terms.of(Objective.LATENCY));
    BiFunction<JobSpec, GroupPlacement.Placed, Command> proposal =
        (s, p) ->
            new Command.CreateJob(job, s, p.routes(), p.moves(), p.fit(), null, node.timeMs());
    if (GroupPlacement.find(node.state(), spec, null, node.now())
            instanceof GroupPlacement.Placed placed
        && granted(proposal.apply(spec, placed))) {
      return true;
    }
    JobFit.@Nullable Fitting fits =
        new JobFit(node.state(), spec, null, node.now(), proposal).highest();
    return fits != null && granted(proposal.apply(fits.spec(), fits.placed()));
  }

  private boolean granted(Command command) {
    return !(node.submit(command) instanceof Outcome.Refused);
  }

  @Override
  public void end(JobName job) {
    node.apply(new Command.ReleaseJob(job, 0, null, node.timeMs()));
    node.settle();
    node.forget();
  }

  @Override
  public void observe(List<Command.ObserveLink> links) {
    links.forEach(node::apply);
    node.settle();
  }

  @Override
  public void adapt() {}
}
