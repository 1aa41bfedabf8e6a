package io.myelin.sim.trace;

import io.myelin.core.path.Objective;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.place.JobFit;
import io.myelin.core.state.Collective;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Terms;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The node's own rule: a job is asked for at line rate; where that is refused, at the rate that the
 * refusal names, and for as much as fits again when links have come back. All that was granted is
 * the node's to keep: its {@code LeaseKeeper} gives leases other paths, max-min fair shares of what
 * a failure left, and the rest back.
 */
final class NodeRule implements Rule {
  /** Nobody asks for less more than one part in this many of what it has. */
  private static final int WORTHWHILE = 20;

  private final VirtualNode node;
  private final long lineBps;
  private final int qps;
  private boolean linksCameBack;

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
    return asMuchAsFits(
        spec,
        0,
        null,
        (s, p) ->
            new Command.CreateJob(job, s, p.routes(), p.moves(), p.fit(), null, node.timeMs()));
  }

  /** Up to the bandwidth that is asked for; says whether there was more than {@code hasBps}. */
  private boolean asMuchAsFits(
      JobSpec most,
      long hasBps,
      @Nullable Job old,
      BiFunction<JobSpec, GroupPlacement.Placed, Command> how) {
    JobFit.@Nullable Fitting fits = new JobFit(node.state(), most, old, node.now(), how).highest();
    return fits != null
        && fits.spec().bandwidthBps() > hasBps
        && granted(how.apply(fits.spec(), fits.placed()));
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
    linksCameBack = links.stream().anyMatch(Command.ObserveLink::up);
    node.settle();
  }

  /** Whoever was refused line rate asks for more; who lost some of it to a failure does not. */
  @Override
  public void adapt() {
    if (!linksCameBack) {
      return; // a search that fails is dear, and what jobs leave the next job needs
    }
    linksCameBack = false;
    for (Map.Entry<JobName, Job> e : node.state().jobs()) {
      Job job = e.getValue();
      long bps = job.spec().bandwidthBps();
      if (job.lives() && bps < lineBps && fits(job, Math.min(lineBps, bps + bps / WORTHWHILE))) {
        boolean unused =
            asMuchAsFits(
                job.spec().withBandwidthBps(lineBps),
                bps,
                job,
                (s, p) ->
                    new Command.UpdateJob(
                        e.getKey(), s, p.routes(), p.moves(), p.fit(), 0, null, node.timeMs()));
        node.settle();
      }
    }
  }

  private boolean fits(Job job, long bps) {
    return GroupPlacement.find(node.state(), job.spec().withBandwidthBps(bps), job, node.now())
        instanceof GroupPlacement.Placed;
  }
}
