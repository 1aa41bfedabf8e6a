package io.myelin.sim.trace;

import io.myelin.core.loop.QuietFabric;
import io.myelin.core.model.Inventory;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.RequestRecord;
import io.myelin.node.control.LeaseKeeper;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.sim.cluster.SimThread;
import io.myelin.sim.cluster.World;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A node's log in virtual time, in one thread. The switches acknowledge what they are told within a
 * millisecond.
 */
final class VirtualNode {
  private static final long ACKNOWLEDGED_NS = World.MS;

  /** Longer than a {@link LeaseKeeper} ever waits before it tries something again. */
  private static final long QUIET_NS = 2_000 * World.MS;

  /** Changes of the state that one event leads to at most: a mistake must not run for ever. */
  private static final int MAX_CHANGES = 1_000_000;

  private final World world = new World(1);
  private final InProcessStateLog log = new InProcessStateLog(1);
  private final GuardedExecutor control =
      GuardedExecutor.around(new SimThread(world, Runnable::run), world::failed);
  private final Set<LeaseName> unacknowledged = new TreeSet<>();
  private long changes;
  private int moved;

  VirtualNode(Inventory inventory) {
    apply(new Command.SetInventory(inventory, timeMs()));
    log.follow(this::applied);
  }

  /** From now on leases are kept on working paths as a node keeps them. */
  void keepLeases() {
    QuietFabric quiet = new QuietFabric();
    LiveConditions present = new LiveConditions(quiet, quiet, this::timeMs);
    LeaseKeeper keeper = new LeaseKeeper(log, present, control, (state, moves) -> {});
    FabricState state = log.follow(a -> control.execute(() -> keeper.applied(a)));
    keeper.start(state);
  }

  private void applied(Applied a) {
    changes++;
    for (Applied.Change change : a.changes()) {
      if (!(change instanceof Applied.Change.LeaseChanged c)) {
        continue;
      }
      Lease before = a.before().leases().get(c.lease());
      Lease after = a.after().leases().get(c.lease());
      if (before != null && after != null && after.state().lives()) {
        moved += before.path().equals(after.path()) ? 0 : 1;
      }
      if (after != null && awaitsSwitches(after)) {
        if (unacknowledged.isEmpty()) {
          world.after(ACKNOWLEDGED_NS, this::acknowledge);
        }
        unacknowledged.add(after.name());
      }
    }
  }

  private static boolean awaitsSwitches(Lease lease) {
    return lease.awaitsSwitch() || lease.state() == LeaseState.RELEASING;
  }

  /** The switches hold what they were told, and nothing else. */
  private void acknowledge() {
    List<Command.Held> held = new ArrayList<>();
    List<Lease> gone = new ArrayList<>();
    for (LeaseName name : unacknowledged) {
      Lease lease = state().leases().get(name);
      if (lease != null && lease.awaitsSwitch()) {
        held.add(new Command.Held(name, lease.generation()));
      } else if (lease != null && lease.state() == LeaseState.RELEASING) {
        gone.add(lease);
      }
    }
    unacknowledged.clear();
    if (!held.isEmpty()) {
      apply(new Command.Provisioned(held, timeMs()));
    }
    gone.forEach(l -> apply(new Command.Released(l.name(), l.generation(), timeMs())));
  }

  FabricState state() {
    return log.state();
  }

  long timeMs() {
    return world.nowMs();
  }

  Now now() {
    return Now.calm(timeMs());
  }

  /** Leases of running jobs that got another path so far. */
  int moved() {
    return moved;
  }

  /**
   * Applies a command that cannot fail here.
   *
   * @throws IllegalStateException when it is refused
   */
  void apply(Command command) {
    Outcome outcome = submit(command);
    if (outcome instanceof Outcome.Refused) {
      throw new IllegalStateException(command.getClass().getSimpleName() + ": " + outcome);
    }
  }

  Outcome submit(Command command) {
    return log.submit(command).join().outcome();
  }

  /**
   * Lets time pass until nothing has changed for two seconds.
   *
   * @throws IllegalStateException when there is no end of changes
   */
  void settle() {
    long first = changes;
    for (long seen = -1; seen != changes; ) {
      seen = changes;
      world.runUntil(world.nowNs() + QUIET_NS);
      if (changes - first > MAX_CHANGES) {
        throw new IllegalStateException("leases change without end");
      }
    }
  }

  /**
   * What has ended is forgotten: a real node keeps it for a day, which takes nothing but memory.
   */
  void forget() {
    world.runUntil(world.nowNs() + (RequestRecord.KEPT_MS + 1) * World.MS);
    apply(new Command.Tick(timeMs()));
    settle();
  }
}
