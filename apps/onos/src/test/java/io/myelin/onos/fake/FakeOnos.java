package io.myelin.onos.fake;

import com.google.common.collect.ImmutableMap;
import io.myelin.onos.pipeline.MyelinInterpreter;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.onlab.util.ImmutableByteSequence;
import org.onosproject.cluster.NodeId;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.mastership.MastershipAdminService;
import org.onosproject.mastership.MastershipEvent;
import org.onosproject.mastership.MastershipInfo;
import org.onosproject.mastership.MastershipListener;
import org.onosproject.mastership.MastershipServiceAdapter;
import org.onosproject.net.DefaultDevice;
import org.onosproject.net.DefaultPort;
import org.onosproject.net.Device;
import org.onosproject.net.DeviceId;
import org.onosproject.net.Port;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DeviceEvent;
import org.onosproject.net.device.DeviceListener;
import org.onosproject.net.device.DeviceServiceAdapter;
import org.onosproject.net.driver.AbstractHandlerBehaviour;
import org.onosproject.net.driver.Behaviour;
import org.onosproject.net.flow.DefaultFlowEntry;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.FlowRuleOperations;
import org.onosproject.net.flow.FlowRuleServiceAdapter;
import org.onosproject.net.group.DefaultGroup;
import org.onosproject.net.group.Group;
import org.onosproject.net.group.GroupBuckets;
import org.onosproject.net.group.GroupDescription;
import org.onosproject.net.group.GroupEvent;
import org.onosproject.net.group.GroupKey;
import org.onosproject.net.group.GroupListener;
import org.onosproject.net.group.GroupOperations;
import org.onosproject.net.group.GroupProgrammable;
import org.onosproject.net.group.GroupServiceAdapter;
import org.onosproject.net.packet.DefaultPacketContext;
import org.onosproject.net.packet.InboundPacket;
import org.onosproject.net.packet.OutboundPacket;
import org.onosproject.net.packet.PacketContext;
import org.onosproject.net.packet.PacketProcessor;
import org.onosproject.net.packet.PacketServiceAdapter;
import org.onosproject.net.pi.PiPipeconfServiceAdapter;
import org.onosproject.net.pi.model.PiCounterId;
import org.onosproject.net.pi.model.PiPacketMetadataId;
import org.onosproject.net.pi.model.PiPacketOperationType;
import org.onosproject.net.pi.model.PiPipeconf;
import org.onosproject.net.pi.model.PiPipelineInterpreter.PiInterpreterException;
import org.onosproject.net.pi.runtime.PiCounterCell;
import org.onosproject.net.pi.runtime.PiCounterCellId;
import org.onosproject.net.pi.runtime.PiEntity;
import org.onosproject.net.pi.runtime.PiMeterCellConfig;
import org.onosproject.net.pi.runtime.PiMeterCellId;
import org.onosproject.net.pi.runtime.PiPacketMetadata;
import org.onosproject.net.pi.runtime.PiPacketOperation;
import org.onosproject.net.provider.ProviderId;
import org.onosproject.p4runtime.api.P4RuntimeClient;
import org.onosproject.p4runtime.api.P4RuntimeController;
import org.onosproject.p4runtime.api.P4RuntimeReadClient;
import org.onosproject.p4runtime.api.P4RuntimeWriteClient;

/**
 * ONOS's services around switches in memory, on ONOS's own adapters for tests: what is written is
 * acknowledged as ONOS does it, and can be refused, delayed and taken away.
 */
public final class FakeOnos {
  public static final NodeId LOCAL = new NodeId("n1");
  public static final ApplicationId APP = new DefaultApplicationId(42, "io.myelin.onos");

  public final PiPipeconf pipeconf;
  public final Devices devices = new Devices();
  public final Masters masters = new Masters();
  public final Pipeconfs pipeconfs = new Pipeconfs();
  public final Flows flows = new Flows();
  public final Groups groups = new Groups();
  public final Packets packets = new Packets();
  public final P4RuntimeController p4runtime = controller();

  /** Rules that ONOS cannot write. */
  public volatile Predicate<FlowRule> refuse = r -> false;

  private final Map<PiMeterCellId, PiMeterCellConfig> meters = new ConcurrentHashMap<>();

  /**
   * @param pipeconf that all devices run
   */
  public FakeOnos(PiPipeconf pipeconf) {
    this.pipeconf = pipeconf;
  }

  /** Adds a device that ONOS is connected with, of which this node is master. */
  public void add(DeviceId id, int ports) {
    devices.all.put(id, new FakeDevice(id));
    for (int p = 1; p <= ports; p++) {
      devices.port(id, p, true);
    }
    devices.available.add(id);
    masters.masters.put(id, LOCAL);
  }

