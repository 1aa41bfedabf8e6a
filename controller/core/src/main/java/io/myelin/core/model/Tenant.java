package io.myelin.core.model;

import java.util.List;

/**
 * Who owns endpoints.
 *
 * @param mayReach other tenants whose endpoints this one's packets may reach
 */
public record Tenant(TenantId id, List<TenantId> mayReach) {
  public Tenant {
    mayReach = List.copyOf(mayReach);
  }
}
