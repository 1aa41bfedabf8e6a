package io.myelin.core.state;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Path;
import io.myelin.core.path.Scope;
import io.myelin.core.path.Timeline;
import io.myelin.core.path.Topology;
import java.util.BitSet;
import java.util.Set;
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
  private final @Nullable Set<String> failures;
  private final BitSet onPath = new BitSet();
  private final BitSet onBackup = new BitSet();
  private final Set<String> ownFailures;

  /**
   * @param instead a lease whose bandwidth counts as free, because it is the one to move
   */
  public LeaseConditions(FabricState state, TimeWindow window, Now now, @Nullable Lease instead) {
    this(state, window, now, instead, null);
  }

  private LeaseConditions(
      FabricState state,
      TimeWindow window,
      Now now,
      @Nullable Lease instead,
      @Nullable Set<String> failures) {
    this.state = state;
    this.topology = state.topology();
    this.window = window;
    this.now = now;
    this.instead = instead;
    this.failures = failures;
    Path backup = instead == null ? null : instead.backup();
    if (instead != null) {
      mark(instead.path(), onPath);
    }
    if (backup != null) {
      mark(backup, onBackup);
      onBackup.clear(topology.fabricLinks(), topology.links());
    }
    ownFailures =
        instead == null
            ? Set.of()
            : SingleFailures.of(topology, instead.path(), instead.spec().terms().protection());
  }

  private void mark(Path path, BitSet links) {
    for (LinkId id : path.links()) {
      Integer link = topology.number(id);
      if (link != null) {
        links.set(link);
      }
    }
  }

  /**
   * For a backup of this path: room that is set aside for other failures than those of the path
   * counts as free, since both do not come at once.
   */
  public LeaseConditions forBackupOf(Path path, Set<Scope> scopes) {
    return new LeaseConditions(
        state, window, now, instead, SingleFailures.of(topology, path, scopes));
  }

  /** The time asked for. */
  public TimeWindow window() {
    return window;
  }

  @Override
  public LeaseConditions during(TimeWindow other) {
    return new LeaseConditions(state, other, now, instead, failures);
  }

  @Override
  public Status status(int link) {
    if (!state.links().get(link).up()) {
      return Status.DOWN;
    }
    if (!topology.availability(link).covers(window)) {
      return Status.CLOSED;
    }
    if (state.links().get(link).drained()) {
      return Status.DRAINED;
    }
    return now.ready().test(topology.device(topology.from(link)))
            && now.ready().test(topology.device(topology.to(link)))
        ? Status.USABLE
        : Status.SWITCH_UNAVAILABLE;
  }

  @Override
  public long freeBps(int link) {
    if (instead != null && (onPath.get(link) || onBackup.get(link))) {
      return freeWithout(link, instead);
    }
    LinkState l = state.links().get(link);
    return free(link, l.booked(), l.backups(), l.heldBps());
  }

  private long freeWithout(int link, Lease lease) {
    LinkState l = state.links().get(link);
    long bps = lease.spec().bandwidthBps();
    boolean its = onPath.get(link);
    Calendar booked = l.booked();
    if (its && lease.state().lives()) {
      booked = booked.with(lease.window(), -lease.bookedBps(), now.timeMs());
    }
    Backups spare = l.backups();
    if (onBackup.get(link) && lease.state().lives()) {
      spare = spare.with(ownFailures, lease.window(), -bps, now.timeMs());
    }
    long held = l.heldBps() - (its && lease.state().occupies() ? lease.heldBps() : 0);
    return free(link, booked, spare, held);
  }

  private long free(int link, Calendar booked, Backups spare, long held) {
    long taken =
        booked.peakBps(window)
            + (failures == null ? spare.neededBps(window) : spare.neededBps(window, failures));
    return topology.reservableBps(link)
        - (window.startMs() <= now.timeMs() ? Math.max(taken, held) : taken);
  }

  @Override
  public long nextFit(int link, long fromMs, long durationMs, long bandwidthBps) {
    Calendar booked = state.links().get(link).booked();
    if (instead != null && onPath.get(link) && instead.state().lives()) {
      booked = booked.with(instead.window(), -instead.bookedBps(), now.timeMs());
    }
    // Room set aside for backups is left alone for good: when it is needed nobody knows.
    long spare = state.links().get(link).backups().neededBps(TimeWindow.ALWAYS);
    long limit = topology.reservableBps(link) - bandwidthBps - spare;
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
  public boolean knowsLatency(int link) {
    return state.knowsLatency(link);
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
