package io.myelin.sim.trace;

import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.JobName;
import java.util.List;

/**
 * Who asks for leases of running jobs, and who gives them other paths and rates when links fail.
 */
interface Rule {

  /** Asks for leases of a job that begins; says whether it has any. */
  boolean begin(JobName job, List<FabricState.Pair> flows);

  /** Asks again for a job that has no leases, since something may be free; says whether it has. */
  boolean again(JobName job, List<FabricState.Pair> flows);

  /** A job that has leases ends. */
  void end(JobName job);

  /** Links went down or came back. */
  void observe(List<Command.ObserveLink> links);

  /** What is left to do after jobs without leases asked again. */
  void adapt();

  VirtualNode node();
}
