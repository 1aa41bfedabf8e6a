package io.myelin.core.state;

import io.myelin.core.model.LinkId;
import io.myelin.core.path.Topology;
import io.myelin.core.state.Lease.LeaseState;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code apply(state, command) → (state, outcome, changes)}: a pure function. Bandwidth is admitted
 * here and nowhere else, so that no leader, pause or retry can book a link twice (invariant 1), and
 * the same commands give the same state on every replica (invariant 7).
 */
public final class StateMachine {

  private StateMachine() {}

  public static Applied apply(FabricState state, Command command) {
    return command.accept(new Application(state));
  }

  /** Where each kind of command is applied. */
  private record Application(FabricState state) implements CommandVisitor<Applied> {
    @Override
    public Applied visit(Command.SetInventory c) {
      return StateMachine.setInventory(state, c);
    }

    @Override
    public Applied visit(Command.SeedInventory c) {
      return InventoryCommands.seed(state, c);
    }

    @Override
    public Applied visit(Command.ApplyInventory c) {
      return InventoryCommands.apply(state, c);
    }

    @Override
    public Applied visit(Command.RecordDecisions c) {
      return FabricCommands.remember(state, c);
    }

    @Override
    public Applied visit(Command.ObserveLink c) {
      return FabricCommands.observe(state, c);
    }

    @Override
    public Applied visit(Command.ObserveDevice c) {
      return FabricCommands.observe(state, c);
    }

    @Override
    public Applied visit(Command.SetDrained c) {
      return FabricCommands.drain(state, c);
    }

    @Override
    public Applied visit(Command.SlowLink c) {
      return FabricCommands.slow(state, c);
    }

    @Override
    public Applied visit(Command.SetWeights c) {
      return FabricCommands.weigh(state, c);
    }

    @Override
    public Applied visit(Command.SteerFlow c) {
      return FabricCommands.steer(state, c);
    }

    @Override
    public Applied visit(Command.CreateLease c) {
      return StateMachine.create(state, c);
    }

    @Override
    public Applied visit(Command.UpdateLease c) {
      return StateMachine.update(state, c);
    }

    @Override
    public Applied visit(Command.MoveLeases c) {
      return StateMachine.move(state, c);
    }

    @Override
    public Applied visit(Command.ShareOut c) {
      return StateMachine.share(state, c);
    }

    @Override
    public Applied visit(Command.SetBursts c) {
      return StateMachine.burst(state, c);
    }

    @Override
    public Applied visit(Command.DegradeLease c) {
      return StateMachine.degrade(state, c);
    }

    @Override
    public Applied visit(Command.Provisioned c) {
      return StateMachine.provisioned(state, c);
    }

    @Override
    public Applied visit(Command.ProvisioningFailed c) {
      return StateMachine.failed(state, c);
    }

    @Override
    public Applied visit(Command.ReleaseLease c) {
      return StateMachine.release(state, c);
    }

    @Override
    public Applied visit(Command.Released c) {
      return StateMachine.released(state, c);
    }

    @Override
    public Applied visit(Command.ReleaseRefused c) {
      return StateMachine.releaseRefused(state, c);
    }

    @Override
    public Applied visit(Command.ForceRelease c) {
      return StateMachine.forceRelease(state, c);
    }

    @Override
    public Applied visit(Command.CreateJob c) {
      return JobCommands.create(state, c);
    }

    @Override
    public Applied visit(Command.UpdateJob c) {
      return JobCommands.update(state, c);
    }

    @Override
    public Applied visit(Command.ReleaseJob c) {
      return JobCommands.release(state, c);
    }

    @Override
    public Applied visit(Command.RecordUsage c) {
      return StateMachine.record(state, c);
    }

    @Override
    public Applied visit(Command.Tick c) {
      return StateMachine.tick(state, c);
    }
  }

  // ---- fabric --------------------------------------------------------------------------------

  private static Applied setInventory(FabricState s, Command.SetInventory c) {
    if (s.inventory().equals(c.inventory())) {
      return unchanged(s, new Outcome.Done());
    }
    Topology topology = new Topology(c.inventory());
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (int l = 0; l < s.topology().links(); l++) {
      Outcome.Refused refusal = stillFits(s, l, topology);
      if (refusal != null) {
        return unchanged(s, refusal);
      }
    }
    FabricCommands.dropStale(s, d, topology);
    d.put(topology);
    for (Map.Entry<?, ?> e : c.inventory().tenants()) {
      d.numberTenant((io.myelin.core.model.TenantId) e.getKey());
    }
    d.changes.add(new Applied.Change.InventoryChanged());
    return d.applied(new Outcome.Done());
  }

