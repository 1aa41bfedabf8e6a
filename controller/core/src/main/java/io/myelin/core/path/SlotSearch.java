package io.myelin.core.path;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.TimeWindow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * When a request would fit.
 *
 * <p>At a moment at which it does not, some links kept the search from going on. Until the first of
 * them has room, nothing that was out of reach can come into reach; so that is the next moment to
 * look at, and the first at which there is a path is the earliest of all.
 */
public final class SlotSearch {
  /** Bound on moments that are looked at: some seconds on the largest fabrics. */
  private static final int MAX_ROUNDS = 1_000;

  /** Rates that are tried for a volume, each half of the one before. */
  private static final int MAX_RATES = 8;

  /**
   * A time at which it fits.
   *
   * @param window from the earliest possible start, as long as asked for
   */
  public record Slot(TimeWindow window, long bandwidthBps, Path path) {}

  /**
   * What a search for slots found, earliest end first.
   *
   * @param searchedUntilMs before this moment there is no other start; {@link TimeWindow#FOREVER}:
   *     ever
   */
  public record Slots(List<Slot> slots, long searchedUntilMs) {
    public Slots {
      slots = List.copyOf(slots);
    }
  }

  private final Topology topology;
  private final Timeline timeline;
  private final long fromMs;
  private final long untilMs;

  /**
   * @param fromMs earliest start
   * @param untilMs latest start
   */
  public SlotSearch(Topology topology, Timeline timeline, long fromMs, long untilMs) {
    Invalid.unless(untilMs >= fromMs, "latest_start", "is before the earliest start");
    this.topology = topology;
    this.timeline = timeline;
    this.fromMs = fromMs;
    this.untilMs = untilMs;
  }

  /** The earliest start for a request's bandwidth, for so long. */
  public Slots earliest(PathRequest request, long durationMs) {
    Invalid.unless(durationMs > 0, "duration", durationMs + " ms is not allowed; at least 1 ms");
    long at = fromMs;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      TimeWindow window = TimeWindow.lasting(at, durationMs);
      Blocked now = new Blocked(window, request.bandwidthBps());
      if (PathSearch.find(topology, now, request) instanceof PathSearch.Found found) {
        return new Slots(List.of(new Slot(window, request.bandwidthBps(), found.path())), at);
      }
      if (now.nextMs > untilMs) {
        return new Slots(List.of(), now.nextMs == TimeWindow.FOREVER ? now.nextMs : untilMs);
      }
      at = now.nextMs;
    }
    return new Slots(List.of(), at);
  }

  /**
   * For a volume, a slot for each of some rates, from the request's bandwidth down by halves.
   *
   * @param bytes to be carried
   * @param minBps the lowest rate of use
   */
  public Slots forVolume(PathRequest request, long bytes, long minBps) {
    Invalid.unless(bytes > 0, "volume_bytes", bytes + " is not allowed; at least 1");
    Invalid.unless(
        minBps > 0 && minBps <= request.bandwidthBps(),
        "min_bandwidth_bps",
        minBps + " is not allowed; allowed: 1 to " + request.bandwidthBps());
    List<Slot> all = new ArrayList<>();
    long searched = TimeWindow.FOREVER;
    long rate = request.bandwidthBps();
    for (int i = 0; i < MAX_RATES && rate >= minBps; i++, rate /= 2) {
      Slots s = earliest(request.withBandwidthBps(rate), durationMs(bytes, rate));
      all.addAll(s.slots());
      searched = Math.min(searched, s.searchedUntilMs());
    }
    all.sort(
        Comparator.comparingLong((Slot s) -> s.window().endMs())
            .thenComparing(s -> s.window().startMs())
            .thenComparing(s -> -s.bandwidthBps()));
    return new Slots(all, searched);
  }

  /** Milliseconds that a volume takes, rounded up. */
  private static long durationMs(long bytes, long bps) {
    double ms = Math.ceil(8000.0 * bytes / bps);
    return ms >= TimeWindow.FOREVER ? TimeWindow.FOREVER : Math.max(1, (long) ms);
  }

  /** Remembers when the first of the links that are in the way would not be any more. */
  private final class Blocked implements LinkConditions {
    private final LinkConditions now;
    private final TimeWindow window;
    private final long bandwidthBps;
    private long nextMs = TimeWindow.FOREVER;

    Blocked(TimeWindow window, long bandwidthBps) {
      this.window = window;
      this.bandwidthBps = bandwidthBps;
      now = timeline.during(window);
    }

    @Override
    public Status status(int link) {
      Status s = now.status(link);
      if (s == Status.CLOSED) {
        note(link);
      }
      return s;
    }

    @Override
    public long freeBps(int link) {
      long free = now.freeBps(link);
      if (free < bandwidthBps) {
        note(link);
      }
      return free;
    }

    private void note(int link) {
      nextMs =
          Math.min(
              nextMs,
              timeline.nextFit(link, window.startMs() + 1, window.durationMs(), bandwidthBps));
    }

    @Override
    public boolean knowsLatency(int link) {
      return now.knowsLatency(link);
    }

    @Override
    public long latencyNs(int link) {
      return now.latencyNs(link);
    }

    @Override
    public long queueingNs(int link) {
      return now.queueingNs(link);
    }
  }
}
