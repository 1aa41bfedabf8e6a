package io.myelin.core.place;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Job;
import io.myelin.core.state.JobFlows;
import io.myelin.core.state.JobSpec;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * At which rate all flows of a job fit in a snapshot, and from when the asked one would. Each
 * answer is one that was really placed, and that the state machine takes. Pure.
 *
 * <p>All flows have the same share of the job's bandwidth in whole bits per second, so that is what
 * is searched for; the job's bandwidth is the share times how often the busiest NIC has it.
 */
public final class JobFit {
  private final FabricState state;
  private final JobSpec asked;
  private final @Nullable Job old;
  private final Now now;
  private final BiFunction<JobSpec, GroupPlacement.Placed, Command> proposal;
  private final long shares;

  /** A job as it fits. */
  public record Fitting(JobSpec spec, GroupPlacement.Placed placed) {}

  /**
   * @param asked with the highest bandwidth of use; its minimum is the lowest
   * @param old the job as it is, which is to become another; null: it is new
   * @param proposal what would be asked of the state machine for a placement
   * @throws Invalid when it is no job in this inventory
   */
  public JobFit(
      FabricState state,
      JobSpec asked,
      @Nullable Job old,
      Now now,
      BiFunction<JobSpec, GroupPlacement.Placed, Command> proposal) {
    this.state = state;
    this.asked = asked;
    this.old = old;
    this.now = now;
    this.proposal = proposal;
    shares = JobFlows.sharesOfBusiest(state.inventory(), asked);
    Invalid.unless(
        asked.bandwidthBps() >= shares,
        "bandwidth_bps",
        asked.bandwidthBps() + " is less than one bit per second for each of the job's flows");
  }

  /**
   * With the highest bandwidth at which it fits, up to the asked one, to 0.5 %.
   *
   * @return null: it was found to fit at none, its minimum included
   */
  public @Nullable Fitting highest() {
    return highest(asked.bandwidthBps() / shares);
  }

  /** As {@link #highest}, when this was the answer to the asked bandwidth. */
  public @Nullable Fitting highestBelow(GroupPlacement.Answer refusal) {
    long most = asked.bandwidthBps() / shares;
    return highest(tooMuch(most, refusal).atMost());
  }

  private @Nullable Fitting highest(long most) {
    RateSearch.Found<Fitting> found =
        RateSearch.highest(leastShare(), most, RateSearch.NONE_LIKELY, this::trial);
    return found == null ? null : found.how();
  }

  /** The lowest bandwidth of use: its minimum, or a bit per second for each flow. */
  public JobSpec least() {
    return asked.withBandwidthBps(bandwidthBps(leastShare()));
  }

  private long leastShare() {
    return Math.max(1, asked.terms().degradation().minBps() / shares);
  }

  /** Of the job, for a flow's share; whatever the rounding, within what is asked for. */
  private long bandwidthBps(long share) {
    long least = Math.max(1, asked.terms().degradation().minBps());
    boolean all = share == asked.bandwidthBps() / shares;
    return all ? asked.bandwidthBps() : Math.max(least, share * shares);
  }

  private RateSearch.Tried<Fitting> trial(long share) {
    JobSpec spec = asked.withBandwidthBps(bandwidthBps(share));
    GroupPlacement.Answer answer = GroupPlacement.find(state, spec, old, now);
    return answer instanceof GroupPlacement.Placed placed && admits(spec, placed)
        ? new RateSearch.Fits<>(new Fitting(spec, placed))
        : tooMuch(share, answer);
  }

  /** Whether the state machine has room for it; what less bandwidth cannot mend does not count. */
  private boolean admits(JobSpec spec, GroupPlacement.Placed placed) {
    Outcome outcome = StateMachine.apply(state, proposal.apply(spec, placed)).outcome();
    return !(outcome instanceof Outcome.Overtaken) && !(outcome instanceof Outcome.QuotaExceeded);
  }

  /** What a cut leaves for each of the shares that pass it. */
  private static RateSearch.TooMuch<Fitting> tooMuch(long share, GroupPlacement.Answer answer) {
    return new RateSearch.TooMuch<>(
        answer instanceof GroupPlacement.CutTooSmall cut
            ? Math.min(share - 1, cut.freeBps() / Math.max(1, cut.neededBps() / share))
            : share - 1);
  }

  /**
   * From when it would fit with the asked bandwidth, for as long as asked; of a job that is there,
   * until its end. Nobody is moved for what begins later.
   */
  public EarliestFit from() {
    long start = Math.max(now.timeMs(), asked.startTimeMs());
    TimeWindow window = new TimeWindow(start, Math.max(start + 1, asked.expireTimeMs()));
    TimeWindow until = old != null ? window : TimeWindow.lasting(start, TimeWindow.FOREVER);
    return EarliestFit.first(
        state,
        EarliestFit.moments(state, until),
        ms -> {
          TimeWindow at = old != null ? new TimeWindow(ms, window.endMs()) : window.from(ms);
          JobSpec then = asked.withTimes(at.startMs(), at.endMs());
          return GroupPlacement.find(state, then, old, now) instanceof GroupPlacement.Placed placed
              && (old != null || admits(then, placed));
        });
  }
}
