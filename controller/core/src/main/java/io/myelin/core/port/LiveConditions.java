package io.myelin.core.port;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Queues;
import io.myelin.core.port.Telemetry.Congestion;
import io.myelin.core.state.LeaseConditions.Now;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/** What searches need to know and the replicated state does not: from switches and the clock. */
public final class LiveConditions {
  /**
   * What a switch told longer ago says nothing any more: it tells of every change, so that an old
   * report is that of a queue that has stood still, or of one that is idle.
   */
  private static final long FRESH_MS = 1_000;

  private final DeviceStatus status;
  private final Telemetry telemetry;
  private final LongSupplier clockMs;

  /**
   * @param clockMs milliseconds since 1970
   */
  public LiveConditions(DeviceStatus status, Telemetry telemetry, LongSupplier clockMs) {
    this.status = status;
    this.telemetry = telemetry;
    this.clockMs = clockMs;
  }

  public long timeMs() {
    return clockMs.getAsLong();
  }

  /** Now, for one search: a switch is usable for all of it or for none. */
  public Now now(Inventory inventory) {
    long timeMs = clockMs.getAsLong();
    Map<PortRef, Long> waits = new HashMap<>();
    for (Congestion c : telemetry.congestion()) {
      if (c.queue().queue() == Queues.LEASED && timeMs - c.atMs() <= FRESH_MS) {
        PortRef port = new PortRef(c.queue().device(), c.queue().port());
        LinkId id = inventory.linkFrom(port);
        Link link = id == null ? null : inventory.links().get(id);
        if (link != null) {
          waits.put(port, c.waitNs(link.capacityBps()));
        }
      }
    }
    Map<DeviceId, Boolean> usable = new HashMap<>();
    return new Now(
        timeMs,
        device -> usable.computeIfAbsent(device, status::usable),
        waits.isEmpty() ? port -> 0 : port -> waits.getOrDefault(port, 0L));
  }
}
