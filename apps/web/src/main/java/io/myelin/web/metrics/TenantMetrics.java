package io.myelin.web.metrics;

import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.QuotaUsage;
import io.myelin.core.state.Usage;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/** Of tenants: their leases, jobs and quotas. */
final class TenantMetrics {
  private TenantMetrics() {}

  static void add(Families f, FabricState state) {
    leases(f, state);
    tenants(f, state);
  }

  // ---- leases and jobs -------------------------------------------------------------------------

  private record Group(TenantId tenant, String state) implements Comparable<Group> {
    @Override
    public int compareTo(Group o) {
      int c = tenant.compareTo(o.tenant);
      return c != 0 ? c : state.compareTo(o.state);
    }

    Labels labels() {
      return Labels.of("tenant", tenant.value(), "state", state);
    }
  }

  /** Sums over a tenant's living leases. */
  private static final class Sums {
    double askedBps;
    double grantedBps;
    long degraded;
    double lowest = 1;
    double bytes;
  }

  private static void leases(Families f, FabricState state) {
    Map<Group, Integer> leases = new TreeMap<>();
    Map<TenantId, Sums> sums = new TreeMap<>();
    List<Labels> infos = new ArrayList<>();
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease l = e.getValue();
      TenantId tenant = e.getKey().tenant();
      leases.merge(new Group(tenant, Families.text(l.state())), 1, Integer::sum);
      Sums s = sums.computeIfAbsent(tenant, t -> new Sums());
      Usage usage = state.usage().get(e.getKey());
      s.bytes += usage == null ? 0 : usage.bytes();
      if (!l.state().lives()) {
        continue;
      }
      s.askedBps += l.spec().bandwidthBps();
      s.grantedBps += l.grantedBps();
      if (l.state().steers() || l.state() == Lease.LeaseState.DEGRADED) {
        s.lowest = Math.min(s.lowest, (double) l.grantedBps() / l.spec().bandwidthBps());
      }
      s.degraded += l.state() == Lease.LeaseState.DEGRADED || l.shortBps() > 0 ? 1 : 0;
      JobName job = l.job();
      infos.add(
          Labels.of(
              "lease", e.getKey().toString(),
              "tenant", tenant.value(),
              "job", job == null ? "" : job.toString(),
              "source", l.spec().source().value(),
              "destination", l.spec().destination().value(),
              "device", l.path().ingress().value()));
    }
    f.gauges(
        "myelin_leases",
        "Leases by tenant and state, ended ones included as long as they are kept.",
        g -> leases.forEach((k, n) -> g.add(k.labels(), n)));
    sum(
        f,
        sums,
        "asked_bits_per_second",
        "Bits per second that living leases ask for.",
        s -> s.askedBps);
    sum(
        f,
        sums,
        "granted_bits_per_second",
        "Bits per second that living leases have.",
        s -> s.grantedBps);
    sum(f, sums, "degraded", "Living leases that have less than they ask for.", s -> s.degraded);
    sum(
        f,
        sums,
        "lowest_granted_ratio",
        "The lowest share of what it asks for that a living lease has.",
        s -> s.lowest);
    f.counters(
        "myelin_lease_sent_bytes",
        "What leases that are still kept have sent.",
        c -> sums.forEach((t, s) -> c.add(Labels.of("tenant", t.value()), s.bytes)));
    f.infos("myelin_lease", "Living leases, for joins.", infos);
    jobs(f, state);
  }

  private static void sum(
      Families f,
      Map<TenantId, Sums> sums,
      String name,
      String help,
      ToDoubleFunction<Sums> value) {
    f.gauges(
        "myelin_lease_" + name,
        help,
        g -> sums.forEach((t, s) -> g.add(Labels.of("tenant", t.value()), value.applyAsDouble(s))));
  }

  private static void jobs(Families f, FabricState state) {
    Map<Group, Integer> jobs = new TreeMap<>();
    List<Labels> infos = new ArrayList<>();
    for (Map.Entry<JobName, Job> e : state.jobs()) {
      TenantId tenant = e.getKey().tenant();
      jobs.merge(new Group(tenant, Families.text(e.getValue().state())), 1, Integer::sum);
      if (e.getValue().lives()) {
        infos.add(
            Labels.of(
                "job", e.getKey().toString(),
                "tenant", tenant.value(),
                "slurm_job_id", slurmId(e.getKey())));
      }
    }
    f.gauges(
        "myelin_jobs",
        "Jobs by tenant and state, ended ones included as long as they are kept.",
        g -> jobs.forEach((k, n) -> g.add(k.labels(), n)));
    f.infos("myelin_job", "Living jobs, for joins.", infos);
  }

  /** The number in a job's id that begins with {@code slurm-}; empty: it is not Slurm's. */
  static String slurmId(JobName job) {
    String id = job.toString();
    int at = id.lastIndexOf("/slurm-");
    return at < 0 ? "" : id.substring(at + "/slurm-".length()).replaceFirst("-.*", "");
  }

  // ---- tenants ---------------------------------------------------------------------------------

  private static void tenants(Families f, FabricState state) {
    Map<TenantId, Quota> quotas = new TreeMap<>();
    for (Map.Entry<TenantId, Tenant> e : state.inventory().tenants()) {
      quotas.put(e.getKey(), e.getValue().quota());
    }
    f.gauges(
        "myelin_quota_used",
        "What tenants have of their quotas: leases, bits per second, leases made today, millionths"
            + " of the currency unit.",
        g ->
            quotas.forEach(
                (t, q) -> {
                  QuotaUsage u = state.tenants().usage().getOrDefault(t, QuotaUsage.EMPTY);
                  g.add(quota(t, "leases"), u.leases());
                  g.add(quota(t, "bandwidth_bits_per_second"), u.bandwidthBps());
                  g.add(quota(t, "created_today"), u.created());
                  g.add(quota(t, "budget_micros"), u.committedMicros());
                }));
    f.gauges(
        "myelin_quota_limit",
        "What tenants may have at most; no row: as much as they like.",
        g ->
            quotas.forEach(
                (t, q) -> {
                  limit(g, quota(t, "leases"), q.maxLeases());
                  limit(g, quota(t, "bandwidth_bits_per_second"), q.maxBandwidthBps());
                  limit(g, quota(t, "created_today"), q.maxCreatedPerDay());
                  limit(g, quota(t, "budget_micros"), q.budgetMicros());
                }));
  }

  private static Labels quota(TenantId tenant, String resource) {
    return Labels.of("tenant", tenant.value(), "resource", resource);
  }

  private static void limit(Families.Gauges g, Labels labels, long value) {
    if (value != Quota.UNLIMITED) {
      g.add(labels, value);
    }
  }
}
