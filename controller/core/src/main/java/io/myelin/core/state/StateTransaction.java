package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.collect.PersistentVector;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Path;
import io.myelin.core.path.Topology;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The next state while a command is being applied; keeps the indices true. */
final class StateTransaction {
  private final FabricState before;
  private final long timeMs;
  final long revision;
  private Topology topology;
  private long inventoryVersion;
  private PersistentVector<LinkState> links;
  private PersistentMap<DeviceId, String> lost;
  private PersistentMap<LeaseName, Lease> leases;
  private LeaseIndices indices;
  private PersistentMap<LeaseName, Usage> usage;
  private PersistentMap<JobName, Job> jobs;
  private RequestLog requests;
  private TenantRecords tenants;
  private LoopRecords loops;
  final List<Applied.Change> changes = new ArrayList<>();

  StateTransaction(FabricState s, long timeMs) {
    before = s;
    this.timeMs = timeMs;
    revision = s.revision() + 1;
    topology = s.topology();
    inventoryVersion = s.inventoryVersion();
    links = s.links();
    lost = s.lost();
    leases = s.leases();
    indices = s.leaseIndices();
    usage = s.usage();
    jobs = s.jobs();
    requests = s.requestLog();
    tenants = s.tenants();
    loops = s.loops();
  }

  /** The state as it would be. */
  FabricState state() {
    return new FabricState(
        revision,
        topology,
        inventoryVersion,
        links,
        lost,
        leases,
        indices,
        usage,
        jobs,
        requests,
        tenants,
        loops);
  }

  /** An inventory of a version of its own. */
  void putNextVersion(Topology next) {
    put(next);
    inventoryVersion++;
  }

  /** A decision, or what became of it; the oldest is forgotten. */
  void put(PastDecision decision) {
    loops = loops.with(decision);
    changes.add(new Applied.Change.DecisionChanged(decision.id()));
  }

  /** Another inventory; what is so of links stays where they have the same name. */
  void put(Topology next) {
    // What fails together may differ now.
    List<Lease> covered = new ArrayList<>();
    leases.forEach(
        (name, lease) -> {
          if (lease.backup() != null) {
            covered.add(lease);
          }
        });
    covered.forEach(lease -> setAside(lease, -1)); // while numbers are those of the old topology
    // Numbers are those of the new topology from here on; names are what stays.
    PersistentVector<LinkState> moved = PersistentVector.filled(next.links(), LinkState.INITIAL);
    for (int l = 0; l < topology.links(); l++) {
      Integer n = next.number(topology.id(l));
      if (n != null && !links.get(l).isInitial()) {
        moved = moved.with(n, links.get(l));
      }
    }
    links = moved;
    for (Map.Entry<TenantId, Tenant> e : next.inventory().tenants()) {
      Quota quota = e.getValue().quota();
      if (!quota.equals(quota(e.getKey()))) {
        // Another price or period: money is counted anew, from now on.
        long start = Math.floorDiv(timeMs, quota.periodMs()) * quota.periodMs();
        QuotaUsage a = account(e.getKey()).anew(quota, leases, e.getKey(), start, timeMs);
        tenants = a.equals(QuotaUsage.EMPTY) ? tenants : tenants.with(e.getKey(), a);
      }
    }
    for (Map.Entry<DeviceId, String> e : lost) {
      if (!next.inventory().devices().containsKey(e.getKey())) {
        lost = lost.without(e.getKey());
      }
    }
    topology = next;
    covered.forEach(lease -> setAside(lease, +1));
  }

  /** What is so of a link itself; bookings must stay as they are. */
  void put(int link, LinkState now) {
    links = links.with(link, now);
    changes.add(new Applied.Change.LinkChanged(topology.id(link)));
  }

  /** Why the leader cannot say what a device holds; empty: it can. */
  void put(DeviceId device, String why) {
    lost = why.isEmpty() ? lost.without(device) : lost.with(device, why);
    changes.add(new Applied.Change.DeviceChanged(device));
  }

  void put(RouteWeights w) {
    loops = loops.with(w);
    changes.add(new Applied.Change.WeightsChanged(w.toward()));
  }

  void put(SteeredFlow flow) {
    loops = loops.with(flow);
    changes.add(new Applied.Change.FlowChanged(flow.key()));
  }

