package io.myelin.core.state;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * {@code tenants/{tenant}/leases/{lease}}; of one that ended and whose name was used again {@code
 * …/{lease}~{revision}}, which nobody can choose.
 */
public record LeaseName(TenantId tenant, String lease) implements Named, Comparable<LeaseName> {
  public LeaseName {
    Invalid.unless(
        lease.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?" + ASIDE),
        "lease_id",
        "'" + lease + "' is not allowed; allowed: 1 to 63 of a-z, 0-9 and '-'");
  }

  /** What stands behind the name of what has ended once its name is used again. */
  static final String ASIDE = "(~[1-9][0-9]{0,18})?";

  /**
   * A name for a new lease.
   *
   * @throws Invalid naming {@code lease_id} also when it is one that leases only get
   */
  public static LeaseName chosen(TenantId tenant, String lease) {
    requireChosen("lease_id", lease, 63);
    return new LeaseName(tenant, lease);
  }

  static void requireChosen(String field, String id, int most) {
    Invalid.unless(
        id.indexOf('~') < 0,
        field,
        "'"
            + id
            + "' is not allowed: with '~' only what has ended is named; allowed: 1 to "
            + most
            + " of a-z, 0-9 and '-'");
  }

  /** What a lease that has ended is called once its name is used again. */
  LeaseName aside(long revision) {
    return new LeaseName(tenant, lease + "~" + revision);
  }

  /** What it was called until its name was used again; null: it is called as ever. */
  public @Nullable LeaseName formerly() {
    int at = lease.indexOf('~');
    return at < 0 ? null : new LeaseName(tenant, lease.substring(0, at));
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
