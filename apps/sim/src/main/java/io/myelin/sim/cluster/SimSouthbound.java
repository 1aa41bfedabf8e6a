package io.myelin.sim.cluster;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.Table;
import io.myelin.core.pipeline.myelin.MyelinPipeline;
import io.myelin.core.port.DeviceStatus;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A member's sessions with all switches, during one leadership. */
final class SimSouthbound implements Southbound {
  /** That of all switches of a simulation. */
  static final Pipeline PIPELINE = MyelinPipeline.INSTANCE;

  private static final int PORTS = 64;

  /** After which a planted mistake looks at what a switch really holds. */
  private static final long LOOKED_AGAIN_NS = 300 * World.MS;

  private final World world;
  private final Member member;
  private final SimFabric fabric;
  private final U128 electionId;
  private final long order;
  private final Bug bug;
  private final Map<DeviceId, SimSession> sessions = new TreeMap<>();

  SimSouthbound(
      World world, Member member, SimFabric fabric, U128 electionId, long order, Bug bug) {
    this.world = world;
    this.member = member;
    this.fabric = fabric;
    this.electionId = electionId;
    this.order = order;
    this.bug = bug;
  }

  @Override
  public Pipeline pipeline() {
    return PIPELINE;
  }

  @Override
  public void connect(Device device, Listener listener) {
    SimSession s =
        new SimSession(world, member, fabric.at(device.id()), electionId, order, listener);
    sessions.put(device.id(), s);
    s.connect();
  }

  @Override
  public void disconnect(DeviceId device) {
    SimSession s = sessions.remove(device);
    if (s != null) {
      s.close();
    }
  }

  @Override
  public CompletableFuture<List<WriteOutcome>> write(DeviceId device, List<TableUpdate> updates) {
    SimSession session = session(device);
    return session.write(updates).thenApply(all -> mistaken(session, device, updates, all));
  }

  /** What a planted mistake makes of an answer. */
  private List<WriteOutcome> mistaken(
      SimSession session, DeviceId device, List<TableUpdate> updates, List<WriteOutcome> all) {
    List<WriteOutcome> told = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      WriteOutcome o = all.get(i);
      boolean removal = i < updates.size() && updates.get(i).type() == TableUpdate.Type.DELETE;
      switch (bug) {
        case FREE_WHATEVER_THE_OUTCOME -> told.add(removal ? WriteOutcome.acknowledged() : o);
        case READY_WHILE_RETRYING -> {
          boolean late = o.kind() == WriteOutcome.Kind.RETRYING && !removal;
          told.add(late ? WriteOutcome.acknowledged() : o);
          if (late) {
            world.after(
                LOOKED_AGAIN_NS,
                () -> {
                  if (session.isReady()) {
                    session.listener().doubtful(device, "a planted mistake");
                  }
                });
          }
        }
        case NONE, NO_RECHECK, OLD_ELECTION_ID, ACK_BEFORE_COMMIT, FOREIGN_TOKEN -> told.add(o);
      }
    }
    return told;
  }

  @Override
  public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId device) {
    return session(device).read();
  }

  @Override
  public CompletableFuture<List<List<Count>>> readCounters(DeviceId device, List<String> counters) {
    return session(device)
        .call(
            s -> {
              List<List<Count>> all = new ArrayList<>();
              for (int i = 0; i < counters.size(); i++) {
                List<Count> one = new ArrayList<>();
                for (int port = 0; port < PORTS; port++) {
                  one.add(i == 0 ? fabric.sent(device, port) : new Count(0, 0));
                }
                all.add(one);
              }
              return all;
            });
  }

  @Override
  public CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, Table table) {
    return session(device).call(s -> s.counted(k -> k.table() == table));
  }

  // ---- what is said of a switch must be so -----------------------------------------------------

  /** Within this what a leader says of a switch is taken back, if it is not so. */
  private static final long TAKEN_BACK_NS = 50 * World.MS;

  /**
   * A switch that is called ready has been asked again for all that it did not take.
   *
   * @param status what the leader says of each device
   */
  void checkReady(Function<DeviceId, DeviceStatus.Status> status) {
    sessions.forEach(
        (device, session) -> {
          EntryKey missing = missing(device, session, status);
          if (missing != null) {
            world.after(
                TAKEN_BACK_NS,
                () -> {
                  if (missing.equals(missing(device, session, status))) {
                    throw world.violated(
                        Invariants.READY,
                        member.id() + " calls " + device + " ready, which did not take " + missing);
                  }
                });
          }
        });
  }

  private @Nullable EntryKey missing(
      DeviceId device, SimSession session, Function<DeviceId, DeviceStatus.Status> status) {
    boolean said =
        session.isReady()
            && session.isIdle()
            && !member.isPaused()
            && status.apply(device).phase() == DeviceStatus.Phase.READY;
    if (!said) {
      return null;
    }
    SimSwitch at = fabric.at(device);
    Set<EntryKey> open = at.outstanding(session);
    if (open.isEmpty()) {
      return null;
    }
    Map<EntryKey, Entry> desired = pipeline().entries(member.log().state(), device);
    for (EntryKey key : open) {
      Entry want = desired.get(key);
      Entry have = at.tables().get(key);
      if (want != null && !want.equals(have)) {
        return key;
      }
      at.settled(key); // if it is wanted again, it will be asked for again
    }
    return null;
  }

  @Override
  public void packetOut(DeviceId device, int port, byte[] frame) {
    SimSession s = sessions.get(device);
    if (s == null || !s.isReady()) {
      return;
    }
    world.send(
        member.id(),
        device.value(),
        () -> {
          LinkId link = fabric.cable(device, port);
          if (link != null && fabric.isUp(link)) {
            fabric.arrive(member, link, frame);
          }
        });
  }

  /** A frame of the other end's packet-out came in at one of our switches. */
  void packetIn(DeviceId device, int port, byte[] frame) {
    SimSession s = sessions.get(device);
    if (s != null && s.isReady() && fabric.at(device).isUp()) {
      world.send(
          device.value(),
          member.id(),
          () -> s.listener().packetIn(device, port, PuntReason.LLDP, world.nowNs() / 1000, frame));
    }
  }

  /** A queue of a switch tells. */
  void congested(DeviceId device, byte[] frame) {
    SimSession s = sessions.get(device);
    if (s != null && s.isReady()) {
      world.send(
          device.value(),
          member.id(),
          () ->
              s.listener().packetIn(device, 0, PuntReason.CONGESTION, world.nowNs() / 1000, frame));
    }
  }

  @Override
  public void submitPacket(DeviceId device, byte[] frame) {
    // Probes over links are lost: latencies stay as the inventory declares them.
    SimSession s = sessions.get(device);
    byte[] home = s == null || !s.isReady() ? null : Echo.home(frame);
    if (home != null) {
      world.send(member.id(), device.value(), () -> echoed(device, home));
    }
  }

  private void echoed(DeviceId device, byte[] home) {
    SimSession s = sessions.get(device);
    if (s != null && s.isReady() && fabric.at(device).isUp()) {
      world.send(
          device.value(),
          member.id(),
          () ->
              s.listener()
                  .packetIn(device, PortRef.CPU, PuntReason.PROBE, world.nowNs() / 1000, home));
    }
  }

  private SimSession session(DeviceId device) {
    SimSession s = sessions.get(device);
    if (s == null) {
      throw new IllegalArgumentException("no session with '" + device + "'");
    }
    return s;
  }

  @Override
  public void close() {
    sessions.values().forEach(SimSession::close);
    sessions.clear();
  }

  void died() {
    sessions.values().forEach(SimSession::died);
    sessions.clear();
  }
}
