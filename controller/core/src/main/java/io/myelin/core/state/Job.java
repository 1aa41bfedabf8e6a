package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import java.util.List;

/**
 * A job as the state holds it; the rest of what becomes of it is what becomes of its leases.
 *
 * @param leases that it is made of now; once it has ended, those that are still remembered
 * @param next number of its next lease
 * @param fit what its placement achieved
 * @param revision of the last change of its own; the etag
 */
public record Job(
    JobName name,
    JobSpec spec,
    PersistentMap<LeaseName, Boolean> leases,
    int next,
    Fit fit,
    long revision,
    long createTimeMs,
    long updateTimeMs) {

  /**
   * How well a placement did when it was made.
   *
   * @param highest utilisation of the links that the job uses and of their neighbours, as shares of
   *     capacity, with everybody's leases
   * @param bound that no placement undercuts; proven by cuts around switches and NICs
   * @param moved leases of others, and of the job itself, that had a path and got another one
   */
  public record Fit(double highest, double bound, int moved) {}

  Job with(PersistentMap<LeaseName, Boolean> rest) {
    return new Job(name, spec, rest, next, fit, revision, createTimeMs, updateTimeMs);
  }

  /** Where a job stands: a summary of its leases. */
  public enum JobState {
    SCHEDULED,
    PROVISIONING,
    ACTIVE,
    DEGRADED,
    RELEASING,
    RELEASED,
    EXPIRED,
    FAILED
  }

  /** What its leases, which the state holds, make of it. */
  public JobState state(FabricState s) {
    boolean[] any = new boolean[Lease.LeaseState.values().length];
    leases.forEach(
        (name, yes) -> {
          Lease lease = s.leases().get(name);
          if (lease != null) {
            any[index(lease.state())] = true;
          }
        });
    for (Lease.LeaseState l : ORDER) {
      if (any[index(l)]) {
        return of(l);
      }
    }
    return JobState.RELEASED;
  }

  /** What is worst, or least ready, decides; what has ended only if all has. */
  private static final List<Lease.LeaseState> ORDER =
      List.of(
          Lease.LeaseState.RELEASING,
          Lease.LeaseState.DEGRADED,
          Lease.LeaseState.PROVISIONING,
          Lease.LeaseState.SCHEDULED,
          Lease.LeaseState.ACTIVE,
          Lease.LeaseState.FAILED,
          Lease.LeaseState.EXPIRED,
          Lease.LeaseState.RELEASED);

  private static int index(Lease.LeaseState s) {
    return ORDER.indexOf(s);
  }

  private static JobState of(Lease.LeaseState s) {
    return switch (s) {
      case SCHEDULED -> JobState.SCHEDULED;
      case PROVISIONING -> JobState.PROVISIONING;
      case ACTIVE -> JobState.ACTIVE;
      case DEGRADED -> JobState.DEGRADED;
      case RELEASING -> JobState.RELEASING;
      case RELEASED -> JobState.RELEASED;
      case EXPIRED -> JobState.EXPIRED;
      case FAILED -> JobState.FAILED;
    };
  }
}
