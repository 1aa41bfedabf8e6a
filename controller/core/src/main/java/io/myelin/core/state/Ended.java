package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TenantId;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A lease that has ended, in order of when: of each tenant the longest ended are forgotten first.
 *
 * @param timeMs when it ended, milliseconds since 1970
 */
public record Ended(TenantId tenant, long timeMs, LeaseName lease) implements Comparable<Ended> {
  /**
   * Ended leases of one tenant that are remembered: some 30 MB. Without a bound, a client that
   * creates and releases in a loop would fill the memory of every member within the 24 hours.
   */
  public static final int MOST = 10_000;

  static Ended of(Lease lease) {
    return new Ended(lease.name().tenant(), lease.updateTimeMs(), lease.name());
  }

  /** The one of a tenant's that ended first; null: none has. */
  static @Nullable LeaseName first(PersistentMap<Ended, Boolean> all, TenantId tenant) {
    for (Map.Entry<Ended, Boolean> e : all.tail(new Ended(tenant, 0, new LeaseName(tenant, "0")))) {
      return e.getKey().tenant.equals(tenant) ? e.getKey().lease : null;
    }
    return null;
  }

  @Override
  public int compareTo(Ended o) {
    int c = tenant.compareTo(o.tenant);
    c = c != 0 ? c : Long.compare(timeMs, o.timeMs);
    return c != 0 ? c : lease.compareTo(o.lease);
  }
}
