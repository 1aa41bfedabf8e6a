package io.myelin.node.control;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.path.Path;
import io.myelin.core.port.Rejection;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.port.Telemetry.PathProbe;
import io.myelin.core.port.Telemetry.ProbedHop;
import io.myelin.core.port.Telemetry.ProbedLink;
import io.myelin.core.state.FabricState;
import io.myelin.node.thread.GuardedExecutor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Measures paths from within: probes under label stacks, to which every switch adds its record.
 *
 * <p>Along a path one probe a round tells depth and residence; two rounds tell utilisation.
 * Switches' clocks are not synchronised, so a link is measured to and fro: the round trip by the
 * near switch's clock, less the stay at the far one by its own. No control channel is in either
 * figure.
 *
 * <p>Confined to the control thread.
 */
final class Prober {
  /** Between the rounds: enough packets for a utilisation. */
  private static final long ROUND_MS = 20;

  private static final int ROUNDS = 3;

  /** After the last round; probes overtake data, so none takes this long. */
  private static final long PATIENCE_MS = 500;

  /** The id of no probe. */
  static final int NONE = 0;

  private final StateLog stateLog;
  private final Southbound southbound;
  private final GuardedExecutor control;
  private final FrameSeal seal;
  private final Rejections rejections;
  private final Map<Integer, Expected> expected = new HashMap<>();
  private long lastSerial;

  /**
   * A probe that is under way.
   *
   * @param home where its labels lead it to the controller
   */
  private record Expected(FrameSeal.Claim claim, DeviceId home, Consumer<ProbeFrame> then) {}

  Prober(
      StateLog stateLog,
      Southbound southbound,
      GuardedExecutor control,
      FrameSeal seal,
      Rejections rejections) {
    this.seal = seal;
    this.rejections = rejections;
    this.stateLog = stateLog;
    this.southbound = southbound;
    this.control = control;
  }

  /** A probe that came home, or something that looks like one. */
  void packetIn(DeviceId at, int port, byte[] frame) {
    ProbeFrame p = ProbeFrame.decode(frame).orElse(null);
    if (p == null) {
      rejections.count(at, port, Rejection.MALFORMED);
      return;
    }
    Expected e = expected.get(p.id());
    if (e == null) {
      // Home after all when nobody waited any more, again, or made up. Its tag would not tell: what
      // it has to match is forgotten.
      rejections.count(at, port, Rejection.UNEXPECTED);
      return;
    }
    switch (seal.check(e.claim, p.stamp())) {
      case GENUINE -> {
        if (p.id() != (int) p.stamp().serial() || !e.home.equals(at)) {
          rejections.count(at, port, Rejection.FORGED);
          return;
        }
        expected.remove(p.id());
        e.then.accept(p);
      }
      case OTHER_KEY -> rejections.count(at, port, Rejection.OTHER_KEY);
      case FORGED -> rejections.count(at, port, Rejection.FORGED);
    }
  }

  /**
   * Sends a probe over a link and back again.
   *
   * @param rttUs is told the round trip, less the stay at the far switch, if the probe comes home
   * @return an id for {@link #forget}
   */
  int thereAndBack(Link link, LongConsumer rttUs) {
    return send(
        link.from().device(),
        link.from().device(),
        List.of(Path.label(link.from()), Path.label(link.to())),
        p -> {
          if (p.hops().size() == 3) {
            ProbeFrame.Hop out = p.hops().get(0);
            ProbeFrame.Hop far = p.hops().get(1);
            ProbeFrame.Hop back = p.hops().get(2);
            long us = back.ingressUs() - out.egressUs() - (far.egressUs() - far.ingressUs());
            rttUs.accept(Math.max(0, us));
          }
        });
  }

  /**
   * Sends a probe into a switch that comes straight back: behind everything that the switch was
   * told to send before, ahead of everything that it tells us afterwards.
   *
   * @return an id for {@link #forget}
   */
  int echo(DeviceId device, Runnable home) {
    return send(device, device, List.of(), p -> home.run());
  }

  /** Stops to wait for a probe. */
  void forget(int id) {
    expected.remove(id);
  }

  private int send(DeviceId from, DeviceId to, List<Integer> labels, Consumer<ProbeFrame> then) {
    Device device = stateLog.state().inventory().devices().get(from);
    if (device == null) {
      return NONE;
    }
    List<Integer> home = new ArrayList<>(labels);
    home.add(Path.CONTROLLER_LABEL);
    long serial = (int) (lastSerial + 1) == NONE ? lastSerial + 2 : lastSerial + 1;
    lastSerial = serial;
    int id = (int) serial;
    FrameSeal.Claim claim = new FrameSeal.Claim(FrameSeal.Purpose.PROBE, from.value(), 0, home);
    expected.put(id, new Expected(claim, to, then));
    southbound.submitPacket(
        from, ProbeFrame.encode(id, device.mac(), home, seal.stamp(claim, serial)));
    return id;
  }