  void count(Command.Reading r) {
    Usage old = usage.getOrDefault(r.lease(), Usage.NONE);
    Usage now = old.with(r.counter(), r.made(), r.packets(), r.bytes(), timeMs);
    if (!now.equals(old)) {
      usage = usage.with(r.lease(), now);
      changes.add(new Applied.Change.UsageChanged(r.lease()));
    }
  }

  void letGo(SteeredFlow.Key flow) {
    loops = loops.without(flow);
    changes.add(new Applied.Change.FlowChanged(flow));
  }

  /** Replaces {@code old} by {@code lease}: bookings and indices follow. */
  void put(@Nullable Lease old, Lease lease) {
    account(old, lease);
    if (old != null && onlyRerouted(old, lease)) {
      reroute(old, lease);
    } else if (old == null || !sameFootprint(old, lease)) {
      if (old != null) {
        index(old, -1);
      }
      index(lease, +1);
    }
    leases = leases.with(lease.name(), lease);
    changes.add(new Applied.Change.LeaseChanged(lease.name()));
    forgetEnded(lease.name().tenant());
    Job job = old == null || old.state() == lease.state() ? null : jobOf(lease);
    if (job != null && old != null) {
      jobs = jobs.with(job.name(), job.counting(old.state(), -1).counting(lease.state(), 1));
      changes.add(new Applied.Change.JobChanged(job.name()));
    }
  }

  private void account(@Nullable Lease old, Lease lease) {
    boolean same =
        old != null
            && old.state().lives() == lease.state().lives()
            && old.state().ended() == lease.state().ended()
            && old.spec().equals(lease.spec());
    if (!same) {
      TenantId tenant = lease.name().tenant();
      Quota quota = quota(tenant);
      QuotaUsage a = account(tenant).at(quota, leases, tenant, timeMs);
      tenants = tenants.with(tenant, a.with(quota, old, lease, timeMs));
    }
  }

  private QuotaUsage account(TenantId tenant) {
    return tenants.usageOf(tenant);
  }

  private Quota quota(TenantId tenant) {
    Tenant t = topology.inventory().tenants().get(tenant);
    return t == null ? Quota.NONE : t.quota();
  }

  /** The first limit of a tenant's quota that this draft exceeds. */
  Outcome.@Nullable Refused overQuota(TenantId tenant) {
    Tenant t = topology.inventory().tenants().get(tenant);
    if (t == null) {
      return null;
    }
    QuotaUsage then =
        before.tenants().usageOf(tenant).at(t.quota(), before.leases(), tenant, timeMs);
    return QuotaUsage.exceeded(t, then, account(tenant));
  }

  /** Whether it differs in nothing that is booked or indexed but the links it is on. */
  private static boolean onlyRerouted(Lease a, Lease b) {
    return a.state().lives()
        && b.state().lives()
        && a.state().occupies() == b.state().occupies()
        && a.heldBps() == b.heldBps()
        && a.shortBps() == b.shortBps()
        && a.backup() == null
        && b.backup() == null
        && a.createTimeMs() == b.createTimeMs()
        && a.spec().equals(b.spec())
        && !a.route().equals(b.route());
  }

  private void reroute(Lease old, Lease lease) {
    bookWithout(old, lease.path(), -1);
    bookWithout(lease, old.path(), +1);
  }

  /** Books a lease's links but those of another path, where nothing changes. */
  private void bookWithout(Lease lease, Path other, int sign) {
    for (LinkId id : lease.path().links()) {
      Integer link = topology.number(id);
      if (link != null && !other.links().contains(id)) {
        book(link, lease, sign);
      }
    }
  }

  /** Whether no booking and no index differs: only the state moved on. */
  private static boolean sameFootprint(Lease a, Lease b) {
    return a.state().lives()
        && b.state().lives()
        && a.state().occupies() == b.state().occupies()
        && a.heldBps() == b.heldBps()
        && a.shortBps() == b.shortBps()
        && a.spec().equals(b.spec())
        && a.route().equals(b.route());
  }

  /** Of the leases of a tenant that have ended, only the last so many are remembered. */
  private void forgetEnded(TenantId tenant) {
    if (account(tenant).ended() > Ended.MOST) {
      LeaseName first = Ended.first(indices.ended(), tenant);
      Lease lease = first == null ? null : leases.get(first);
      if (lease != null) {
        forget(lease);
      }
    }
  }

