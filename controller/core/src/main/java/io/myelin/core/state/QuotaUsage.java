package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.model.TimeWindow;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a tenant has of its {@link Quota}.
 *
 * <p>Money is committed when a lease is admitted: what it costs within the period if it lasts as
 * long as it may. What a lease that ends early, or shrinks, will not cost any more is given back;
 * what has passed is spent. A period begins with what the living leases commit of it.
 *
 * @param leases living
 * @param bandwidthBps of these, bits per second
 * @param ended leases that have ended and are remembered
 * @param day days since 1970 in which {@code created} counts
 * @param created leases made in that day
 * @param periodStartMs when the period began, milliseconds since 1970; 0: none did yet
 * @param committedMicros millionths of the currency unit spent and promised in the period
 */
public record QuotaUsage(
    long leases,
    long bandwidthBps,
    long ended,
    long day,
    long created,
    long periodStartMs,
    long committedMicros) {
  public static final QuotaUsage EMPTY = new QuotaUsage(0, 0, 0, 0, 0, 0, 0);

  /** 1 Gb/s for an hour, in bit/s times ms. */
  private static final BigInteger GBPS_HOUR =
      BigInteger.valueOf(1_000_000_000L).multiply(BigInteger.valueOf(3_600_000L));

  /** The same at a moment: another period, or another day, may have begun. */
  QuotaUsage at(Quota quota, PersistentMap<LeaseName, Lease> all, TenantId tenant, long timeMs) {
    QuotaUsage a = this;
    long today = Math.floorDiv(timeMs, Quota.DAY_MS);
    if (today > a.day) {
      a = new QuotaUsage(leases, bandwidthBps, ended, today, 0, periodStartMs, committedMicros);
    }
    long start = Math.floorDiv(timeMs, quota.periodMs()) * quota.periodMs();
    if (quota.budgeted() && start > a.periodStartMs) {
      a = a.anew(quota, all, tenant, start, start);
    }
    return a;
  }

  /** Begins to count money at a moment, with what living leases commit from then on. */
  QuotaUsage anew(
      Quota quota,
      PersistentMap<LeaseName, Lease> all,
      TenantId tenant,
      long startMs,
      long fromMs) {
    long committed = 0;
    for (Map.Entry<LeaseName, Lease> e : all.tail(new LeaseName(tenant, "0"))) {
      if (!e.getKey().tenant().equals(tenant)) {
        break;
      }
      committed = sum(committed, costMicros(quota, e.getValue(), startMs, fromMs));
    }
    return new QuotaUsage(leases, bandwidthBps, ended, day, created, startMs, committed);
  }

  /** A lease takes the place of another, at a moment. */
  QuotaUsage with(Quota quota, @Nullable Lease old, Lease lease, long timeMs) {
    long before = old == null ? 0 : costMicros(quota, old, periodStartMs, timeMs);
    long after = costMicros(quota, lease, periodStartMs, timeMs);
    boolean lived = old != null && old.state().lives();
    boolean lives = lease.state().lives();
    return new QuotaUsage(
        leases + (lives ? 1 : 0) - (lived ? 1 : 0),
        bandwidthBps
            + (lives ? lease.spec().bandwidthBps() : 0)
            - (old != null && lived ? old.spec().bandwidthBps() : 0),
        ended + count(lease) - (old == null ? 0 : count(old)),
        day,
        created + (old == null ? 1 : 0),
        periodStartMs,
        Math.max(0, sum(committedMicros, after - before)));
  }

  /** A lease that had ended is remembered no more. */
  QuotaUsage forgetting() {
    return new QuotaUsage(
        leases, bandwidthBps, ended - 1, day, created, periodStartMs, committedMicros);
  }

  private static int count(Lease lease) {
    return lease.state().ended() ? 1 : 0;
  }

  /** What a lease costs of a period from a moment on, if it lasts as long as it may. */
  static long costMicros(Quota quota, Lease lease, long periodStartMs, long fromMs) {
    if (!quota.budgeted() || !lease.state().lives()) {
      return 0;
    }
    TimeWindow w = lease.window();
    long start = Math.max(Math.max(w.startMs(), periodStartMs), fromMs);
    long end = Math.min(w.endMs(), periodStartMs + quota.periodMs());
    if (end <= start) {
      return 0;
    }
    BigInteger micros =
        BigInteger.valueOf(lease.spec().bandwidthBps())
            .multiply(BigInteger.valueOf(end - start))
            .multiply(BigInteger.valueOf(quota.priceMicros()))
            .divide(GBPS_HOUR);
    return micros.bitLength() < 63 ? micros.longValue() : Quota.UNLIMITED / 4;
  }

  private static long sum(long a, long b) {
    return Math.min(Quota.UNLIMITED / 4, a + b);
  }

  /** Accounts of leases that were admitted before there were any. */
  public static PersistentMap<TenantId, QuotaUsage> of(PersistentMap<LeaseName, Lease> leases) {
    PersistentMap<TenantId, QuotaUsage> all = PersistentMap.empty();
    for (Map.Entry<LeaseName, Lease> e : leases) {
      TenantId tenant = e.getKey().tenant();
      QuotaUsage a = all.getOrDefault(tenant, EMPTY);
      Lease lease = e.getValue();
      boolean lives = lease.state().lives();
      a =
          new QuotaUsage(
              a.leases + (lives ? 1 : 0),
              a.bandwidthBps + (lives ? lease.spec().bandwidthBps() : 0),
              a.ended + count(lease),
              0,
              0,
              0,
              0);
      all = all.with(tenant, a);
    }
    return all;
  }

  /** The first limit of a tenant that this account exceeds, and further than an earlier one did. */
  static Outcome.@Nullable Refused exceeded(Tenant tenant, QuotaUsage before, QuotaUsage now) {
    Quota q = tenant.quota();
    Outcome.QuotaExceeded.Kind kind;
    long limit;
    long had;
    long wanted;
    if (now.leases > q.maxLeases() && now.leases > before.leases) {
      kind = Outcome.QuotaExceeded.Kind.LEASES;
      limit = q.maxLeases();
      had = before.leases;
      wanted = now.leases;
    } else if (now.bandwidthBps > q.maxBandwidthBps() && now.bandwidthBps > before.bandwidthBps) {
      kind = Outcome.QuotaExceeded.Kind.BANDWIDTH_BPS;
      limit = q.maxBandwidthBps();
      had = before.bandwidthBps;
      wanted = now.bandwidthBps;
    } else if (now.created > q.maxCreatedPerDay() && now.created > before.created) {
      kind = Outcome.QuotaExceeded.Kind.CREATED_PER_DAY;
      limit = q.maxCreatedPerDay();
      had = before.created;
      wanted = now.created;
    } else if (now.committedMicros > q.budgetMicros()
        && now.committedMicros > before.committedMicros) {
      kind = Outcome.QuotaExceeded.Kind.BUDGET_MICROS;
      limit = q.budgetMicros();
      had = before.committedMicros;
      wanted = now.committedMicros;
    } else {
      return null;
    }
    return new Outcome.QuotaExceeded(tenant.id(), kind, limit, had, wanted - had);
  }
}