  /** A device whose driver knows what groups it has written. */
  private final class FakeDevice extends DefaultDevice {
    FakeDevice(DeviceId id) {
      super(new ProviderId("p4runtime", "fake"), id, Device.Type.SWITCH, "", "", "", "", null);
    }

    @Override
    public <B extends Behaviour> boolean is(Class<B> behaviour) {
      return behaviour == GroupProgrammable.class;
    }

    @Override
    public <B extends Behaviour> B as(Class<B> behaviour) {
      return behaviour.cast(new WrittenGroups(id()));
    }
  }

  private final class WrittenGroups extends AbstractHandlerBehaviour implements GroupProgrammable {
    private final DeviceId id;

    WrittenGroups(DeviceId id) {
      this.id = id;
    }

    @Override
    public void performGroupOperation(DeviceId device, GroupOperations operations) {}

    @Override
    public Collection<Group> getGroups() {
      return List.copyOf(groups.of(id).values());
    }
  }

  /** Devices and ports. */
  public static final class Devices extends DeviceServiceAdapter {
    private final Map<DeviceId, Device> all = new ConcurrentHashMap<>();
    private final Map<DeviceId, Map<Integer, Port>> ports = new ConcurrentHashMap<>();
    private final Set<DeviceId> available = ConcurrentHashMap.newKeySet();
    private final List<DeviceListener> listeners = new CopyOnWriteArrayList<>();

    /** Whether ONOS is connected with a device. */
    public void available(DeviceId id, boolean yes) {
      if (yes) {
        available.add(id);
      } else {
        available.remove(id);
      }
      tell(new DeviceEvent(DeviceEvent.Type.DEVICE_AVAILABILITY_CHANGED, all.get(id)));
    }

    /** Makes a port, up or down. */
    public void port(DeviceId id, int number, boolean up) {
      Port port = new DefaultPort(all.get(id), PortNumber.portNumber(number), up);
      ports.computeIfAbsent(id, d -> new ConcurrentHashMap<>()).put(number, port);
      tell(new DeviceEvent(DeviceEvent.Type.PORT_UPDATED, all.get(id), port));
    }

    private void tell(DeviceEvent e) {
      listeners.forEach(l -> l.event(e));
    }

    @Override
    public @Nullable Device getDevice(DeviceId id) {
      return all.get(id);
    }

    @Override
    public boolean isAvailable(DeviceId id) {
      return available.contains(id);
    }

    @Override
    public List<Port> getPorts(DeviceId id) {
      return List.copyOf(ports.getOrDefault(id, Map.of()).values());
    }

    @Override
    public void addListener(DeviceListener l) {
      listeners.add(l);
    }

    @Override
    public void removeListener(DeviceListener l) {
      listeners.remove(l);
    }
  }

