package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;

/** {@code tenants/{tenant}/leases/{lease}}. */
public record LeaseName(TenantId tenant, String lease) implements Named, Comparable<LeaseName> {
  public LeaseName {
    Invalid.unless(
        lease.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"),
        "lease_id",
        "'" + lease + "' is not allowed; allowed: 1 to 63 of a-z, 0-9 and '-'");
  }

  public static LeaseName parse(String field, String name) {
    String[] parts = name.split("/", -1);
    Invalid.unless(
        parts.length == 4 && parts[0].equals("tenants") && parts[2].equals("leases"),
        field,
        "'" + name + "' is not a lease; allowed: tenants/{tenant}/leases/{lease}");
    try {
      return new LeaseName(new TenantId(parts[1]), parts[3]);
    } catch (Invalid e) {
      throw e.under(field);
    }
  }

  @Override
  public int compareTo(LeaseName o) {
    int c = tenant.compareTo(o.tenant);
    return c != 0 ? c : lease.compareTo(o.lease);
  }

  @Override
  public String toString() {
    return "tenants/" + tenant + "/leases/" + lease;
  }
}
