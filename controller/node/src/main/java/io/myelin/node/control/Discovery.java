package io.myelin.node.control;

import io.myelin.core.loop.Damping;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.DeviceStatus.Phase;
import io.myelin.core.port.Rejection;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LinkState;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which cables are there, whether they live, and how long they take.
 *
 * <p>Every {@code interval} an LLDP frame goes out of every fabric port: it says what is connected
 * to what. A link whose frames stop arriving for {@value #MISSES} intervals is down. Where the far
 * switch has no control session, a probe there and back takes the place of LLDP: its data plane may
 * well live on.
 *
 * <p>Frames are late, too, when a switch's session, this thread or the machine is. Every switch
 * therefore sends an echo home each round, behind its LLDP frames: what is missing while the echoes
 * of both ends came home in time is lost; what is missing while they did not may only be late, and
 * counts as lost after {@value #SILENT} intervals (the role of the echo function of BFD, RFC 5880
 * §6.4).
 *
 * <p>The same probes measure latency, half of the round trip by the switches' own clocks (see
 * {@link Prober}). The least of the last samples counts: queueing only ever adds.
 *
 * <p>Confined to the control thread.
 */
final class Discovery {
  private static final Logger log = LoggerFactory.getLogger(Discovery.class);

  /** Lost frames in a row that make a link count as down. */
  static final int MISSES = 3;

  /** The same where the switches' echoes are missing as well. */
  static final int SILENT = 10;

  /** Samples after which a new minimum is looked for, so that a rerouted cable is noticed. */
  private static final int WINDOW = 32;

  private final StateLog stateLog;
  private final Southbound southbound;
  private final DeviceStatus status;
  private final Prober prober;
  private final LongSupplier clockMs;
  private final Duration interval;
  private final FrameSeal seal;
  private final Rejections rejections;
  private final Damping damping;

  /** After which a failure of a link counts half for whether it may be used again. */
  private static final long HALF_LIFE_MS = 10_000;

  private final Map<LinkId, Seen> links = new HashMap<>();
  private final SortedMap<LinkId, LinkId> miscabled = new ConcurrentSkipListMap<>();
  private final Map<DeviceId, Echo> echoes = new HashMap<>();

  private Inventory lastSeen = Inventory.EMPTY;

  /**
   * The round's number, and the serial number of its frames. It goes on when links leave the
   * inventory and return: no serial number is used twice under a key.
   */
  private long round;

  private final LongAdder missedFrames = new LongAdder();

  /** Devices that held all their tables at some time: only these can be missed. */
  private final Set<DeviceId> known = new HashSet<>();

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
    final Least latencyNs = new Least();

    /** Rounds without a frame in which both ends' echoes came home. */
    int missed;

    /** The others. */
    int doubtful;

    boolean everSeen;

    /** Serial number of the last frame that came. */
    long heard;

    final SerialWindow taken = new SerialWindow();

    /** A frame was sent in the last round, and none came since. */
    boolean waits;

    /** Probes that may still come, oldest first. */
    final ArrayDeque<Integer> probes = new ArrayDeque<>();

    /**
     * @param heard frames up to this serial number say nothing: they were sent before
     */
    Seen(long heard) {
      this.heard = heard;
    }

