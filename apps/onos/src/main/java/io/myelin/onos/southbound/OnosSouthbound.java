package io.myelin.onos.southbound;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.NameList;
import io.myelin.core.model.PortRef;
import io.myelin.core.pipeline.Entry;
import io.myelin.core.pipeline.EntryKey;
import io.myelin.core.pipeline.Pipeline;
import io.myelin.core.pipeline.PuntReason;
import io.myelin.core.pipeline.Table;
import io.myelin.core.port.Southbound;
import io.myelin.core.port.WriteOutcome;
import io.myelin.core.reconcile.TableUpdate;
import io.myelin.node.thread.GuardedExecutor;
import io.myelin.onos.pipeline.MyelinPacketIn;
import io.myelin.onos.pipeline.MyelinPipeconf;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.onosproject.mastership.MastershipEvent;
import org.onosproject.mastership.MastershipListener;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DeviceEvent;
import org.onosproject.net.device.DeviceListener;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.packet.DefaultOutboundPacket;
import org.onosproject.net.packet.PacketContext;
import org.onosproject.net.packet.PacketProcessor;
import org.onosproject.store.service.ConsistentMapException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link Southbound} on ONOS: rules through FlowRuleService, clone sessions through GroupService,
 * packets through PacketService. ONOS connects to the switches, is their primary, and puts the
 * pipeline in force; here nothing ever opens a session.
 *
 * <p>A device is ready when ONOS says that it is available, that it runs our pipeconf, and that
 * this ONOS node is its master. Whoever leads Myelin asks ONOS to make it the master: packet-ins
 * come to the master alone.
 */
public final class OnosSouthbound implements Southbound {
  private static final Logger log = LoggerFactory.getLogger(OnosSouthbound.class);

  /** Between looks at a device whose event was lost, and between bids for mastership. */
  private static final long LOOK_MS = 1_000;

  /** What other applications may want to see, too. */
  private static final Set<PuntReason> OF_HOSTS_AND_CABLES =
      EnumSet.of(PuntReason.LLDP, PuntReason.ARP, PuntReason.ND);

  private final Pipeline pipeline = MyelinPipeconf.PIPELINE;
  private final OnosServices onos;
  private final PiEntries entries;
  private final CloneSessions clones;
  private final DirectMeters meters;
  private final GuardedExecutor timer;
  private final Function<DeviceId, org.onosproject.net.DeviceId> ids;
  private final Map<DeviceId, OnosDevice> devices = new ConcurrentSkipListMap<>();
  private final DeviceListener onDevice = this::deviceEvent;
  private final MastershipListener onMastership = this::mastershipEvent;
  private final PacketProcessor processor = this::packet;

  /**
   * @param timer for looks at devices
   * @param ids ONOS's name of a device
   */
  public OnosSouthbound(
      OnosServices onos,
      GuardedExecutor timer,
      Function<DeviceId, org.onosproject.net.DeviceId> ids) {
    this.onos = onos;
    this.timer = timer;
    this.ids = ids;
    entries = new PiEntries(pipeline, onos.pipeconf().pipelineModel(), onos.app());
    clones = new CloneSessions(cloneSessions(), onos.devices(), onos.groups(), onos.app());
    meters = new DirectMeters(onos.p4runtime(), onos.pipeconf(), entries);
    onos.devices().addListener(onDevice);
    onos.mastership().addListener(onMastership);
    onos.packets().addProcessor(processor, PacketProcessor.director(1));
    timer.scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
  }

  private Table cloneSessions() {
    return pipeline.tables().stream().filter(Table::isCloneSessions).findFirst().orElseThrow();
  }

  @Override
  public Pipeline pipeline() {
    return pipeline;
  }

  @Override
  public void connect(Device device, Listener listener) {
    OnosDevice d =
        new OnosDevice(onos, entries, clones, meters, device, ids.apply(device.id()), listener);
    if (devices.putIfAbsent(device.id(), d) != null) {
      throw new IllegalStateException("there is already a session with " + device.id());
    }
    run(d::look);
  }

