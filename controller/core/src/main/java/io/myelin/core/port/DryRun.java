package io.myelin.core.port;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A copy of the state on which commands are tried: the same code and the same state machine as for
 * the log decide, and nothing leaves it. Whatever a log would refuse, this refuses.
 *
 * <p>Not thread-safe: one caller tries one thing.
 */
public final class DryRun implements Proposals {
  private FabricState state;

  /**
   * @param state to begin with; it does not change
   */
  public DryRun(FabricState state) {
    this.state = state;
  }

  @Override
  public FabricState state() {
    return state;
  }

  @Override
  public CompletableFuture<Applied> submit(Command command) {
    Applied applied = StateMachine.apply(state, command);
    state = applied.after();
    return CompletableFuture.completedFuture(applied);
  }

  /** Switches have done what they were told of leases. */
  public void acknowledge(Iterable<LeaseName> leases, long nowMs) {
    List<Command.Held> held = new ArrayList<>();
    for (LeaseName name : leases) {
      Lease lease = state.leases().get(name);
      if (lease != null && lease.awaitsSwitch()) {
        held.add(new Command.Held(name, lease.generation()));
      }
    }
    var unused = submit(new Command.Provisioned(held, nowMs));
  }
}