    boolean silent() {
      return missed >= MISSES || missed + doubtful >= SILENT;
    }
  }

  /** The echo of a switch. */
  private static final class Echo {
    int probe = Prober.NONE;
    boolean home = true;

    /** Rounds for which it is under way. */
    int rounds;

    /** It came home in the last round. */
    boolean inTime;
  }

  Discovery(
      ControlContext context,
      DeviceStatus status,
      Prober prober,
      Duration interval,
      FrameSeal seal,
      Rejections rejections) {
    this.seal = seal;
    this.rejections = rejections;
    stateLog = context.stateLog();
    southbound = context.southbound();
    clockMs = context.clockMs();
    this.status = status;
    this.prober = prober;
    this.interval = interval;
    damping = new Damping(MISSES * interval.toMillis(), HALF_LIFE_MS);
  }

  Duration interval() {
    return interval;
  }

  /** Frames that did not come although both ends were there. Any thread. */
  long missedFrames() {
    return missedFrames.sum();
  }

  /** One round: judge the last one, send the next. */
  void tick() {
    FabricState state = stateLog.state();
    round++;
    forget(state);
    state.inventory().devices().forEach((id, d) -> remember(id));
    echoes.entrySet().removeIf(e -> isGone(e.getKey(), e.getValue()));
    echoes.values().forEach(e -> e.inTime = e.home);
    for (Map.Entry<LinkId, Link> e : state.inventory().links()) {
      Link link = e.getValue();
      Phase far = phase(link.to());
      boolean measurable = far == Phase.READY || (far == Phase.DISCONNECTED && wasReady(link.to()));
      if (phase(link.from()) == Phase.READY && measurable) {
        round(state, link, far == Phase.READY);
      }
    }
    state.inventory().devices().forEach((id, d) -> echo(id));
  }

  /** What another inventory does not have any more. */
  @SuppressWarnings("ReferenceEquality") // looked at in every round
  private void forget(FabricState state) {
    if (state.inventory() == lastSeen) {
      return;
    }
    lastSeen = state.inventory();
    links.keySet().removeIf(id -> !lastSeen.links().containsKey(id));
    miscabled.keySet().removeIf(id -> !lastSeen.links().containsKey(id));
    known.removeIf(id -> !lastSeen.devices().containsKey(id));
  }

  /** Its echo is not waited for any more. */
  private boolean isGone(DeviceId id, Echo echo) {
    boolean gone = status.of(id).phase() != Phase.READY;
    if (gone) {
      prober.forget(echo.probe);
    }
    return gone;
  }

  /** Behind what the switch was told to send: when it is home, that was sent. */
  private void echo(DeviceId id) {
    if (status.of(id).phase() != Phase.READY) {
      return;
    }
    Echo echo = echoes.computeIfAbsent(id, i -> new Echo());
    if (!echo.home) {
      if (++echo.rounds < SILENT) {
        return;
      }
      prober.forget(echo.probe);
    }
    echo.rounds = 0;
    echo.home = false;
    echo.probe = prober.echo(id, () -> echo.home = true);
  }

  /** What this switch sends us comes in time. */
  private boolean punctual(DeviceId id) {
    Echo echo = echoes.get(id);
    return echo != null && echo.inTime;
  }

  private void remember(DeviceId id) {
    if (status.of(id).phase() == Phase.READY) {
      known.add(id);
    }
  }

  private boolean wasReady(PortRef port) {
    return known.contains(port.device());
  }

  private Phase phase(PortRef port) {
    return status.of(port.device()).phase();
  }

  private void round(FabricState state, Link link, boolean farIsReady) {
    Seen seen = seen(link.id());
    if (seen.waits) {
      boolean far = !farIsReady || punctual(link.to().device());
      if (far && punctual(link.from().device())) {
        seen.missed++;
        missedFrames.increment();
      } else {
        seen.doubtful++;
      }
    }
    if (seen.silent() && state.isUp(link.id())) {
      log.info("link {} is down: {} discovery frames lost", link.id(), seen.missed + seen.doubtful);
      observe(link.id(), false);
      if (!farIsReady) {
        observe(link.reverseId(), false); // nobody is there to say so
      }
    }
    seen.waits = true;
    Device from = state.inventory().devices().get(link.from().device());
    if (from == null) {
      return;
    }
    if (farIsReady) {
      byte[] frame = LldpFrame.of(seal, link.from(), round).encode(from.mac());
      southbound.packetOut(from.id(), link.from().port(), frame);
    }
    // One end measures for both, unless only one can.
    if (!farIsReady || link.from().compareTo(link.to()) < 0) {
      seen.probes.add(prober.thereAndBack(link, rttUs -> probed(link, rttUs)));
      if (seen.probes.size() > SILENT) {
        prober.forget(seen.probes.remove());
      }
    }
  }

  private Seen seen(LinkId id) {
    return links.computeIfAbsent(id, l -> new Seen(round - 1));
  }

  private void probed(Link link, long rttUs) {
    for (LinkId id : List.of(link.id(), link.reverseId())) {
      Seen seen = seen(id);
      long before = seen.latencyNs.best;
      seen.latencyNs.add(Math.max(1, rttUs * 500));
      long latency = seen.latencyNs.best;
      // Small changes of a measurement are noise; only a quarter more or less is news.
      boolean news = before == Long.MAX_VALUE || Math.abs(latency - before) * 4 > before;
      if (phase(link.to()) != Phase.READY) {
        alive(id);
      }
      if (news && seen.everSeen && stateLog.state().isUp(id)) {
        observe(id, true);
      }
    }
  }

  /** A switch met a dead port: nobody has to wait for what does not come. */
  void portDown(DeviceId device, int port) {
    if (port < 1 || port >= PortRef.CPU) {
      return;
    }
    FabricState state = stateLog.state();
    LinkId id = state.inventory().linkFrom(new PortRef(device, port));
    Link link = id == null ? null : state.inventory().links().get(id);
    if (link == null) {
      return; // a host's: whoever sends there learns it from the transport
    }
    for (LinkId way : List.of(link.id(), link.reverseId())) {
      seen(way).missed = MISSES;
      if (state.isUp(way)) {
        log.info("link {} is down: the port of {} is", way, device);
        observe(way, false);
      }
    }
  }

  /** An LLDP frame that came in at a switch, ours or not. */
  void packetIn(DeviceId device, int ingressPort, byte[] bytes) {
    LldpFrame frame = LldpFrame.decode(bytes).orElse(null);
    PortRef origin = frame == null ? null : frame.origin().orElse(null);
    if (frame == null || origin == null || ingressPort < 1 || ingressPort >= PortRef.CPU) {
      rejections.count(device, ingressPort, Rejection.MALFORMED);
      return;
    }
    switch (frame.check(seal)) {
      case GENUINE -> ours(origin, frame.stamp().serial(), new PortRef(device, ingressPort));
      case OTHER_KEY -> rejections.count(device, ingressPort, Rejection.OTHER_KEY);
      case FORGED -> rejections.count(device, ingressPort, Rejection.FORGED);
    }
  }

  /** We sent it; whether only now, and to there, is another question. */
  private void ours(PortRef origin, long serial, PortRef at) {
    LinkId id = stateLog.state().inventory().linkFrom(origin);
    if (id == null) {
      rejections.count(at.device(), at.port(), Rejection.LATE); // the inventory has changed
      return;
    }
    Seen seen = seen(id);
    if (!seen.taken.take(serial)) {
      rejections.count(at.device(), at.port(), Rejection.REPLAYED);
      return;
    }
    if (serial <= seen.heard || serial <= round - SILENT) {
      rejections.count(at.device(), at.port(), Rejection.LATE);
      return;
    }
    seen.heard = serial;
    LinkId cable = LinkId.between(origin, at);
    if (!cable.equals(id)) {
      if (!cable.equals(miscabled.put(id, cable))) {
        log.warn("cable {} is not in the inventory, which has {} there", cable, id);
      }
      return;
    }
    miscabled.remove(id);
    alive(id);
  }

  /** A cable that is new to the fabric is used once both its ends hold what they need for it. */
  private boolean mayBeUsed(LinkId id) {
    LinkState known = stateLog.state().link(id);
    Link link = stateLog.state().inventory().links().get(id);
    return known.observed()
        || known.up()
        || (link != null
            && status.expects(id)
            && status.settled(link.from().device())
            && status.settled(link.to().device()));
  }

  /** Links whose cable goes elsewhere, and where. From any thread. */
  SortedMap<LinkId, LinkId> miscabled() {
    return new TreeMap<>(miscabled);
  }

  private void alive(LinkId id) {
    if (!mayBeUsed(id)) {
      return; // the next frame may find it ready
    }
    Seen seen = seen(id);
    seen.missed = 0;
    seen.doubtful = 0;
    seen.waits = false;
    LinkState known = stateLog.state().link(id);
    // What the log did not take, or was missed before it could be seen, is said at once.
    boolean untold = !seen.everSeen || !known.observed();
    seen.everSeen = true;
    if (known.up() ? untold : damping.mayReturn(known.failuresMs(), clockMs.getAsLong())) {
      observe(id, true);
    }
  }

  private void observe(LinkId link, boolean up) {
    long latency = seen(link).latencyNs.best;
    long known = up && latency != Long.MAX_VALUE ? latency : Command.ObserveLink.UNKNOWN;
    stateLog
        .submit(new Command.ObserveLink(link, up, known, clockMs.getAsLong()))
        .exceptionally(
            t -> {
              log.info("leadership ended before the log had what was seen of {}", link);
              return null;
            });
  }
}
