package io.myelin.core.state;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Timeline;
import io.myelin.core.path.Topology;
import java.util.BitSet;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/** The fabric as a lease sees it, over the time that it is for. */
public final class LeaseConditions implements Timeline {

  /**
   * What the replicated state does not know.
   *
   * @param timeMs milliseconds since 1970
   * @param ready switches that can be programmed now
   * @param queueingNs waiting at an egress port, as last measured
   */
  public record Now(long timeMs, Predicate<DeviceId> ready, ToLongFunction<PortRef> queueingNs) {
    /** All switches answer, and nothing waits. */
    public static Now calm(long timeMs) {
      return new Now(timeMs, d -> true, p -> 0);
    }
  }

  /** Bound on openings of a link that are looked at for one that is free. */
  private static final int MAX_STEPS = 1_000;

  private final FabricState state;
  private final Topology topology;
  private final TimeWindow window;
  private final Now now;
  private final @Nullable Lease instead;
  private final BitSet own = new BitSet();

  /**
   * @param instead a lease whose bandwidth counts as free, because it is the one to move
   */
  public LeaseConditions(FabricState state, TimeWindow window, Now now, @Nullable Lease instead) {
    this.state = state;
    this.topology = state.topology();
    this.window = window;
    this.now = now;
    this.instead = instead;
    if (instead != null) {
      for (LinkId id : instead.path().links()) {
        Integer link = topology.number(id);
        if (link != null) {
          own.set(link);
        }
      }
    }
  }

  /** The time asked for. */
  public TimeWindow window() {
    return window;
  }

  @Override
  public LeaseConditions during(TimeWindow other) {
    return new LeaseConditions(state, other, now, instead);
  }

  @Override
  public Status status(int link) {
    if (!state.links().get(link).up()) {
      return Status.DOWN;
    }
    if (!topology.availability(link).covers(window)) {
      return Status.CLOSED;
    }
    return now.ready().test(topology.device(topology.from(link)))
            && now.ready().test(topology.device(topology.to(link)))
        ? Status.USABLE
        : Status.SWITCH_UNAVAILABLE;
  }

  @Override
  public long freeBps(int link) {
    return instead == null || !own.get(link)
        ? state.freeBps(link, window, now.timeMs())
        : freeWithout(link, instead);
  }

  private long freeWithout(int link, Lease lease) {
    LinkState l = state.links().get(link);
    long bps = lease.spec().bandwidthBps();
    long taken =
        lease.state().lives()
            ? l.booked().with(lease.window(), -bps, now.timeMs()).peakBps(window)
            : l.booked().peakBps(window);
    long held = l.heldBps() - (lease.state().occupies() ? bps : 0);
    return topology.reservableBps(link)
        - (window.startMs() <= now.timeMs() ? Math.max(taken, held) : taken);
  }

  @Override
  public long nextFit(int link, long fromMs, long durationMs, long bandwidthBps) {
    Calendar booked = state.links().get(link).booked();
    if (instead != null && own.get(link) && instead.state().lives()) {
      booked = booked.with(instead.window(), -instead.spec().bandwidthBps(), now.timeMs());
    }
    long limit = topology.reservableBps(link) - bandwidthBps;
    long at = fromMs;
    // Each round goes to where one of the two has room; both change a bounded number of times.
    for (int i = 0; i < MAX_STEPS && at != TimeWindow.FOREVER; i++) {
      long free = booked.nextFit(at, durationMs, limit);
      long there =
          free == TimeWindow.FOREVER ? free : topology.availability(link).nextFit(free, durationMs);
      if (there == free) {
        return free;
      }
      at = there;
    }
    return TimeWindow.FOREVER;
  }

  @Override
  public long latencyNs(int link) {
    return state.latencyNs(link);
  }

  @Override
  public long queueingNs(int link) {
    return now.queueingNs().applyAsLong(topology.link(link).from());
  }
}
