package io.myelin.sim.cluster;

import io.myelin.core.port.StateLog;
import io.myelin.node.store.StateLogContract;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The log that does its worst keeps the promises of all logs. */
final class SimLogTest extends StateLogContract {
  private final World world = new World(1);

  @Override
  protected StateLog open() {
    Invariants invariants = new Invariants(world, Bug.NONE);
    SimFabric fabric = new SimFabric(world, invariants);
    invariants.watch(fabric);
    SimRaft raft = new SimRaft(world, invariants, Bug.NONE);
    Member alone = new Member("n1", world, raft, fabric, invariants, Duration.ofSeconds(1));
    alone.startLogOnly();
    raft.start(List.of(alone));
    invariants.tell(new Watchers(world, List.of(alone)));
    return alone.log();
  }

  @Override
  protected <T> T await(CompletableFuture<T> future) throws Exception {
    for (int i = 0; i < 1_000 && !future.isDone(); i++) {
      world.runUntil(world.nowNs() + 10 * World.MS);
    }
    return super.await(future);
  }
}
