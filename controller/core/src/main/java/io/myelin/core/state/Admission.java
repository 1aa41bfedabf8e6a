package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.EndpointId;
import io.myelin.core.path.Kind;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathCheck;
import io.myelin.core.path.PathRequest;
import io.myelin.core.state.Lease.LeaseState;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What must be so for leases to be admitted and changed: judged against the draft, never a search.
 */
final class Admission {
  /** Bandwidth is judged by what is booked. */
  private static final Set<Kind> ALL_BUT_BANDWIDTH =
      EnumSet.complementOf(EnumSet.of(Kind.BANDWIDTH));

  private Admission() {}

  static @Nullable Outcome earlier(FabricState s, Command.@Nullable Request request) {
    if (request == null) {
      return null;
    }
    RequestRecord record = s.requestLog().records().get(request.key());
    if (record == null) {
      return null;
    }
    if (!record.fingerprint().equals(request.fingerprint())) {
      return new Outcome.RequestIdReused(request.key().requestId());
    }
    if (record.about() instanceof JobName name) {
      Job job = s.jobs().get(name);
      return job == null ? new Outcome.JobNotFound(name) : new Outcome.JobReplayed(job);
    }
    LeaseName name = (LeaseName) record.about();
    Lease lease = s.leases().get(name);
    return lease == null ? new Outcome.LeaseNotFound(name) : new Outcome.Replayed(lease);
  }

  static Outcome.@Nullable Refused notChangeable(@Nullable Lease lease, LeaseName name, long etag) {
    if (lease == null) {
      return new Outcome.LeaseNotFound(name);
    }
    if (!lease.state().lives()) {
      return new Outcome.LeaseEnded(lease);
    }
    JobName job = lease.job();
    if (job != null) {
      return new Outcome.LeaseOfJob(name, job);
    }
    return etag != 0 && etag != lease.revision() ? new Outcome.EtagMismatch(lease) : null;
  }

  static Outcome.@Nullable Refused trafficTaken(FabricState s, Lease lease) {
    for (Lease other : rivals(s, lease.spec())) {
      boolean atOnce = other.state().occupies() && lease.state().occupies();
      if (takesOver(lease, other)) {
        continue;
      }
      if (other.spec().traffic().overlaps(lease.spec().traffic())
          && (atOnce || other.window().overlaps(lease.window()))) {
        return new Outcome.TrafficTaken(other.name());
      }
    }
    return null;
  }

  /**
   * Whether a lease follows one of its own job that is on its way out, with other queue pairs. With
   * the same ones it would have the same entry in the switch: then it waits.
   */
  private static boolean takesOver(Lease lease, Lease other) {
    return lease.job() != null
        && lease.job().equals(other.job())
        && !lease.spec().traffic().equals(other.spec().traffic());
  }

  /** Leases that have not ended and may ask for the same traffic, now or at another time. */
  static Collection<Lease> rivals(FabricState s, LeaseSpec spec) {
    Map<LeaseName, Lease> all = new TreeMap<>(); // once, however many queue pairs they share
    for (FabricState.Traffic traffic : FabricState.Traffic.of(spec)) {
      s.leaseIndices()
          .byTraffic()
          .getOrDefault(traffic, PersistentMap.empty())
          .forEach(
              (name, yes) -> {
                Lease lease = s.leases().get(name);
                if (lease != null) {
                  all.put(name, lease);
                }
              });
    }
    return all.values();
  }

  /** Why a lease may not be where the draft has it: bandwidth, or anything else it asks for. */
  static Outcome.@Nullable Refused misplaced(
      StateTransaction d, Lease lease, StateTransaction.Spare spare) {
    FabricState s = d.state();
    for (EndpointId end : List.of(lease.spec().source(), lease.spec().destination())) {
      if (s.topology().endpoint(end) == null) { // it went since the path was searched
        return new Outcome.NoPath("endpoint " + end + " is not in the inventory");
      }
    }
    // Bandwidth is judged by what is booked, below; the lease's own is in there already.
    PathRequest request = LeaseRequests.of(s, lease.name(), lease.spec()).withBandwidthBps(0);
    Outcome.Refused refusal = unfit(s, lease, request, lease.path(), ALL_BUT_BANDWIDTH);
    Path backup = lease.backup();
    if (refusal == null && backup != null) {
      refusal =
          unfit(
              s,
              lease,
              LeaseRequests.backup(s, request, lease.spec(), lease.path()),
              backup,
              ALL_BUT_BANDWIDTH);
    }
    return refusal != null ? refusal : d.overbooked(lease, spare);
  }

  /** Where a lease is it may stay, even while links are down; but not longer than these last. */
  static Outcome.@Nullable Refused overstaying(StateTransaction d, Lease lease) {
    FabricState s = d.state();
    PathRequest request = LeaseRequests.of(s, lease.name(), lease.spec()).withBandwidthBps(0);
    Outcome.Refused refusal = unfit(s, lease, request, lease.path(), EnumSet.of(Kind.AVAILABILITY));
    return refusal != null ? refusal : d.overbooked(lease, StateTransaction.Spare.KEPT);
  }

  static Outcome.@Nullable Refused unfit(
      FabricState s, Lease lease, PathRequest request, Path path, Set<Kind> judged) {
    String problem = PathCheck.problem(s.topology(), request, path);
    if (problem != null) {
      return new Outcome.NoPath(problem);
    }
    LeaseConditions calm =
        new LeaseConditions(
            s, lease.window(), LeaseConditions.Now.calm(lease.updateTimeMs()), lease);
    List<PathCheck.Violation> violations =
        PathCheck.violations(s.topology(), calm, request, path).stream()
            .filter(v -> judged.contains(v.kind()))
            .toList();
    return violations.isEmpty() ? null : new Outcome.PathUnfit(violations);
  }

  /** Puts leases on other routes, all of which are to be checked afterwards. */
  static Outcome.@Nullable Refused move(
      FabricState s, StateTransaction d, List<Command.Move> moves, String reason, long timeMs) {
    for (Command.Move m : moves) {
      Lease old = s.leases().get(m.lease());
      if (old == null || !old.state().lives() || old.generation() != m.generation()) {
        return new Outcome.Superseded(m.lease());
      }
      boolean whole = old.state() != LeaseState.DEGRADED && old.shortBps() == 0;
      boolean stays = whole && m.route().path().equals(old.path());
      d.put(
          old,
          stays
              ? old.staying(old.spec(), m.route(), d.revision, timeMs)
              : old.on(old.spec(), m.route(), reason, d.revision, timeMs));
    }
    return null;
  }

  /** The first problem of leases that were moved. */
  static Outcome.@Nullable Refused misplaced(
      FabricState s, StateTransaction d, List<Command.Move> moves) {
    for (Command.Move m : moves) {
      Lease old = s.leases().get(m.lease());
      Lease lease = d.lease(m.lease());
      if (old == null || lease == null) {
        return new Outcome.Superseded(m.lease());
      }
      boolean failover = lease.path().equals(old.backup());
      Outcome.Refused refusal =
          misplaced(d, lease, failover ? StateTransaction.Spare.USED : StateTransaction.Spare.KEPT);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }
}
