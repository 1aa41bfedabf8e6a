package io.myelin.web.metrics;

import io.myelin.core.loop.Estimate;
import io.myelin.core.loop.Estimator;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Link;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Topology;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.Rejection;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobName;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LinkState;
import io.myelin.core.state.QuotaUsage;
import io.myelin.core.state.Usage;
import io.myelin.node.door.DoorContext;
import io.myelin.node.northbound.ControlledFabric;
import io.myelin.node.thread.GuardedExecutor;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;

/**
 * The state as a scrape sees it: from the copy that every member has, and from what its controller
 * has measured. Nothing is asked of a switch or of the thread that writes them.
 */
final class StateMetrics implements MultiCollector {
  private final DoorContext member;
  private final Map<Topology, List<Labels>> linkLabels =
      Collections.synchronizedMap(new IdentityHashMap<>());

  StateMetrics(DoorContext member) {
    this.member = member;
  }

  @Override
  public MetricSnapshots collect() {
    Families f = new Families();
    FabricState state = member.log().state();
    log(f);
    member(f);
    devices(f, state);
    links(f, state);
    leases(f, state);
    tenants(f, state);
    return f.snapshots();
  }

  // ---- the member ------------------------------------------------------------------------------

  private void log(Families f) {
    Leadership now = member.log().leadership();
    StateLog.Progress p = member.log().progress();
    f.gauge("myelin_log_leader", "1: this member leads.", now.leads() ? 1 : 0);
    f.gauge(
        "myelin_log_leader_known",
        "1: it knows who leads.",
        now.leader().isEmpty() && !now.leads() ? 0 : 1);
    f.gauge("myelin_log_term", "The leadership's number.", now.term());
    f.gauge("myelin_log_applied_index", "Of the last command applied here.", p.index());
    f.gauge(
        "myelin_log_age_seconds",
        "How old what is applied here may be; -1: it has caught up never yet.",
        p.behindMs() < 0 ? -1 : p.behindMs() / 1e3);
  }

  private void member(Families f) {
    f.gauge(
        "myelin_member_serving",
        "1: this member does its work.",
        member.cluster().serving() ? 1 : 0);
    f.gauge(
        "myelin_member_clock_offset_seconds",
        "By how much this machine's clock is ahead of the log's time.",
        (System.currentTimeMillis() - member.cluster().clockMs()) / 1e3);
    f.gauge(
        "myelin_audit_failing",
        "1: the audit log cannot be written, and nothing is changed therefore.",
        member.audit().trouble().isEmpty() ? 0 : 1);
    f.gauge(
        "myelin_control_lag_seconds",
        "How late tasks of the thread that writes switches are, on average.",
        member.lag().meanNs() / 1e9);
    f.counters(
        "myelin_member_task_failures",
        "Tasks that failed; the log says why.",
        c -> c.add(Labels.EMPTY, GuardedExecutor.allFailures()));
    DoorContext.Tls tls = member.tls();
    if (tls != null) {
      f.gauge(
          "myelin_tls_certificate_expiry_timestamp_seconds",
          "When this member's certificate ends, seconds since 1970.",
          tls.endsMs().getAsLong() / 1e3);
    }
    Path data = member.data();
    if (data != null) {
      File disk = data.toFile();
      f.gauge("myelin_disk_free_bytes", "Where the state is kept.", disk.getUsableSpace());
      f.gauge("myelin_disk_size_bytes", "Where the state is kept.", disk.getTotalSpace());
    }
  }

  // ---- switches --------------------------------------------------------------------------------

  private void devices(Families f, FabricState state) {
    ControlledFabric switches = member.switches();
    Map<DeviceId, Labels> labels = new TreeMap<>();
    for (Map.Entry<DeviceId, Device> e : state.inventory().devices()) {
      labels.put(e.getKey(), Labels.of("device", e.getKey().value()));
    }
    f.gauges(
        "myelin_switch_state",
        "1 in the row of the state that a switch is in.",
        g ->
            labels.forEach(
                (id, l) -> {
                  DeviceStatus.Phase is = switches.of(id).phase();
                  for (DeviceStatus.Phase p : DeviceStatus.Phase.values()) {
                    g.add(l.add("state", text(p)), p == is ? 1 : 0);
                  }
                }));
    f.gauges(
        "myelin_switch_table_entries",
        "Entries that a switch has acknowledged.",
        g -> labels.forEach((id, l) -> g.add(l, switches.of(id).entries())));
    f.counters(
        "myelin_switch_rejected_frames",
        "Frames to the controller that were rejected, by why, since this member leads.",
        c ->
            labels.forEach(
                (id, l) -> {
                  for (Map.Entry<Rejection, Long> e : switches.rejected(id).entrySet()) {
                    c.add(l.add("reason", text(e.getKey())), e.getValue());
                  }
                }));
    f.gauge(
        "myelin_fabric_miscabled_links",
        "Links whose cable goes elsewhere than the inventory says.",
        switches.miscabled().size());
  }

  // ---- links -----------------------------------------------------------------------------------

  /** A link of the fabric with what a scrape says of it, looked up once. */
  private record Seen(Labels labels, long capacityBps, LinkState state, PortRef port) {}

