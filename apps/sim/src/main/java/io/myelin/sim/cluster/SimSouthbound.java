package io.myelin.sim.cluster;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.U128;
import io.myelin.core.port.Southbound;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.core.tables.Entry;
import io.myelin.core.tables.EntryKey;
import io.myelin.core.tables.P4Table;
import io.myelin.core.tables.Punt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** A member's sessions with all switches, during one leadership. */
final class SimSouthbound implements Southbound {
  private static final int PORTS = 64;

  private final World world;
  private final Member member;
  private final SimFabric fabric;
  private final U128 electionId;
  private final long order;
  private final Map<DeviceId, SimSession> sessions = new TreeMap<>();

  SimSouthbound(World world, Member member, SimFabric fabric, U128 electionId, long order) {
    this.world = world;
    this.member = member;
    this.fabric = fabric;
    this.electionId = electionId;
    this.order = order;
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
  public CompletableFuture<List<Failure>> write(DeviceId device, List<TableUpdate> updates) {
    return session(device).write(updates);
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
  public CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, P4Table table) {
    return session(device).call(s -> s.counted(k -> k.table() == table));
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
          () -> s.listener().packetIn(device, port, Punt.LLDP, world.nowNs() / 1000, frame));
    }
  }

  /** A queue of a switch tells. */
  void congested(DeviceId device, byte[] frame) {
    SimSession s = sessions.get(device);
    if (s != null && s.isReady()) {
      world.send(
          device.value(),
          member.id(),
          () -> s.listener().packetIn(device, 0, Punt.CONGESTION, world.nowNs() / 1000, frame));
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
          () -> s.listener().packetIn(device, PortRef.CPU, Punt.PROBE, world.nowNs() / 1000, home));
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
