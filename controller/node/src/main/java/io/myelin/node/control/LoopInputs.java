package io.myelin.node.control;

import io.myelin.core.loop.CongestionMitigation;
import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Estimator;
import io.myelin.core.loop.LoopSnapshot;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.port.LiveConditions;
import io.myelin.core.port.Telemetry;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;

/**
 * What the loops know of the fabric: its conditions, the congestion that queues tell of, and what
 * counters say of links and of leases.
 *
 * <p>Confined to the control thread, but for {@link #estimator} and {@link #timeMs}.
 */
record LoopInputs(
    LiveConditions present, Telemetry telemetry, Estimator estimator, Collector collector) {
  /** An estimate that is less sure than this gives way to what leases hold. */
  private static final double SURE = 0.5;

  long timeMs() {
    return present.timeMs();
  }

  /** What is decided on now. */
  LoopSnapshot snapshot(FabricState state) {
    return new LoopSnapshot(
        state,
        present.now(state.inventory()),
        link -> knows(state, link),
        link -> loadBps(state, link),
        link -> highestBps(state, link),
        lease -> collector.leaseBps(state, lease));
  }

  private boolean knows(FabricState state, int link) {
    PortRef port = CongestionMitigation.egress(state, state.topology().id(link));
    return port != null && estimator.knows(port, timeMs());
  }

  /** As measured; where that is old, at least what leases hold. */
  private double loadBps(FabricState state, int link) {
    PortRef port = CongestionMitigation.egress(state, state.topology().id(link));
    if (port == null) {
      return 0;
    }
    double bps = estimator.bps(port);
    Estimate e = estimator.of(port, state.topology().capacityBps(link), timeMs());
    return e.confidence() >= SURE ? bps : Math.max(bps, (double) state.links().get(link).heldBps());
  }

  private double highestBps(FabricState state, int link) {
    PortRef port = CongestionMitigation.egress(state, state.topology().id(link));
    return port == null ? 0 : Math.max(loadBps(state, link), estimator.highestBps(port));
  }

  /** What a command moves loads links that no counter has told of yet. */
  void anticipate(LoopSnapshot snapshot, Command command, LinkId hot) {
    FabricState state = snapshot.state();
    if (command instanceof Command.SteerFlow c && c.path() != null) {
      PortRef port = CongestionMitigation.egress(state, hot);
      Integer link = state.topology().number(hot);
      if (port != null && link != null) {
        double bps = state.topology().capacityBps(link) / 2.0;
        load(state, c.path(), bps);
        estimator.anticipate(port, -bps, timeMs());
      }
    } else if (command instanceof Command.MoveLeases c) {
      for (Command.Move m : c.moves()) {
        Lease lease = state.leases().get(m.lease());
        if (lease != null) {
          double bps = snapshot.leaseBps().applyAsDouble(lease);
          load(state, m.route().path(), bps);
          load(state, lease.path(), -bps);
        }
      }
    }
  }

  private void load(FabricState state, Path path, double bps) {
    for (LinkId id : path.links()) {
      PortRef port = CongestionMitigation.egress(state, id);
      if (port != null) {
        estimator.anticipate(port, bps, timeMs());
      }
    }
  }
}