  /** Removes a lease that has ended for good, and its job with the last one. */
  void forget(Lease lease) {
    TenantId tenant = lease.name().tenant();
    tenants = tenants.with(tenant, account(tenant).forgetting());
    usage = usage.without(lease.name());
    index(lease, -1);
    leases = leases.without(lease.name());
    changes.add(new Applied.Change.LeaseChanged(lease.name()));
    Job job = jobOf(lease);
    if (job != null) {
      Job rest = job.without(lease);
      jobs = rest.leases().isEmpty() ? jobs.without(rest.name()) : jobs.with(rest.name(), rest);
      changes.add(new Applied.Change.JobChanged(rest.name()));
    }
  }

  /**
   * Makes a name free for a new lease: what has ended gets a name of its own, under which it stays
   * readable, and so do the records of requests about it.
   *
   * @param ended null: there is none of that name
   * @return the new lease's generation: no acknowledgement of what was called so is about it
   */
  long vacate(@Nullable Lease ended) {
    if (ended == null) {
      return 1;
    }
    LeaseName aside = rename(ended, ended.job());
    Job job = jobOf(ended);
    if (job != null) {
      put(job.called(job.name(), job.leases().without(ended.name()).with(aside, true)));
    }
    return ended.generation() + 1;
  }

  /** As the other, for a job and all its leases. */
  void vacate(Job ended) {
    JobName aside = ended.name().aside(ended.revision());
    PersistentMap<LeaseName, Boolean> names = PersistentMap.empty();
    for (Map.Entry<LeaseName, Boolean> e : ended.leases()) {
      Lease lease = leases.get(e.getKey());
      if (lease != null) {
        names = names.with(rename(lease, aside), true);
      }
    }
    requests = requests.renamed(ended.name(), aside, ended.createTimeMs(), timeMs);
    jobs = jobs.without(ended.name());
    changes.add(new Applied.Change.JobChanged(ended.name()));
    put(ended.called(aside, names));
  }

  /** Gives a lease that has ended a name of its own; whose job it is in is for the caller. */
  private LeaseName rename(Lease ended, @Nullable JobName job) {
    LeaseName name = ended.name();
    Lease lease = ended.called(name.aside(ended.revision()), job);
    index(ended, -1);
    index(lease, +1);
    leases = leases.without(name).with(lease.name(), lease);
    Usage carried = usage.get(name);
    if (carried != null) {
      usage = usage.without(name).with(lease.name(), carried);
    }
    requests = requests.renamed(name, lease.name(), ended.createTimeMs(), ended.updateTimeMs());
    changes.add(new Applied.Change.LeaseChanged(lease.name()));
    changes.add(new Applied.Change.LeaseChanged(name));
    return lease.name();
  }

  /** The job that a lease counts in; null: none, or not any more. */
  private @Nullable Job jobOf(Lease lease) {
    JobName name = lease.job();
    Job job = name == null ? null : jobs.get(name);
    return job != null && job.leases().containsKey(lease.name()) ? job : null;
  }

  void put(Job job) {
    jobs = jobs.with(job.name(), job);
    changes.add(new Applied.Change.JobChanged(job.name()));
  }

  @Nullable Job job(JobName name) {
    return jobs.get(name);
  }

  @Nullable Lease lease(LeaseName name) {
    return leases.get(name);
  }

  private void index(Lease lease, int sign) {
    indices = sign > 0 ? indices.with(lease) : indices.without(lease);
    if (lease.state().ended()) {
      return;
    }
    for (LinkId id : lease.path().links()) {
      Integer link = topology.number(id);
      if (link != null) {
        book(link, lease, sign);
      }
    }
    setAside(lease, sign);
  }

  private void book(int link, Lease lease, int sign) {
    LinkState l = links.get(link);
    long bps = sign * lease.bookedBps();
    links =
        links.with(
            link,
            l.with(
                l.heldBps() + (lease.state().occupies() ? sign * lease.heldBps() : 0),
                lease.state().lives() ? l.booked().with(lease.window(), bps, timeMs) : l.booked(),
                l.backups(),
                sign > 0 ? l.leases().with(lease.name(), true) : l.leases().without(lease.name())));
  }

