package io.myelin.node.control;

import io.myelin.core.loop.Estimator;
import io.myelin.core.loop.SwitchClocks;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PortCounter;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.Southbound.Count;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.RoutePair;
import io.myelin.core.state.SteeredFlow;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.ObjLongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the switches' counters on schedule: what ports carry, what leases and led flows use, what
 * is sent from leaf to leaf. One request a switch and round for the ports, one or two for a leaf's
 * entries.
 *
 * <p>A leaf with many entries is read less often: after its entries were read they are not for
 * {@value #REST} times as long, and nothing is asked for while it is under way.
 *
 * <p>Confined to the control thread, but for {@link #reports} and {@link #close}.
 */
final class Collector {
  private static final Logger log = LoggerFactory.getLogger(Collector.class);
  private static final long TIMEOUT_MS = 10_000;
  private static final long CLOSE_MS = 500;
  private static final int REST = 9;

  /** What was read longer ago says nothing about now. */
  private static final long KNOWN_MS = 10_000;

  private final StateLog stateLog;
  private final Southbound southbound;
  private final Pipeline pipeline;
  private final List<String> portCounters;
  private final DeviceStatus status;
  private final GuardedExecutor control;
  private final LongSupplier clockMs;
  private final Estimator estimator;
  private final SwitchClocks clocks;
  private final UsageMeter meter;
  private final AtomicLong reports = new AtomicLong();
  private final AtomicLong serial = new AtomicLong();
  private final Map<Long, CompletableFuture<?>> underWay = new ConcurrentHashMap<>();
  private final Map<DeviceId, Map<EntryKey, Rate>> entries = new HashMap<>();
  private final Map<DeviceId, Map<EntryKey, Rate>> destinations = new HashMap<>();

  /** When what leaves send was last asked for, of answers that came. */
  private final Map<DeviceId, Long> destinationsMs = new HashMap<>();

  /** When something may be read again; never while it is under way. */
  private final Map<Subject, Long> notBeforeMs = new HashMap<>();

  /** What is read again and again. */
  private record Subject(DeviceId device, String what) {}

  /** Bytes of an entry and how fast they grow, by the switch's clock. */
  private static final class Rate {
    private long bytes = -1;
    private long atMs;
    private long switchUs;
    private double bps = Double.NaN;
    private long grewMs;

    void add(long now, long nowMs, long nowUs) {
      if (bytes >= 0 && now >= bytes && nowUs > switchUs) {
        bps = (now - bytes) * 8e6 / (nowUs - switchUs);
      }
      if (now != bytes) {
        grewMs = nowMs;
      }
      bytes = now;
      atMs = nowMs;
      switchUs = nowUs;
    }
  }

  Collector(
      ControlContext context,
      DeviceStatus status,
      Estimator estimator,
      SwitchClocks clocks,
      UsageMeter meter) {
    stateLog = context.stateLog();
    southbound = context.southbound();
    control = context.control();
    clockMs = context.clockMs();
    pipeline = southbound.pipeline();
    portCounters =
        Stream.of(PortCounter.SENT, PortCounter.QUEUED, PortCounter.MARKED, PortCounter.CNP)
            .map(pipeline::counter)
            .toList();
    this.status = status;
    this.estimator = estimator;
    this.clocks = clocks;
    this.meter = meter;
  }

  /** Waits for answers that are on their way: switches complain of calls that are broken off. */
  void close() {
    try {
      CompletableFuture.allOf(underWay.values().toArray(CompletableFuture[]::new))
          .get(CLOSE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.debug("counters were not read to the end", e);
    }
  }

  /** Answers that switches gave so far. */
  long reports() {
    return reports.get();
  }

  /** A switch starts anew, and so do its counters. */
  void forget(DeviceId device) {
    entries.remove(device);
    destinations.remove(device);
    destinationsMs.remove(device);
    notBeforeMs.keySet().removeIf(s -> s.device.equals(device));
  }

  /** One round. */
  void tick() {
    FabricState state = stateLog.state();
    state
        .inventory()
        .devices()
        .forEach(
            (id, d) -> {
              if (status.of(id).phase() == DeviceStatus.Phase.READY) {
                read(state, id);
              }
            });
  }

  private void read(FabricState state, DeviceId id) {
    inTurn(
        new Subject(id, "ports"),
        () -> southbound.readCounters(id, portCounters),
        (counts, askedMs) -> ports(state, id, counts, askedMs),
        0);
    if (state.inventory().endpointsAt(id).isEmpty()) {
      return;
    }
    long asked = meter.asked();
    inTurn(
        new Subject(id, "entries"),
        () -> southbound.readDirect(id, pipeline.steering()),
        (counts, askedMs) -> {
          rates(id, entries, counts);
          meter.read(id, counts, asked);
        },
        REST);
    inTurn(
        new Subject(id, "destinations"),
        () -> southbound.readDirect(id, pipeline.demand()),
        (counts, askedMs) -> {
          rates(id, destinations, counts);
          destinationsMs.put(id, askedMs);
        },
        REST);
  }

  /**
   * Unless it is under way, or too early.
   *
   * @param then given the answer, and when it was asked for
   * @param rest times as long as a read took there is none
   */
  private <T> void inTurn(
      Subject subject, Supplier<CompletableFuture<T>> read, ObjLongConsumer<T> then, int rest) {
    long began = clockMs.getAsLong();
    if (began < notBeforeMs.getOrDefault(subject, 0L)) {
      return;
    }
    CompletableFuture<T> answer = read.get();
    notBeforeMs.put(subject, Long.MAX_VALUE);
    long number = serial.incrementAndGet();
    underWay.put(number, answer);
    ScheduledFuture<?> late =
        control.schedule(
            () -> answer.completeExceptionally(new TimeoutException("no answer")),
            TIMEOUT_MS,
            TimeUnit.MILLISECONDS);
    control.whenComplete(
        answer.whenComplete(
            (result, t) -> {
              underWay.remove(number);
              late.cancel(false);
            }),
        (result, t) -> {
          if (t != null) {
            log.debug("{}: {} were not read", subject.device, subject.what, t);
            notBeforeMs.remove(subject);
            return;
          }
          reports.incrementAndGet();
          then.accept(result, began);
          long now = clockMs.getAsLong();
          notBeforeMs.put(subject, now + Math.max(0, rest * (now - began)));
        },
        () -> notBeforeMs.remove(subject));
  }

  private void ports(FabricState state, DeviceId id, List<List<Count>> counts, long askedMs) {
    long now = clockMs.getAsLong();
    List<PortRef> ports = new ArrayList<>();
    state.inventory().linksFrom(id).forEach(l -> ports.add(l.from()));
    state.inventory().endpointsAt(id).forEach(e -> ports.add(e.attachment()));
    for (PortRef p : ports) {
      Count sent = at(counts.get(0), p.port());
      estimator.counters(
          p,
          new Estimator.Counters(
              sent.packets(),
              sent.bytes(),
              at(counts.get(1), p.port()).packets(),
              at(counts.get(2), p.port()).packets(),
              at(counts.get(3), p.port()).packets()),
          askedMs,
          now,
          clocks.us(id, now));
    }
  }

  private static Count at(List<Count> counts, int index) {
    return index < counts.size() ? counts.get(index) : new Count(0, 0);
  }

  private void rates(
      DeviceId id, Map<DeviceId, Map<EntryKey, Rate>> all, Map<EntryKey, Count> counts) {
    long now = clockMs.getAsLong();
    long us = clocks.us(id, now);
    Map<EntryKey, Rate> rates = all.computeIfAbsent(id, k -> new HashMap<>());
    rates.keySet().retainAll(counts.keySet());
    counts.forEach((key, c) -> rates.computeIfAbsent(key, k -> new Rate()).add(c.bytes(), now, us));
  }

  /** What a lease carries, bits per second: as counted, else what it booked. */
  double leaseBps(FabricState state, Lease lease) {
    DeviceId at = lease.path().ingress();
    double sum = 0;
    for (Entry e : pipeline.ofLease(state, lease)) {
      Rate rate = entries.getOrDefault(at, Map.of()).get(e.key());
      if (rate == null || Double.isNaN(rate.bps) || clockMs.getAsLong() - rate.atMs > KNOWN_MS) {
        return (double) lease.bookedBps();
      }
      sum += rate.bps;
    }
    return sum;
  }

  /**
   * For how long a led flow is known to have sent nothing, milliseconds; 0: it sends, or is not
   * known yet.
   */
  long idleMs(FabricState state, SteeredFlow flow) {
    long idle = Long.MAX_VALUE;
    for (Entry e : pipeline.ofFlow(state, flow)) {
      Rate rate = entries.getOrDefault(flow.path().ingress(), Map.of()).get(e.key());
      idle = Math.min(idle, rate == null ? 0 : rate.atMs - rate.grewMs);
    }
    return idle;
  }

  /** Whether it is known of all leaves what they send now. */
  boolean knowsRouted(FabricState state) {
    long now = clockMs.getAsLong();
    for (Map.Entry<DeviceId, Device> e : state.inventory().devices()) {
      DeviceId id = e.getKey();
      if (status.of(id).phase() == DeviceStatus.Phase.READY
          && !state.inventory().endpointsAt(id).isEmpty()
          && (!destinationsMs.containsKey(id) || now - destinationsMs.get(id) > KNOWN_MS)) {
        return false;
      }
    }
    return true;
  }

  /** What goes from leaf to leaf without a lease, bits per second. */
  Map<RoutePair, Double> routed(FabricState state) {
    Map<U128, Endpoint> byAddress = new HashMap<>();
    for (Map.Entry<EndpointId, Endpoint> e : state.inventory().endpoints()) {
      byAddress.put(e.getValue().ip().value(), e.getValue());
    }
    Map<RoutePair, Double> demand = new TreeMap<>();
    destinations.forEach(
        (at, rates) ->
            rates.forEach(
                (key, rate) -> {
                  U128 destination = pipeline.destination(key);
                  Endpoint to = destination == null ? null : byAddress.get(destination);
                  if (to != null
                      && !Double.isNaN(rate.bps)
                      && !to.attachment().device().equals(at)) {
                    demand.merge(
                        new RoutePair(at, to.attachment().device()), rate.bps, Double::sum);
                  }
                }));
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease lease = e.getValue();
      if (lease.state().steers()) {
        RoutePair pair =
            new RoutePair(
                lease.path().egress().get(0).device(),
                lease.path().egress().get(lease.path().egress().size() - 1).device());
        demand.computeIfPresent(pair, (k, bps) -> Math.max(0, bps - leaseBps(state, lease)));
      }
    }
    return demand;
  }
}
