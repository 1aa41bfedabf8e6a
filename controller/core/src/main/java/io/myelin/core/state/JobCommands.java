package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Invalid;
import io.myelin.core.state.JobFlows.Flow;
import io.myelin.core.state.Lease.LeaseState;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Commands about jobs: many leases, one outcome. */
final class JobCommands {
  private static final String MADE_ROOM = "moved to make room for a job";

  private JobCommands() {}

  static Applied create(FabricState s, Command.CreateJob c) {
    Outcome earlier = Admission.earlier(s, c.request());
    if (earlier != null) {
      return StateMachine.unchanged(s, earlier);
    }
    Job existing = s.jobs().get(c.name());
    if (existing != null && (!existing.ended() || c.names() == Command.NameUse.ONCE)) {
      return StateMachine.unchanged(s, new Outcome.JobExists(existing));
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    if (existing != null) {
      d.vacate(existing);
    }
    Job job =
        new Job(
            c.name(),
            c.spec(),
            PersistentMap.empty(),
            Map.of(),
            1,
            c.fit(),
            0,
            c.timeMs(),
            c.timeMs());
    return put(
        s,
        d,
        job,
        Map.of(),
        c.routes(),
        c.moves(),
        c.request(),
        c.timeMs(),
        c.names(),
        Command.Shrink.ACKNOWLEDGED);
  }

  static Applied update(FabricState s, Command.UpdateJob c) {
    Outcome earlier = Admission.earlier(s, c.request());
    if (earlier != null) {
      return StateMachine.unchanged(s, earlier);
    }
    Job old = s.jobs().get(c.name());
    Outcome.Refused refusal = notChangeable(old, c.name(), c.etag());
    if (refusal != null || old == null) {
      return StateMachine.unchanged(
          s, refusal == null ? new Outcome.JobNotFound(c.name()) : refusal);
    }
    Job job =
        new Job(
            c.name(),
            c.spec(),
            PersistentMap.empty(),
            Map.of(),
            old.next(),
            c.fit(),
            0,
            old.createTimeMs(),
            c.timeMs());
    Map<Flow, Lease> there = JobFlows.living(s, old);
    return put(
        s,
        new StateTransaction(s, c.timeMs()),
        job,
        there,
        c.routes(),
        c.moves(),
        c.request(),
        c.timeMs(),
        c.names(),
        c.shrink());
  }

  /**
   * @param there leases of the job's that live, by what they carry
   */
  private static Applied put(
      FabricState s,
      StateTransaction d,
      Job job,
      Map<Flow, Lease> there,
      List<Route> routes,
      List<Command.Move> moves,
      Command.@Nullable Request request,
      long timeMs,
      Command.NameUse use,
      Command.Shrink shrink) {
    List<LeaseSpec> flows;
    try {
      flows = JobFlows.of(s.inventory(), job.spec());
    } catch (Invalid e) {
      return StateMachine.unchanged(s, new Outcome.JobUnfit(e.field(), e.problem()));
    }
    if (flows.size() != routes.size()) {
      // The inventory changed since it was placed.
      return StateMachine.unchanged(
          s, new Outcome.NoPath(routes.size() + " routes for " + flows.size() + " leases"));
    }
    Outcome.Refused refusal = Admission.move(s, d, moves, MADE_ROOM, timeMs);
    if (refusal != null) {
      return StateMachine.unchanged(s, refusal);
    }
    Map<Flow, Lease> left = new HashMap<>(there);
    PersistentMap<LeaseName, Boolean> names = PersistentMap.empty();
    Map<LeaseState, Integer> tally = new EnumMap<>(LeaseState.class);
    List<Lease> changed = new ArrayList<>();
    int next = job.next();
    for (int i = 0; i < flows.size(); i++) {
      LeaseSpec spec = flows.get(i);
      Lease old = left.remove(Flow.of(spec));
      Lease lease;
      if (old == null) {
        Lease named = d.lease(job.name().lease(next));
        if (named != null && (!named.state().ended() || use == Command.NameUse.ONCE)) {
          return StateMachine.unchanged(s, new Outcome.LeaseExists(named));
        }
        lease = added(job, next++, spec, routes.get(i), d.vacate(named), d.revision, timeMs);
        refusal = Admission.trafficTaken(s, lease);
        if (refusal != null) {
          return StateMachine.unchanged(s, refusal);
        }
      } else {
        boolean stays =
            routes.get(i).equals(old.route())
                && spec.bandwidthBps() == old.spec().bandwidthBps()
                && old.shortBps() == 0
                && old.state() != LeaseState.DEGRADED;
        lease =
            stays && spec.equals(old.spec())
                ? old
                : stays
                    ? old.staying(spec, old.route(), d.revision, timeMs)
                    : old.on(spec, routes.get(i), "", d.revision, timeMs);
      }
      names = names.with(lease.name(), true);
      tally.merge(lease.state(), 1, Integer::sum);
      if (!lease.equals(old)) {
        d.put(old, lease);
        changed.add(lease);
      }
    }
    // What is left over goes; the job's own new flows take its room at once, as a lease that moves.
    for (Lease old : ordered(left)) {
      Lease leaving =
          old.releasing(LeaseState.RELEASED, "not of the job any more", d.revision, timeMs);
      d.put(old, leaving.ceding());
    }
    refusal = d.overQuota(job.name().tenant());
    for (Lease lease : changed) {
      refusal =
          refusal == null ? Admission.misplaced(d, lease, StateTransaction.Spare.KEPT) : refusal;
    }
    refusal = refusal == null ? Admission.misplaced(s, d, moves) : refusal;
    if (refusal != null) {
      return StateMachine.unchanged(s, refusal);
    }
    if (shrink == Command.Shrink.ACKNOWLEDGED) {
      hold(d, there, changed);
    }
    Job done =
        new Job(
            job.name(),
            job.spec(),
            names,
            tally,
            next,
            job.fit(),
            d.revision,
            job.createTimeMs(),
            job.updateTimeMs());
    d.put(done);
    d.remember(request, done.name());
    return d.applied(new Outcome.JobDone(done));
  }

  /**
   * What the job's leases give up others may have once the switches acknowledged it; the job's own
   * leases have it at once.
   */
  private static void hold(StateTransaction d, Map<Flow, Lease> before, List<Lease> changed) {
    for (Lease lease : changed) {
      Lease old = before.get(Flow.of(lease.spec()));
      if (old != null) {
        d.hold(lease, lease.holdingAs(old).heldBps());
      }
    }
  }

  private static Lease added(
      Job job,
      int number,
      LeaseSpec spec,
      Route route,
      long generation,
      long revision,
      long timeMs) {
    return new Lease(
        job.name().lease(number),
        spec,
        spec.startTimeMs() > timeMs ? LeaseState.SCHEDULED : LeaseState.PROVISIONING,
        LeaseState.RELEASED,
        route,
        "",
        LeaseVersion.first(generation, revision, timeMs),
        LeaseShare.whole(spec.bandwidthBps()),
        job.name());
  }

  private static List<Lease> ordered(Map<Flow, Lease> leases) {
    List<Lease> all = new ArrayList<>(leases.values());
    all.sort((a, b) -> a.name().compareTo(b.name()));
    return all;
  }

  static Applied release(FabricState s, Command.ReleaseJob c) {
    Outcome earlier = Admission.earlier(s, c.request());
    if (earlier != null) {
      return StateMachine.unchanged(s, earlier);
    }
    Job old = s.jobs().get(c.name());
    Outcome.Refused refusal = notChangeable(old, c.name(), c.etag());
    if (refusal != null || old == null) {
      return StateMachine.unchanged(
          s, refusal == null ? new Outcome.JobNotFound(c.name()) : refusal);
    }
    StateTransaction d = new StateTransaction(s, c.timeMs());
    for (Lease lease : ordered(JobFlows.living(s, old))) {
      d.put(lease, lease.releasing(LeaseState.RELEASED, "", d.revision, c.timeMs()));
    }
    Job counted = d.job(old.name());
    Job job = counted == null ? old : counted.at(d.revision, c.timeMs());
    d.put(job);
    d.remember(c.request(), job.name());
    return d.applied(new Outcome.JobDone(job));
  }

  /** A switch refused one of its leases for good: a job is all or nothing. */
  static void failed(FabricState s, StateTransaction d, JobName name, Lease failed, long timeMs) {
    Job job = s.jobs().get(name);
    if (job == null) {
      return;
    }
    for (Lease lease : ordered(JobFlows.living(s, job))) {
      if (!lease.name().equals(failed.name())) {
        String why = failed.name() + " failed: " + failed.reason();
        d.put(lease, lease.releasing(LeaseState.FAILED, why, d.revision, timeMs));
      }
    }
  }

  private static Outcome.@Nullable Refused notChangeable(
      @Nullable Job job, JobName name, long etag) {
    if (job == null) {
      return new Outcome.JobNotFound(name);
    }
    if (!job.lives()) {
      return new Outcome.JobEnded(name);
    }
    return etag != 0 && etag != job.revision() ? new Outcome.JobEtagMismatch(job) : null;
  }
}
