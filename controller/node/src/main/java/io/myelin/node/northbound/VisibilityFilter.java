package io.myelin.node.northbound;

import io.myelin.core.access.Caller;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of the fabric a caller sees: whoever is confined to a tenant sees switches and links, its
 * own endpoints and those that it may reach; nothing of others.
 */
final class VisibilityFilter {
  private final Inventory inventory;
  private final @Nullable Set<TenantId> tenants;

  private VisibilityFilter(Inventory inventory, @Nullable Set<TenantId> tenants) {
    this.inventory = inventory;
    this.tenants = tenants;
  }

  static VisibilityFilter to(Caller caller, Inventory inventory) {
    TenantId own = caller.tenant();
    if (own == null) {
      return new VisibilityFilter(inventory, null);
    }
    Set<TenantId> tenants = new HashSet<>(Set.of(own));
    Tenant tenant = inventory.tenants().get(own);
    if (tenant != null) {
      tenants.addAll(tenant.mayReach());
    }
    return new VisibilityFilter(inventory, tenants);
  }

  boolean everything() {
    return tenants == null;
  }

  boolean sees(Endpoint e) {
    return tenants == null || tenants.contains(e.tenant());
  }

  /** Whether a link or access link may be seen; links of endpoints only with their endpoint. */
  boolean sees(LinkId link) {
    if (tenants == null || inventory.links().containsKey(link)) {
      return true;
    }
    Endpoint e = inventory.endpointByAccessLink(link);
    return e != null && sees(e);
  }

  List<EndpointId> endpoints() {
    List<EndpointId> seen = new ArrayList<>();
    inventory
        .endpoints()
        .forEach(
            (id, e) -> {
              if (sees(e)) {
                seen.add(id);
              }
            });
    return seen;
  }

  /** Those of some hosts that have an endpoint that may be seen. */
  List<String> hosts(List<String> all) {
    if (tenants == null) {
      return all;
    }
    Set<String> seen = new HashSet<>();
    inventory
        .endpoints()
        .forEach(
            (id, e) -> {
              if (sees(e)) {
                seen.add(e.host());
              }
            });
    return all.stream().filter(seen::contains).toList();
  }
}