  /** Who is master of what. */
  public static final class Masters extends MastershipServiceAdapter
      implements MastershipAdminService {
    private final Map<DeviceId, NodeId> masters = new ConcurrentHashMap<>();
    private final List<MastershipListener> listeners = new CopyOnWriteArrayList<>();

    @Override
    public boolean isLocalMaster(DeviceId id) {
      return LOCAL.equals(masters.get(id));
    }

    @Override
    public CompletableFuture<Void> setRole(
        NodeId node, DeviceId id, org.onosproject.net.MastershipRole role) {
      masters.put(id, node);
      MastershipInfo info = new MastershipInfo(1, Optional.of(node), ImmutableMap.of());
      listeners.forEach(
          l -> l.event(new MastershipEvent(MastershipEvent.Type.MASTER_CHANGED, id, info)));
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public void balanceRoles() {}

    @Override
    public void addListener(MastershipListener l) {
      listeners.add(l);
    }

    @Override
    public void removeListener(MastershipListener l) {
      listeners.remove(l);
    }
  }

  /** Every device runs our pipeconf. */
  public final class Pipeconfs extends PiPipeconfServiceAdapter {
    @Override
    public Optional<PiPipeconf> getPipeconf(DeviceId id) {
      return devices.all.containsKey(id) ? Optional.of(pipeconf) : Optional.empty();
    }
  }

  /** Rules, and what they counted. */
  public final class Flows extends FlowRuleServiceAdapter {
    public final Map<DeviceId, Map<FlowRule, FlowEntry>> tables = new ConcurrentHashMap<>();

    @Override
    public void apply(FlowRuleOperations ops) {
      FlowRuleOperations.Builder failed = FlowRuleOperations.builder();
      boolean any = false;
      for (Set<FlowRuleOperation> stage : ops.stages()) {
        for (FlowRuleOperation op : stage) {
          FlowRule rule = op.rule();
          Map<FlowRule, FlowEntry> table =
              tables.computeIfAbsent(rule.deviceId(), d -> new ConcurrentHashMap<>());
          if (refuse.test(rule)) {
            failed.add(rule);
            any = true;
          } else if (op.type() == FlowRuleOperation.Type.REMOVE) {
            table.remove(rule);
          } else {
            table.remove(rule); // equal rules differ in what they do
            table.put(rule, new DefaultFlowEntry(rule, FlowEntry.FlowEntryState.ADDED));
          }
        }
      }
      if (any) {
        ops.callback().onError(failed.build());
      } else {
        ops.callback().onSuccess(ops);
      }
    }

    @Override
    public Iterable<FlowEntry> getFlowEntries(DeviceId id) {
      return List.copyOf(tables.getOrDefault(id, Map.of()).values());
    }
  }

  /** Groups. */
  public static final class Groups extends GroupServiceAdapter {
    private final Map<DeviceId, Map<GroupKey, DefaultGroup>> all = new ConcurrentHashMap<>();
    private final List<GroupListener> listeners = new CopyOnWriteArrayList<>();

    private Map<GroupKey, DefaultGroup> of(DeviceId id) {
      return all.computeIfAbsent(id, d -> new ConcurrentHashMap<>());
    }

    /** Says nothing of groups, as ONOS until its next poll. */
    public volatile boolean silent;

    private void tell(GroupEvent.Type type, Group g) {
      if (silent) {
        return;
      }
      listeners.forEach(l -> l.event(new GroupEvent(type, g)));
    }

    @Override
    public void addGroup(GroupDescription d) {
      DefaultGroup g = new DefaultGroup(new org.onosproject.core.GroupId(d.givenGroupId()), d);
      g.setState(Group.GroupState.ADDED);
      of(d.deviceId()).put(d.appCookie(), g);
      tell(GroupEvent.Type.GROUP_ADDED, g);
    }

    @Override
    public void removeGroup(DeviceId id, GroupKey key, ApplicationId app) {
      DefaultGroup g = of(id).remove(key);
      if (g != null) {
        tell(GroupEvent.Type.GROUP_REMOVED, g);
      }
    }

    @Override
    public void setBucketsForGroup(
        DeviceId id, GroupKey key, GroupBuckets buckets, GroupKey next, ApplicationId app) {
      DefaultGroup g = of(id).get(key);
      if (g != null) {
        g.setState(Group.GroupState.ADDED);
        tell(GroupEvent.Type.GROUP_UPDATED, g);
      }
    }

    @Override
    public @Nullable Group getGroup(DeviceId id, GroupKey key) {
      return of(id).get(key);
    }

    @Override
    public Iterable<Group> getGroups(DeviceId id, ApplicationId app) {
      return List.copyOf(of(id).values());
    }

    @Override
    public void addListener(GroupListener l) {
      listeners.add(l);
    }

    @Override
    public void removeListener(GroupListener l) {
      listeners.remove(l);
    }
  }

  /** Packets: what goes out goes through our interpreter; to the CPU port, it comes back. */
  public static final class Packets extends PacketServiceAdapter {
    public final List<PiPacketOperation> sent = new CopyOnWriteArrayList<>();
    private final List<PacketProcessor> processors = new CopyOnWriteArrayList<>();
    private final MyelinInterpreter interpreter = new MyelinInterpreter();

    @Override
    public void addProcessor(PacketProcessor p, int priority) {
      processors.add(p);
    }

    @Override
    public void removeProcessor(PacketProcessor p) {
      processors.remove(p);
    }

    @Override
    public void emit(OutboundPacket packet) {
      try {
        for (PiPacketOperation op : interpreter.mapOutboundPacket(packet)) {
          sent.add(op);
          long port = field(op, "egress_port");
          if (port == 255) {
            receive(packet.sendThrough(), 0, 0, 7, op.data().asArray());
          }
        }
      } catch (PiInterpreterException e) {
        throw new AssertionError(e);
      }
    }

    /** A packet-in as a switch sends it. */
    public boolean receive(DeviceId from, int port, int reason, long timeUs, byte[] frame) {
      PiPacketOperation op =
          PiPacketOperation.builder()
              .withType(PiPacketOperationType.PACKET_IN)
              .withData(ImmutableByteSequence.copyFrom(frame))
              .withMetadatas(
                  List.of(
                      metadata("ingress_port", port, 9),
                      metadata("reason", reason, 7),
                      metadata("timestamp", timeUs, 48)))
              .build();
      try {
        InboundPacket in = interpreter.mapInboundPacket(op, from);
        Context context = new Context(in);
        processors.forEach(p -> p.process(context));
        return context.isHandled();
      } catch (PiInterpreterException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static final class Context extends DefaultPacketContext implements PacketContext {
    Context(InboundPacket in) {
      super(0, in, null, false);
    }

    @Override
    public void send() {}
  }

  private static PiPacketMetadata metadata(String name, long value, int bits) {
    try {
      return PiPacketMetadata.builder()
          .withId(PiPacketMetadataId.of(name))
          .withValue(ImmutableByteSequence.copyFrom(value).fit(bits))
          .build();
    } catch (ImmutableByteSequence.ByteSequenceTrimException e) {
      throw new AssertionError(e);
    }
  }

  /** A field of a packet operation. */
  public static long field(PiPacketOperation op, String name) {
    for (PiPacketMetadata m : op.metadatas()) {
      if (m.id().id().equals(name)) {
        return io.myelin.core.model.U128.fromBytes(m.value().asArray()).lo();
      }
    }
    throw new AssertionError("no " + name);
  }

  // ---- ONOS's P4Runtime sessions: only what we use of them --------------------------------------

  private P4RuntimeController controller() {
    return proxy(
        P4RuntimeController.class,
        (self, method, args) ->
            switch (method.getName()) {
              case "get" -> devices.available.contains(args[0]) ? client() : null;
              case "toString" -> "fake sessions";
              case "hashCode" -> System.identityHashCode(self);
              case "equals" -> self == args[0];
              default -> throw new UnsupportedOperationException(method.toString());
            });
  }

  private P4RuntimeClient client() {
    return proxy(
        P4RuntimeClient.class,
        (self, method, args) ->
            switch (method.getName()) {
              case "read" -> readRequest();
              case "write" -> writeRequest();
              default -> throw new UnsupportedOperationException(method.toString());
            });
  }

  private P4RuntimeReadClient.ReadRequest readRequest() {
    List<PiEntity> found = new ArrayList<>();
    return proxy(
        P4RuntimeReadClient.ReadRequest.class,
        (self, method, args) -> {
          switch (method.getName()) {
            case "directMeterCells" -> found.addAll(meters.values());
            case "counterCells" -> {
              for (Object id : (Iterable<?>) args[0]) {
                for (int i = 0; i < 4; i++) {
                  found.add(
                      new PiCounterCell(
                          PiCounterCellId.ofIndirect((PiCounterId) id, i), i, 100L * i));
                }
              }
            }
            case "submit" -> {
              return CompletableFuture.completedFuture(readResponse(found));
            }
            default -> throw new UnsupportedOperationException(method.toString());
          }
          return self;
        });
  }

  private static P4RuntimeReadClient.ReadResponse readResponse(List<PiEntity> found) {
    return proxy(
        P4RuntimeReadClient.ReadResponse.class,
        (self, method, args) ->
            switch (method.getName()) {
              case "isSuccess" -> true;
              case "all" -> args == null ? found : ofType((Class<?>) args[0], found);
              default -> throw new UnsupportedOperationException(method.toString());
            });
  }

  private static Collection<Object> ofType(Class<?> type, List<PiEntity> all) {
    List<Object> some = new ArrayList<>();
    all.stream().filter(type::isInstance).forEach(some::add);
    return some;
  }

  private P4RuntimeWriteClient.WriteRequest writeRequest() {
    Map<PiMeterCellId, PiMeterCellConfig> wanted = new HashMap<>();
    return proxy(
        P4RuntimeWriteClient.WriteRequest.class,
        (self, method, args) -> {
          switch (method.getName()) {
            case "modify" -> {
              PiMeterCellConfig c = (PiMeterCellConfig) args[0];
              wanted.put(c.cellId(), c);
            }
            case "submit" -> {
              meters.putAll(wanted);
              return CompletableFuture.completedFuture(writeResponse());
            }
            default -> throw new UnsupportedOperationException(method.toString());
          }
          return self;
        });
  }

  private static P4RuntimeWriteClient.WriteResponse writeResponse() {
    return proxy(
        P4RuntimeWriteClient.WriteResponse.class,
        (self, method, args) ->
            switch (method.getName()) {
              case "failed" -> new HashSet<>();
              case "isSuccess" -> true;
              default -> throw new UnsupportedOperationException(method.toString());
            });
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(FakeOnos.class.getClassLoader(), new Class<?>[] {type}, handler));
  }
}
