package io.myelin.core.state;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.state.Lease.LeaseState;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * A job as the state holds it; the rest of what becomes of it is what becomes of its leases.
 *
 * @param leases that it is made of now; once it has ended, those that are still remembered
 * @param tally how many of them are in which state; none is left out
 * @param next number of its next lease
 * @param fit what its placement achieved
 * @param revision of the last change of its own; the etag
 */
public record Job(
    JobName name,
    JobSpec spec,
    PersistentMap<LeaseName, Boolean> leases,
    Map<LeaseState, Integer> tally,
    int next,
    Fit fit,
    long revision,
    long createTimeMs,
    long updateTimeMs) {

  public Job {
    tally = Collections.unmodifiableMap(tally);
  }

  /**
   * How well a placement did when it was made.
   *
   * @param highest utilisation of the links that the job uses and of their neighbours, as shares of
   *     capacity, with everybody's leases
   * @param bound that no placement undercuts; proven by cuts around switches and NICs
   * @param moved leases of others, and of the job itself, that had a path and got another one
   */
  public record Fit(double highest, double bound, int moved) {}

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

  /** The sum of what its leases are: what is worst, or least ready, decides. */
  public JobState state() {
    for (LeaseState l : ORDER) {
      if (tally.containsKey(l)) {
        return of(l);
      }
    }
    return JobState.RELEASED;
  }

  /** Whether it is granted: it may be changed and released. */
  public boolean lives() {
    return tally.keySet().stream().anyMatch(LeaseState::lives);
  }

  /** What has ended counts only if all has. */
  private static final List<LeaseState> ORDER =
      List.of(
          LeaseState.RELEASING,
          LeaseState.DEGRADED,
          LeaseState.REDUCED,
          LeaseState.PROVISIONING,
          LeaseState.SCHEDULED,
          LeaseState.ACTIVE,
          LeaseState.FAILED,
          LeaseState.EXPIRED,
          LeaseState.RELEASED);

  /** The same with one lease more, or less, in a state. */
  Job counting(LeaseState s, int more) {
    Map<LeaseState, Integer> next = new EnumMap<>(LeaseState.class);
    next.putAll(tally);
    if (next.merge(s, more, Integer::sum) == 0) {
      next.remove(s);
    }
    return new Job(name, spec, leases, next, this.next, fit, revision, createTimeMs, updateTimeMs);
  }

  /** The same, changed at a moment. */
  Job at(long rev, long timeMs) {
    return new Job(name, spec, leases, tally, next, fit, rev, createTimeMs, timeMs);
  }

  /** The same under another name, with its leases under theirs. */
  Job called(JobName other, PersistentMap<LeaseName, Boolean> names) {
    return new Job(other, spec, names, tally, next, fit, revision, createTimeMs, updateTimeMs);
  }

  /** Whether nothing will happen to it any more. */
  public boolean ended() {
    return tally.keySet().stream().allMatch(LeaseState::ended);
  }

  /** The same without a lease that is forgotten. */
  Job without(Lease lease) {
    Job rest = counting(lease.state(), -1);
    return new Job(
        name,
        spec,
        leases.without(lease.name()),
        rest.tally,
        next,
        fit,
        revision,
        createTimeMs,
        updateTimeMs);
  }

  private static JobState of(LeaseState s) {
    return switch (s) {
      case SCHEDULED -> JobState.SCHEDULED;
      case PROVISIONING -> JobState.PROVISIONING;
      case ACTIVE -> JobState.ACTIVE;
      case REDUCED, DEGRADED -> JobState.DEGRADED;
      case RELEASING -> JobState.RELEASING;
      case RELEASED -> JobState.RELEASED;
      case EXPIRED -> JobState.EXPIRED;
      case FAILED -> JobState.FAILED;
    };
  }
}
