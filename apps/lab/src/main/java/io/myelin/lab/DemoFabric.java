package io.myelin.lab;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.NameList;
import io.myelin.core.model.TenantId;
import java.util.Map;
import java.util.TreeSet;

/** Whether the demo's story can be told on a fabric: said at once, not after half of it. */
final class DemoFabric {
  private static final String FIELD = "topology";

  private DemoFabric() {}

  /**
   * Refuses fabrics of several tenants, of one leaf, and those whose leaves have less capacity
   * upwards than hosts.
   */
  static void require(Inventory fabric) {
    TreeSet<TenantId> tenants = new TreeSet<>();
    TreeSet<DeviceId> leaves = new TreeSet<>();
    for (Map.Entry<?, Endpoint> e : fabric.endpoints()) {
      tenants.add(e.getValue().tenant());
      leaves.add(e.getValue().attachment().device());
    }
    Invalid.unless(
        leaves.size() > 1,
        FIELD,
        "the demo needs hosts at two switches or more: flows meet between");
    Invalid.unless(
        tenants.size() == 1,
        FIELD,
        "the demo needs hosts of one tenant, these have several: " + NameList.some(tenants));
    leaves.forEach(leaf -> requireUplinks(fabric, leaf));
  }

  private static void requireUplinks(Inventory fabric, DeviceId leaf) {
    long down = fabric.endpointsAt(leaf).stream().mapToLong(Endpoint::capacityBps).sum();
    long up = fabric.linksFrom(leaf).stream().mapToLong(Link::capacityBps).sum();
    Invalid.unless(
        up >= down,
        FIELD,
        leaf
            + " has hosts of "
            + down / 1_000_000
            + " Mb/s and cables of "
            + up / 1_000_000
            + " Mb/s: the demo's leases are at line rate and would not fit; 'myelin lab' runs it");
  }
}
