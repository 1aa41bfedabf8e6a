package io.myelin.core.model;

import java.util.List;

/**
 * Who owns endpoints.
 *
 * @param mayReach other tenants whose endpoints this one's packets may reach
 * @param quota what it may have at most
 */
public record Tenant(TenantId id, List<TenantId> mayReach, Quota quota) {
  public Tenant {
    mayReach = List.copyOf(mayReach);
  }

  /** Without limits. */
  public Tenant(TenantId id, List<TenantId> mayReach) {
    this(id, mayReach, Quota.NONE);
  }
}
