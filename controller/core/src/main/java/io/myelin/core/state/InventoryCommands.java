package io.myelin.core.state;

import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Topology;
import java.util.Map;

/** Commands that describe the fabric (ADR 40). */
final class InventoryCommands {
  private InventoryCommands() {}

  /** The first description; all its links count as there. */
  static Applied seed(FabricState s, Command.SeedInventory c) {
    if (s.inventoryVersion() > 0 || !s.inventory().equals(Inventory.EMPTY)) {
      return StateMachine.unchanged(s, new Outcome.InventoryOvertaken(s.inventoryVersion()));
    }
    return put(s, new Topology(c.inventory()), c.timeMs(), LinkState.INITIAL);
  }

  static Applied apply(FabricState s, Command.ApplyInventory c) {
    if (c.base() != s.inventoryVersion()) {
      return StateMachine.unchanged(s, new Outcome.InventoryOvertaken(s.inventoryVersion()));
    }
    if (s.inventory().equals(c.inventory())) {
      return StateMachine.unchanged(s, new Outcome.Done());
    }
    Topology next = new Topology(c.inventory());
    InventoryUse use = InventoryUse.of(s, next);
    return use.isEmpty()
        ? put(s, next, c.timeMs(), LinkState.UNSEEN)
        : StateMachine.unchanged(s, new Outcome.InventoryUsed(use));
  }

  private static Applied put(FabricState s, Topology next, long timeMs, LinkState ofNewLinks) {
    StateTransaction d = new StateTransaction(s, timeMs);
    FabricCommands.dropStale(s, d, next);
    d.putNextVersion(next);
    for (int l = 0; l < next.links(); l++) {
      LinkId id = next.id(l);
      if (s.topology().number(id) == null && !ofNewLinks.isInitial()) {
        d.put(l, ofNewLinks);
      }
    }
    for (Map.Entry<TenantId, Tenant> e : next.inventory().tenants()) {
      d.numberTenant(e.getKey());
    }
    d.changes.add(new Applied.Change.InventoryChanged());
    return d.applied(new Outcome.Done());
  }
}