  /** Whether what is booked on a link of the old inventory fits into the new one. */
  private static Outcome.@Nullable Refused stillFits(FabricState s, int link, Topology next) {
    LinkState l = s.links().get(link);
    if (l.leases().isEmpty()) {
      return null;
    }
    LinkId id = s.topology().id(link);
    LeaseName by = l.leases().iterator().next().getKey();
    Integer n = next.number(id);
    if (n == null) {
      return new Outcome.InventoryInUse(by, "link " + id);
    }
    long taken = Math.max(l.heldBps(), l.booked().peakBps());
    return taken <= next.reservableBps(n)
        ? null
        : new Outcome.InventoryInUse(
            by, "capacity of " + id + ", of which " + taken + " is reserved");
  }

  // ---- leases --------------------------------------------------------------------------------

  private static Applied create(FabricState s, Command.CreateLease c) {
    Outcome earlier = Admission.earlier(s, c.request());
    if (earlier != null) {
      return unchanged(s, earlier);
    }
    Lease existing = s.leases().get(c.name());
    if (existing != null && (!existing.state().ended() || c.names() == Command.NameUse.ONCE)) {
      return unchanged(s, new Outcome.LeaseExists(existing));
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Lease lease =
        new Lease(
            c.name(),
            c.spec(),
            c.spec().startTimeMs() > c.timeMs() ? LeaseState.SCHEDULED : LeaseState.PROVISIONING,
            LeaseState.RELEASED,
            c.route(),
            "",
            LeaseVersion.first(d.vacate(existing), d.revision, c.timeMs()),
            LeaseShare.whole(c.spec().bandwidthBps()),
            null);
    Outcome.Refused refusal = Admission.trafficTaken(s, lease);
    if (refusal != null) {
      return unchanged(s, refusal);
    }
    d.put(null, lease);
    d.remember(c.request(), c.name());
    refusal = d.overQuota(c.name().tenant());
    refusal =
        refusal == null ? Admission.misplaced(d, lease, StateTransaction.Spare.KEPT) : refusal;
    return refusal != null ? unchanged(s, refusal) : d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied update(FabricState s, Command.UpdateLease c) {
    Outcome earlier = Admission.earlier(s, c.request());
    if (earlier != null) {
      return unchanged(s, earlier);
    }
    Lease old = s.leases().get(c.name());
    Outcome.Refused refusal = Admission.notChangeable(old, c.name(), c.etag());
    if (refusal != null || old == null) {
      return unchanged(s, refusal == null ? new Outcome.LeaseNotFound(c.name()) : refusal);
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    boolean stays = c.route().path().equals(old.path());
    Lease lease =
        stays && c.spec().bandwidthBps() == old.spec().bandwidthBps()
            ? old.staying(c.spec(), c.route(), d.revision, c.timeMs())
            : old.on(c.spec(), c.route(), "", d.revision, c.timeMs());
    lease = c.shrink() == Command.Shrink.ACKNOWLEDGED ? lease.holdingAs(old) : lease;
    d.put(old, lease);
    d.remember(c.request(), c.name());
    // Where it stays, it may stay, even while a link of its path is down.
    stays &= c.spec().terms().equals(old.spec().terms());
    refusal = d.overQuota(c.name().tenant());
    if (refusal == null) {
      refusal =
          stays
              ? Admission.overstaying(d, lease)
              : Admission.misplaced(d, lease, StateTransaction.Spare.KEPT);
    }
    return refusal != null ? unchanged(s, refusal) : d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied move(FabricState s, Command.MoveLeases c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Outcome.Refused refusal = Admission.move(s, d, c.moves(), c.reason(), c.timeMs());
    refusal = refusal == null ? Admission.misplaced(s, d, c.moves()) : refusal;
    return refusal != null ? unchanged(s, refusal) : d.applied(new Outcome.Done());
  }

  private static Applied share(FabricState s, Command.ShareOut c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (Command.Share share : c.shares()) {
      Lease old = s.leases().get(share.lease());
      boolean sharing = old != null && old.state().lives() && old.state() != LeaseState.SCHEDULED;
      if (old == null || !sharing || old.generation() != share.generation()) {
        return unchanged(s, new Outcome.Superseded(share.lease()));
      }
      long granted = Math.min(share.grantedBps(), old.spec().bandwidthBps());
      d.put(old, old.sharing(share.route(), granted, share.reason(), d.revision, c.timeMs()));
    }
    for (Command.Share share : c.shares()) {
      Lease old = s.leases().get(share.lease());
      Lease lease = d.lease(share.lease());
      if (old == null || lease == null) {
        return unchanged(s, new Outcome.Superseded(share.lease()));
      }
      // Where it stays, it may stay, even while a link of its path is down.
      Outcome.Refused refusal =
          lease.path().equals(old.path())
              ? Admission.overstaying(d, lease)
              : Admission.misplaced(d, lease, StateTransaction.Spare.KEPT);
      if (refusal != null) {
        return unchanged(s, refusal);
      }
    }
    return d.changes.isEmpty() ? unchanged(s, new Outcome.Done()) : d.applied(new Outcome.Done());
  }

  private static Applied burst(FabricState s, Command.SetBursts c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (Command.Burst burst : c.bursts()) {
      Lease old = d.lease(burst.lease());
      if (old == null || !old.elastic() || old.generation() != burst.generation()) {
        return unchanged(s, new Outcome.Superseded(burst.lease()));
      }
      long extra = Math.min(burst.extraBps(), old.spec().burstRoomBps());
      if (extra != old.extraBps()) {
        d.put(old, old.bursting(extra, c.timeMs()));
      }
    }
    for (Command.Burst burst : c.bursts()) {
      Lease old = s.leases().get(burst.lease());
      Lease lease = d.lease(burst.lease());
      Outcome.Refused refusal =
          lease == null || old == null || lease.extraBps() <= old.extraBps()
              ? null
              : d.withoutSpare(lease);
      if (refusal != null) {
        return unchanged(s, refusal);
      }
    }
    return d.changes.isEmpty() ? unchanged(s, new Outcome.Done()) : d.applied(new Outcome.Done());
  }

  private static Applied degrade(FabricState s, Command.DegradeLease c) {
    Lease old = s.leases().get(c.name());
    if (old == null || !old.state().lives() || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    if (old.state() == LeaseState.DEGRADED && old.reason().equals(c.reason())) {
      return unchanged(s, new Outcome.Done());
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Lease lease = old.in(LeaseState.DEGRADED, c.reason(), d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied provisioned(FabricState s, Command.Provisioned c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Outcome outcome = new Outcome.Done();
    for (Command.Held held : c.leases()) {
      Lease old = d.lease(held.name());
      if (old == null || !old.awaitsSwitch() || old.generation() != held.generation()) {
        outcome = new Outcome.Superseded(held.name());
      } else {
        d.put(old, old.acknowledged(d.revision, c.timeMs()));
      }
    }
    return d.changes.isEmpty() ? unchanged(s, outcome) : d.applied(new Outcome.Done());
  }

  private static Applied failed(FabricState s, Command.ProvisioningFailed c) {
    Lease old = s.leases().get(c.name());
    if (old == null || !old.state().lives() || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Lease lease = old.releasing(LeaseState.FAILED, c.reason(), d.revision, c.timeMs());
    d.put(old, lease);
    JobName job = old.job();
    if (job != null) {
      JobCommands.failed(s, d, job, lease, c.timeMs());
    }
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied release(FabricState s, Command.ReleaseLease c) {
    Outcome earlier = Admission.earlier(s, c.request());
    if (earlier != null) {
      return unchanged(s, earlier);
    }
    Lease old = s.leases().get(c.name());
    Outcome.Refused refusal = Admission.notChangeable(old, c.name(), c.etag());
    if (refusal != null || old == null) {
      return unchanged(s, refusal == null ? new Outcome.LeaseNotFound(c.name()) : refusal);
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Lease lease = old.releasing(LeaseState.RELEASED, "", d.revision, c.timeMs());
    d.put(old, lease);
    d.remember(c.request(), c.name());
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied released(FabricState s, Command.Released c) {
    Lease old = s.leases().get(c.name());
    if (old == null || old.state() != LeaseState.RELEASING || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Lease lease = old.in(old.endsAs(), old.endReason(), d.revision, c.timeMs());
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied releaseRefused(FabricState s, Command.ReleaseRefused c) {
    Lease old = s.leases().get(c.name());
    if (old == null || old.state() != LeaseState.RELEASING || old.generation() != c.generation()) {
      return unchanged(s, new Outcome.Superseded(c.name()));
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    Lease lease = old.removalRefused(c.reason(), d.revision, c.timeMs());
    if (lease.reason().equals(old.reason())) {
      return unchanged(s, new Outcome.Done());
    }
    d.put(old, lease);
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied forceRelease(FabricState s, Command.ForceRelease c) {
    Outcome earlier = Admission.earlier(s, c.request());
    if (earlier != null) {
      return unchanged(s, earlier);
    }
    Lease old = s.leases().get(c.name());
    if (old == null) {
      return unchanged(s, new Outcome.LeaseNotFound(c.name()));
    }
    if (old.state().ended()) {
      return unchanged(s, new Outcome.LeaseEnded(old));
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    LeaseState end = old.state() == LeaseState.RELEASING ? old.endsAs() : LeaseState.RELEASED;
    Lease lease =
        old.releasing(end, "", d.revision, c.timeMs())
            .in(end, "forced: switches may still hold its entries", d.revision, c.timeMs());
    d.put(old, lease);
    d.remember(c.request(), c.name());
    return d.applied(new Outcome.LeaseDone(lease));
  }

  private static Applied record(FabricState s, Command.RecordUsage c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (Command.Reading r : c.readings()) {
      if (s.leases().containsKey(r.lease())) {
        d.count(r);
      }
    }
    return d.changes.isEmpty() ? unchanged(s, new Outcome.Done()) : d.applied(new Outcome.Done());
  }

  private static Applied tick(FabricState s, Command.Tick c) {
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (Map.Entry<AgendaItem, Boolean> e : s.leaseIndices().agenda()) {
      if (e.getKey().timeMs() > c.timeMs()) {
        break;
      }
      Lease old = d.state().leases().get(e.getKey().lease());
      if (old == null) {
        continue; // forgotten a moment ago
      }
      boolean forgotten = old.updateTimeMs() + RequestRecord.KEPT_MS <= c.timeMs();
      if (old.state().ended() && forgotten) {
        d.forget(old);
      } else if (old.state().lives() && old.spec().expireTimeMs() <= c.timeMs()) {
        d.put(old, old.releasing(LeaseState.EXPIRED, "expired", d.revision, c.timeMs()));
      } else if (old.state() == LeaseState.SCHEDULED) {
        start(d, old, c.timeMs());
      }
    }
    boolean requests = d.forgetRequestsUntil(c.timeMs() - RequestRecord.KEPT_MS);
    return d.changes.isEmpty() && !requests
        ? unchanged(s, new Outcome.Done())
        : d.applied(new Outcome.Done());
  }

  /** Begins a scheduled lease, unless what ran before it still occupies its bandwidth. */
  private static void start(StateTransaction d, Lease old, long timeMs) {
    FabricState s = d.state();
    String wait = null;
    for (LinkId link : old.path().links()) {
      if (s.unheldBps(link) < old.spec().bandwidthBps()) {
        wait = wait == null ? "waits for others to release link " + link : wait;
        takeBack(d, link, timeMs);
      }
    }
    for (Lease other : Admission.rivals(s, old.spec())) {
      if (other.state().occupies() && other.spec().traffic().overlaps(old.spec().traffic())) {
        wait = "waits for " + other.name() + " to release the same traffic";
      }
    }
    if (wait != null) {
      if (!wait.equals(old.reason())) {
        d.put(old, old.in(LeaseState.SCHEDULED, wait, d.revision, timeMs));
      }
      return;
    }
    Outcome.Refused refusal = Admission.misplaced(d, old, StateTransaction.Spare.USED);
    Lease lease =
        new Lease(
            old.name(),
            old.spec(),
            refusal == null ? LeaseState.PROVISIONING : LeaseState.DEGRADED,
            old.endsAs(),
            old.route(),
            refusal == null ? "" : "its path broke before it started",
            old.version().next(d.revision, timeMs),
            LeaseShare.whole(old.heldBps()),
            old.job());
    d.put(old, lease);
  }

  /** Elastic leases on a link give back what they have above what they ask for. */
  private static void takeBack(StateTransaction d, LinkId link, long timeMs) {
    for (Map.Entry<LeaseName, Boolean> e : d.state().link(link).leases()) {
      Lease lease = d.lease(e.getKey());
      if (lease != null && lease.elastic() && lease.extraBps() > 0) {
        d.put(lease, lease.bursting(0, timeMs));
      }
    }
  }

  static Applied unchanged(FabricState s, Outcome outcome) {
    return new Applied(s, s, outcome, List.of());
  }
}