  private void links(Families f, FabricState state) {
    List<Seen> all = seen(state);
    ControlledFabric switches = member.switches();
    gauges(f, all, "capacity_bps", "Bits per second.", s -> s.capacityBps);
    gauges(f, all, "reserved_bps", "Bits per second that leases hold.", s -> s.state.heldBps());
    gauges(f, all, "up", "1: packets pass.", s -> s.state.up() ? 1 : 0);
    gauges(f, all, "drained", "1: an operator wants it empty.", s -> s.state.drained() ? 1 : 0);
    List<Estimate> estimates = new ArrayList<>(all.size());
    List<Estimator.Counters> counters = new ArrayList<>(all.size());
    for (Seen s : all) {
      estimates.add(switches.estimate(s.port, s.capacityBps));
      counters.add(switches.counters(s.port));
    }
    estimates(
        f,
        all,
        estimates,
        "used_bps",
        "Bits per second, as measured.",
        (s, e) -> e.utilisation() * s.capacityBps);
    estimates(
        f,
        all,
        estimates,
        "queue_wait_seconds",
        "What a packet of RoCE without a lease waits.",
        (s, e) -> e.queueingNs() / 1e9);
    counters(f, all, counters, "sent_bytes", "Sent.", Estimator.Counters::bytes);
    counters(f, all, counters, "sent_packets", "Sent.", Estimator.Counters::packets);
    counters(f, all, counters, "marked_packets", "Marked CE here.", Estimator.Counters::marked);
    counters(
        f, all, counters, "cnp_packets", "Congestion notifications.", Estimator.Counters::cnps);
    counters(
        f,
        all,
        counters,
        "dropped_packets",
        "Handed to the port's queues and not sent, of those that still wait some.",
        c -> Math.max(0, c.queued() - c.packets()));
  }

  private List<Seen> seen(FabricState state) {
    Topology t = state.topology();
    List<Labels> labels =
        linkLabels.computeIfAbsent(
            t,
            topology -> {
              linkLabels.clear();
              List<Labels> made = new ArrayList<>(topology.fabricLinks());
              for (int l = 0; l < topology.fabricLinks(); l++) {
                Link link = topology.link(l);
                made.add(
                    Labels.of(
                        "device", link.from().device().value(), "link", topology.id(l).value()));
              }
              return made;
            });
    List<Seen> all = new ArrayList<>(t.fabricLinks());
    for (int l = 0; l < t.fabricLinks(); l++) {
      all.add(new Seen(labels.get(l), t.capacityBps(l), state.links().get(l), t.link(l).from()));
    }
    return all;
  }

  private static void gauges(
      Families f, List<Seen> all, String name, String help, ToDoubleFunction<Seen> value) {
    f.gauges(
        "myelin_link_" + name,
        help,
        g -> all.forEach(s -> g.add(s.labels, value.applyAsDouble(s))));
  }

  private static void estimates(
      Families f,
      List<Seen> all,
      List<Estimate> estimates,
      String name,
      String help,
      ToDoubleBiFunction<Seen, Estimate> value) {
    f.gauges(
        "myelin_link_" + name,
        help,
        g -> {
          for (int i = 0; i < all.size(); i++) {
            Estimate e = estimates.get(i);
            if (!e.isUnknown()) {
              g.add(all.get(i).labels, value.applyAsDouble(all.get(i), e));
            }
          }
        });
  }

  private static void counters(
      Families f,
      List<Seen> all,
      List<Estimator.Counters> counters,
      String name,
      String help,
      ToDoubleFunction<Estimator.Counters> value) {
    f.counters(
        "myelin_link_" + name,
        help,
        c -> {
          for (int i = 0; i < all.size(); i++) {
            Estimator.Counters n = counters.get(i);
            if (n != null) {
              c.add(all.get(i).labels, value.applyAsDouble(n));
            }
          }
        });
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
    double bytes;
  }

  private static void leases(Families f, FabricState state) {
    Map<Group, Integer> leases = new TreeMap<>();
    Map<TenantId, Sums> sums = new TreeMap<>();
    List<Labels> infos = new ArrayList<>();
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease l = e.getValue();
      TenantId tenant = e.getKey().tenant();
      leases.merge(new Group(tenant, text(l.state())), 1, Integer::sum);
      Sums s = sums.computeIfAbsent(tenant, t -> new Sums());
      Usage usage = state.usage().get(e.getKey());
      s.bytes += usage == null ? 0 : usage.bytes();
      if (!l.state().lives()) {
        continue;
      }
      s.askedBps += l.spec().bandwidthBps();
      s.grantedBps += l.grantedBps();
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
    sum(f, sums, "asked_bps", "Bits per second that living leases ask for.", s -> s.askedBps);
    sum(f, sums, "granted_bps", "Bits per second that living leases have.", s -> s.grantedBps);
    sum(f, sums, "degraded", "Living leases that have less than they ask for.", s -> s.degraded);
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
      jobs.merge(new Group(tenant, text(e.getValue().state())), 1, Integer::sum);
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
                  g.add(quota(t, "bandwidth_bps"), u.bandwidthBps());
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
                  limit(g, quota(t, "bandwidth_bps"), q.maxBandwidthBps());
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

  private static String text(Enum<?> e) {
    return e.name().toLowerCase(Locale.ROOT);
  }
}