  void probe(Path path, CompletableFuture<PathProbe> result) {
    new Measurement(stateLog.state(), path, result).round(0);
  }

  private final class Measurement {
    private final FabricState state;
    private final Path path;
    private final CompletableFuture<PathProbe> result;
    private final List<Integer> outstanding = new ArrayList<>();
    private final Map<LinkId, Long> bestUs = new HashMap<>();
    private @Nullable ProbeFrame first;
    private @Nullable ProbeFrame last;
    private boolean sentAll;

    Measurement(FabricState state, Path path, CompletableFuture<PathProbe> result) {
      this.state = state;
      this.path = path;
      this.result = result;
    }

    void round(int number) {
      List<PortRef> hops = path.egress();
      List<Integer> labels = new ArrayList<>();
      hops.subList(0, hops.size() - 1).forEach(p -> labels.add(Path.label(p)));
      awaited(
          done ->
              Prober.this.send(
                  hops.get(0).device(),
                  hops.get(hops.size() - 1).device(),
                  labels,
                  p -> {
                    alongPath(p);
                    done.run();
                  }));
      for (PortRef hop : hops.subList(0, hops.size() - 1)) {
        Link link = link(hop);
        if (link != null) {
          awaited(
              done ->
                  thereAndBack(
                      link,
                      us -> {
                        bestUs.merge(link.id(), us, Math::min); // queueing only ever adds
                        done.run();
                      }));
        }
      }
      sentAll = number == ROUNDS - 1;
      if (sentAll) {
        control.schedule(this::finish, this::fail, PATIENCE_MS, TimeUnit.MILLISECONDS);
      } else {
        control.schedule(() -> round(number + 1), this::fail, ROUND_MS, TimeUnit.MILLISECONDS);
      }
    }

    /** Sends a probe whose return is awaited. */
    private void awaited(ToIntFunction<Runnable> send) {
      int[] id = new int[1];
      id[0] =
          send.applyAsInt(
              () -> {
                outstanding.remove((Integer) id[0]);
                if (sentAll && outstanding.isEmpty()) {
                  finish();
                }
              });
      if (id[0] != NONE) {
        outstanding.add(id[0]);
      }
    }

    private void alongPath(ProbeFrame p) {
      if (p.hops().size() == path.egress().size()) {
        first = first == null ? p : first;
        last = p;
      }
    }

    private void finish() {
      outstanding.forEach(Prober.this::forget);
      outstanding.clear();
      List<ProbedLink> links = new ArrayList<>();
      List<PortRef> hops = path.egress();
      for (PortRef hop : hops.subList(0, hops.size() - 1)) {
        Link link = link(hop);
        if (link != null) {
          Long us = bestUs.get(link.id());
          links.add(new ProbedLink(link.id(), us == null ? -1 : us * 500));
        }
      }
      result.complete(new PathProbe(hops(), links));
    }

    /** Whoever waits is told in any case. */
    private void fail() {
      result.complete(new PathProbe(List.of(), List.of()));
    }

    private List<ProbedHop> hops() {
      ProbeFrame a = first;
      ProbeFrame b = last;
      List<ProbedHop> hops = new ArrayList<>();
      for (int i = 0; a != null && b != null && i < b.hops().size(); i++) {
        ProbeFrame.Hop h = b.hops().get(i);
        PortRef port = path.egress().get(i);
        hops.add(
            new ProbedHop(
                port.device(),
                h.ingressPort(),
                h.egressPort(),
                h.depth(),
                (h.egressUs() - h.ingressUs()) * 1000,
                utilisation(a.hops().get(i), h, port)));
      }
      return hops;
    }

    /** By the bytes that left between the first probe and the last (HPCC, SIGCOMM 2019, §3.1). */
    private double utilisation(ProbeFrame.Hop a, ProbeFrame.Hop b, PortRef port) {
      Link link = b.egressPort() == port.port() ? link(port) : null;
      long us = b.egressUs() - a.egressUs();
      return link == null || us <= 0
          ? Double.NaN
          : (b.txBytes() - a.txBytes()) * 8e6 / us / link.capacityBps();
    }

    private @Nullable Link link(PortRef port) {
      LinkId id = state.inventory().linkFrom(port);
      return id == null ? null : state.inventory().links().get(id);
    }
  }
}
