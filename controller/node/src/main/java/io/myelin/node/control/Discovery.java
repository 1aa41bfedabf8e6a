package io.myelin.node.control;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.tables.Punt;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which cables are there and how long they take: an LLDP frame out of every fabric port,
 * every {@code interval}; a link whose frames stop arriving for {@value #MISSES} intervals is down.
 *
 * <p>Latency is the time from the packet-out at one switch to the packet-in at the other, less half
 * of each switch's control round trip, which an echo through its CPU port measures. The least of
 * the last samples counts: queueing only ever adds.
 *
 * <p>Confined to the control thread.
 */
final class Discovery {
  private static final Logger log = LoggerFactory.getLogger(Discovery.class);

  /** Lost frames in a row that make a link count as down. */
  static final int MISSES = 3;

  /** Samples after which a new minimum is looked for, so that a rerouted cable is noticed. */
  private static final int WINDOW = 32;

  private final StateLog stateLog;
  private final Southbound southbound;
  private final DeviceStatus status;
  private final LongSupplier clockNs;
  private final LongSupplier clockMs;
  private final Duration interval;
  private final Map<DeviceId, Least> controlRtt = new HashMap<>();
  private final Map<LinkId, Seen> links = new HashMap<>();

  private static final class Least {
    private long best = Long.MAX_VALUE;
    private long current = Long.MAX_VALUE;
    private int samples;

    void add(long value) {
      current = Math.min(current, value);
      if (++samples % WINDOW == 0) {
        best = current;
        current = Long.MAX_VALUE;
      }
      best = Math.min(best, current);
    }
  }

  private static final class Seen {
    final Least latency = new Least();
    int missed;
    boolean everSeen;
  }

  Discovery(
      StateLog stateLog,
      Southbound southbound,
      DeviceStatus status,
      LongSupplier clockNs,
      LongSupplier clockMs,
      Duration interval) {
    this.stateLog = stateLog;
    this.southbound = southbound;
    this.status = status;
    this.clockNs = clockNs;
    this.clockMs = clockMs;
    this.interval = interval;
  }

  Duration interval() {
    return interval;
  }

  /** One round: judge the last one, send the next. */
  void tick() {
    FabricState state = stateLog.state();
    for (Map.Entry<DeviceId, Device> e : state.inventory().devices()) {
      if (ready(e.getKey())) {
        send(e.getValue(), PortRef.CPU);
      }
    }
    for (Map.Entry<LinkId, Link> e : state.inventory().links()) {
      Link link = e.getValue();
      if (!ready(link.from().device()) || !ready(link.to().device())) {
        continue; // without its switches nothing can be said of a link
      }
      Seen seen = links.computeIfAbsent(link.id(), l -> new Seen());
      if (seen.missed >= MISSES && state.isUp(link.id())) {
        log.info("link {} is down: {} discovery frames lost", link.id(), seen.missed);
        observe(link.id(), false, Command.ObserveLink.UNKNOWN);
      }
      seen.missed++;
      Device from = state.inventory().devices().get(link.from().device());
      if (from != null) {
        send(from, link.from().port());
      }
    }
  }

  private boolean ready(DeviceId device) {
    return status.of(device).phase() == DeviceStatus.Phase.READY;
  }

  private void send(Device from, int port) {
    byte[] frame = new LldpFrame(from.id().value(), port, clockNs.getAsLong()).encode(from.mac());
    southbound.packetOut(from.id(), port, frame);
  }

  /** A frame that came in at a switch. */
  void packetIn(DeviceId device, int ingressPort, int reason, byte[] bytes, long arrivedNs) {
    LldpFrame frame = LldpFrame.decode(bytes).orElse(null);
    if (frame == null) {
      return;
    }
    long tookNs = arrivedNs - frame.sentNs();
    if (reason == Punt.ECHO) {
      if (frame.port() == PortRef.CPU && frame.device().equals(device.value())) {
        controlRtt.computeIfAbsent(device, d -> new Least()).add(tookNs);
      }
      return;
    }
    PortRef origin = frame.origin().orElse(null);
    if (origin == null || ingressPort < 1 || ingressPort >= PortRef.CPU) {
      return;
    }
    LinkId id = LinkId.between(origin, new PortRef(device, ingressPort));
    FabricState state = stateLog.state();
    if (!state.inventory().links().containsKey(id)) {
      LinkId expected = state.inventory().linkFrom(origin);
      log.warn("cable {} is not in the inventory, which has {} there", id, expected);
      return;
    }
    arrived(state, id, origin.device(), device, tookNs);
  }

  private void arrived(FabricState state, LinkId id, DeviceId from, DeviceId to, long tookNs) {
    Seen seen = links.computeIfAbsent(id, l -> new Seen());
    seen.missed = 0;
    Least rttFrom = controlRtt.get(from);
    Least rttTo = controlRtt.get(to);
    long before = seen.latency.best;
    if (rttFrom != null && rttTo != null) {
      seen.latency.add(Math.max(1, tookNs - (rttFrom.best + rttTo.best) / 2));
    }
    long latency = seen.latency.best;
    boolean first = !seen.everSeen;
    seen.everSeen = true;
    // Small changes of a measurement are noise; only a quarter more or less is news.
    boolean news =
        latency != Long.MAX_VALUE
            && (before == Long.MAX_VALUE || Math.abs(latency - before) * 4 > before);
    if (first || news || !state.isUp(id)) {
      observe(id, true, latency == Long.MAX_VALUE ? Command.ObserveLink.UNKNOWN : latency);
    }
  }

  private void observe(LinkId link, boolean up, long latencyNs) {
    stateLog
        .submit(new Command.ObserveLink(link, up, latencyNs, clockMs.getAsLong()))
        .exceptionally(
            t -> {
              log.warn("what was seen of {} did not reach the log", link, t);
              return null;
            });
  }
}
