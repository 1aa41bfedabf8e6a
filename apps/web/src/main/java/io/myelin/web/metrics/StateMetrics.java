package io.myelin.web.metrics;

import io.myelin.core.state.FabricState;
import io.myelin.node.DoorContext;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;

/**
 * The state as a scrape sees it: from the copy that every member has, and from what its controller
 * has measured. Nothing is asked of a switch or of the thread that writes them.
 */
final class StateMetrics implements MultiCollector {
  private final DoorContext door;
  private final MemberMetrics member;
  private final FabricMetrics fabric;

  StateMetrics(DoorContext door) {
    this.door = door;
    member = new MemberMetrics(door);
    fabric = new FabricMetrics(door.switches());
  }

  @Override
  public MetricSnapshots collect() {
    Families f = new Families();
    FabricState state = door.log().state();
    member.add(f);
    fabric.add(f, state);
    TenantMetrics.add(f, state);
    return f.snapshots();
  }
}