  /** Lets a lease hold more than it books, in as far as nobody holds it on any of its links. */
  void hold(Lease lease, long upToBps) {
    long room = upToBps - lease.heldBps();
    for (LinkId id : lease.path().links()) {
      Integer link = topology.number(id);
      if (link != null) {
        room = Math.min(room, topology.reservableBps(link) - links.get(link).heldBps());
      }
    }
    if (room > 0) {
      Lease holding = lease.holding(lease.heldBps() + room);
      index(lease, -1);
      index(holding, +1);
      leases = leases.with(holding.name(), holding);
    }
  }

  /** Room for the case that its path breaks; access links are on both of its paths. */
  private void setAside(Lease lease, int sign) {
    Path backup = lease.backup();
    if (backup == null || !lease.state().lives()) {
      return;
    }
    Set<String> failures =
        SingleFailures.of(topology, lease.path(), lease.spec().terms().protection());
    for (LinkId id : backup.links()) {
      Integer link = topology.number(id);
      if (link != null && link < topology.fabricLinks()) {
        LinkState l = links.get(link);
        Backups spare =
            l.backups().with(failures, lease.window(), sign * lease.spec().bandwidthBps(), timeMs);
        links =
            links.with(
                link,
                l.with(
                    l.heldBps(),
                    l.booked(),
                    spare,
                    sign > 0
                        ? l.leases().with(lease.name(), true)
                        : l.leases().without(lease.name())));
      }
    }
  }

  /** What becomes of room that is set aside for backups. */
  enum Spare {
    KEPT,
    /** This is the case that it was set aside for. */
    USED
  }

  /** The first link of a lease's route on which more is booked or held than may be. */
  Outcome.@Nullable Refused overbooked(Lease lease, Spare spare) {
    Outcome.Refused refusal = overbooked(lease, lease.path(), spare);
    Path backup = lease.backup();
    return refusal == null && backup != null ? overbooked(lease, backup, spare) : refusal;
  }

  private Outcome.@Nullable Refused overbooked(Lease lease, Path path, Spare spare) {
    for (LinkId id : path.links()) {
      Integer link = topology.number(id);
      if (link == null) {
        return new Outcome.LinkFull(id, 0);
      }
      LinkState then = before.topology() == topology ? before.links().get(link) : LinkState.INITIAL;
      LinkState now = links.get(link);
      long reservable = topology.reservableBps(link);
      TimeWindow w = lease.window();
      // A link that was overbooked by a shrunken inventory must not block changes that free it.
      boolean full =
          exceeds(now.heldBps(), then.heldBps(), reservable)
              || (spare == Spare.KEPT
                  ? exceeds(now.takenBps(w), then.takenBps(w), reservable)
                  : exceeds(now.booked().peakBps(w), then.booked().peakBps(w), reservable));
      if (full) {
        return new Outcome.LinkFull(id, before.freeBps(id, w, timeMs));
      }
    }
    return null;
  }

  /** The first link on which a burst would take what is held, or set aside for failures. */
  Outcome.@Nullable Refused withoutSpare(Lease lease) {
    TimeWindow now = TimeWindow.lasting(timeMs, 1);
    for (LinkId id : lease.path().links()) {
      Integer link = topology.number(id);
      if (link == null) {
        return new Outcome.LinkFull(id, 0);
      }
      LinkState l = links.get(link);
      if (l.heldBps() + l.backups().neededBps(now) > topology.reservableBps(link)) {
        return new Outcome.LinkFull(id, before.freeBps(id, now, timeMs));
      }
    }
    return null;
  }

  private static boolean exceeds(long now, long before, long limit) {
    return now > limit && now > before;
  }

  void remember(Command.@Nullable Request request, Named about) {
    if (request != null) {
      requests =
          requests.with(request.key(), new RequestRecord(request.fingerprint(), about, timeMs));
    }
  }

  /** Forgets requests that were made before a moment; says whether there were any. */
  boolean forgetRequestsUntil(long ms) {
    RequestLog was = requests;
    requests = requests.after(ms);
    return requests.records().size() < was.records().size();
  }

  void numberTenant(TenantId tenant) {
    tenants = tenants.numbered(tenant);
  }

  Applied applied(Outcome outcome) {
    return new Applied(before, state(), outcome, changes);
  }
}