  @Override
  public void disconnect(DeviceId device) {
    OnosDevice d = devices.remove(device);
    if (d != null) {
      d.close();
    }
  }

  private OnosDevice device(DeviceId id) {
    OnosDevice d = devices.get(id);
    if (d == null) {
      throw new IllegalArgumentException(
          "no session with '" + id + "'; there is one with: " + NameList.some(devices.keySet()));
    }
    return d;
  }

  @Override
  public CompletableFuture<List<WriteOutcome>> write(DeviceId device, List<TableUpdate> updates) {
    return device(device).write(updates);
  }

  @Override
  public CompletableFuture<Map<EntryKey, Entry>> readTables(DeviceId device) {
    return device(device).readTables();
  }

  @Override
  public CompletableFuture<List<List<Count>>> readCounters(DeviceId device, List<String> counters) {
    return device(device).readCounters(counters);
  }

  /** As of ONOS's last poll of the switch, which it makes every few seconds. */
  @Override
  public CompletableFuture<Map<EntryKey, Count>> readDirect(DeviceId device, Table table) {
    return device(device).readDirect(table);
  }

  @Override
  public void packetOut(DeviceId device, int port, byte[] frame) {
    emit(device, port == PortRef.CPU ? PortNumber.CONTROLLER : PortNumber.portNumber(port), frame);
  }

  @Override
  public void submitPacket(DeviceId device, byte[] frame) {
    emit(device, PortNumber.TABLE, frame);
  }

  private void emit(DeviceId device, PortNumber port, byte[] frame) {
    OnosDevice d = devices.get(device);
    if (d == null) {
      return;
    }
    try {
      onos.packets()
          .emit(
              new DefaultOutboundPacket(
                  d.id(),
                  DefaultTrafficTreatment.builder().setOutput(port).build(),
                  ByteBuffer.wrap(frame)));
    } catch (ConsistentMapException e) {
      // ONOS asks its storage which pipeline a device has. A frame that is lost is nothing new.
      log.debug("{}: a frame is not sent", device, e);
    }
  }

  // ---- what ONOS tells -------------------------------------------------------------------------

  private void packet(PacketContext context) {
    if (!(context.inPacket() instanceof MyelinPacketIn in)) {
      return; // of a device with another pipeline
    }
    OnosDevice d = find(in.receivedFrom().deviceId());
    if (d == null) {
      return;
    }
    if (!OF_HOSTS_AND_CABLES.contains(in.reason())) {
      context.block(); // probes and events are between the switches and us
    }
    d.packetIn(in);
  }

  private @Nullable OnosDevice find(org.onosproject.net.DeviceId id) {
    for (OnosDevice d : devices.values()) {
      if (d.id().equals(id)) {
        return d;
      }
    }
    return null;
  }

  private void deviceEvent(DeviceEvent event) {
    OnosDevice d = find(event.subject().id());
    if (d == null || event.type() == DeviceEvent.Type.PORT_STATS_UPDATED) {
      return;
    }
    run(
        () -> {
          if (event.port() != null) {
            d.portsChanged();
          }
          d.look();
        });
  }

  private void mastershipEvent(MastershipEvent event) {
    OnosDevice d = find(event.subject());
    if (d != null) {
      run(d::look);
    }
  }

  /** Looks at all devices, as it does from time to time. */
  void look() {
    devices.values().forEach(OnosDevice::tick);
  }

  private void run(Runnable task) {
    try {
      timer.execute(task);
    } catch (RejectedExecutionException closing) {
      // Nobody drives switches any more.
    }
  }

  @Override
  public void close() {
    onos.packets().removeProcessor(processor);
    onos.mastership().removeListener(onMastership);
    onos.devices().removeListener(onDevice);
    clones.close();
    devices.values().forEach(OnosDevice::close);
    devices.clear();
  }
}
