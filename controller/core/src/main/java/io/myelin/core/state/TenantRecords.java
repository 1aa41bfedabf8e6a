package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.TenantId;
import java.util.Map;

/**
 * What is remembered of tenants beside what the inventory says.
 *
 * @param numbers 16-bit numbers in the data plane, never reused; 0 is nobody
 * @param usage what they have of their quotas; nothing is said of who has nothing
 */
public record TenantRecords(
    PersistentMap<TenantId, Integer> numbers, PersistentMap<TenantId, QuotaUsage> usage) {
  static final TenantRecords EMPTY =
      new TenantRecords(PersistentMap.empty(), PersistentMap.empty());

  QuotaUsage usageOf(TenantId tenant) {
    return usage.getOrDefault(tenant, QuotaUsage.EMPTY);
  }

  TenantRecords with(TenantId tenant, QuotaUsage now) {
    return new TenantRecords(numbers, usage.with(tenant, now));
  }

  /** With a number of its own, if it has none. */
  TenantRecords numbered(TenantId tenant) {
    if (numbers.containsKey(tenant)) {
      return this;
    }
    int highest = 0;
    for (Map.Entry<TenantId, Integer> e : numbers) {
      highest = Math.max(highest, e.getValue());
    }
    return new TenantRecords(numbers.with(tenant, highest + 1), usage);
  }
}
