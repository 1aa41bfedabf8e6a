package io.myelin.lab;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.lab.net.EmulatedLink;
import io.myelin.lab.roce.QueuePair;
import io.myelin.lab.roce.RoceHost;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.time.Scheduler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Softswitches, cables and hosts on one scheduler; each switch serves P4Runtime on a loopback port.
 *
 * <p>Switches and hosts may be touched on the scheduler's thread only: {@link #call}.
 */
public final class LabFabric implements AutoCloseable {
  public static final TenantId TENANT = new TenantId("blue");

  /** All hosts are one tenant's. */
  public static final List<Tenant> ONE_TENANT = List.of(new Tenant(TENANT, List.of()));

  /** From a cut to the port that knows of it: what a PHY needs for loss of signal, generously. */
  public static final long LOSS_OF_SIGNAL_NS = 100_000;

  /** Ethernet, label, IPv4, UDP, BTH, ICRC around the payload. */
  private static final int HEADER_BYTES = 14 + 4 + 20 + 8 + 12 + 4;

  private static final int MAX_PORT = 65_535;

  private final LabPlan plan;
  private final Scheduler scheduler;
  private final Map<DeviceId, LabSwitch> racks = new LinkedHashMap<>();
  private final Map<DeviceId, Softswitch> switches = new LinkedHashMap<>();
  private final Map<String, LabCable> cables = new LinkedHashMap<>();
  private final Map<String, EmulatedLink> links = new LinkedHashMap<>();
  private final Map<EndpointId, RoceHost> hosts = new LinkedHashMap<>();
  private final Inventory inventory;

  /**
   * Builds and starts a leaf-spine fabric.
   *
   * @throws IOException when a loopback port cannot be bound; nothing is left open then
   */
  public LabFabric(FabricSpec spec, Scheduler scheduler) throws IOException {
    this(spec, ONE_TENANT, scheduler);
  }

  /**
   * The same, with the hosts of each leaf given to tenants in turn.
   *
   * @throws IOException when a loopback port cannot be bound; nothing is left open then
   */
  public LabFabric(FabricSpec spec, List<Tenant> tenants, Scheduler scheduler) throws IOException {
    this(LabPlan.of(spec, tenants), scheduler, 0);
  }

  /**
   * Builds and starts any fabric.
   *
   * @param firstPort where the first switch serves P4Runtime, and the others behind it; 0: any free
   *     ones
   * @throws IOException when a loopback port cannot be bound; nothing is left open then
   */
  public LabFabric(LabPlan plan, Scheduler scheduler, int firstPort) throws IOException {
    int last = firstPort + plan.inventory().devices().size() - 1;
    Invalid.unless(
        firstPort >= 0 && last <= MAX_PORT,
        "p4runtime-port",
        firstPort + " is not allowed; ports end at " + MAX_PORT);
    this.plan = plan;
    this.scheduler = scheduler;
    List<Device> devices = new ArrayList<>();
    plan.inventory().devices().forEach((id, d) -> devices.add(d));
    devices.sort(Comparator.comparingLong(Device::p4DeviceId).thenComparing(Device::id));
    try {
      devices.replaceAll(d -> start(d, firstPort == 0 ? 0 : firstPort + racks.size()));
    } catch (UncheckedIOException e) {
      close();
      throw Objects.requireNonNull(e.getCause());
    }
    // Nobody else knows the switches yet, so this thread may touch them.
    wire();
    inventory = described(devices);
  }

  /** The plan, with the addresses at which its switches are. */
  private Inventory described(List<Device> devices) {
    Inventory planned = plan.inventory();
    List<io.myelin.core.model.Link> all = new ArrayList<>();
    planned.links().forEach((id, l) -> all.add(l));
    List<Endpoint> endpoints = new ArrayList<>();
    planned.endpoints().forEach((id, e) -> endpoints.add(e));
    List<Tenant> tenants = new ArrayList<>();
    planned.tenants().forEach((id, t) -> tenants.add(t));
    return new Inventory(
        planned.name(),
        planned.reservableShare(),
        qos(planned.qos()),
        planned.puntLimits(),
        devices,
        all,
        endpoints,
        tenants);
  }

  /** The thresholds, for packets of this fabric's size. */
  private QosProfile qos(QosProfile q) {
    return new QosProfile(
        q.kMinBytes(),
        q.kMaxBytes(),
        q.pMaxPpm(),
        q.referenceBps(),
        plan.mtu() + HEADER_BYTES,
        q.holdoffUs(),
        q.dscpQueues());
  }

  private Device start(Device d, int port) {
    try {
      LabSwitch sw = new LabSwitch(d.id(), d.p4DeviceId(), scheduler, port);
      racks.put(d.id(), sw);
      switches.put(d.id(), sw.engine());
      return new Device(
          d.id(), d.role(), sw.address(), d.p4DeviceId(), d.region(), d.site(), d.maxLabels());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void wire() {
    for (Map.Entry<?, io.myelin.core.model.Link> e : plan.inventory().links()) {
      io.myelin.core.model.Link l = e.getValue();
      if (l.from().compareTo(l.to()) < 0) { // each cable once
        cable(l);
      }
    }
    LabNics nics = new LabNics(plan);
    plan.inventory().endpoints().forEach((id, e) -> host(e, nics));
  }

  private void cable(io.myelin.core.model.Link l) {
    EmulatedLink link = new EmulatedLink(scheduler, l.from() + "-" + l.to(), plan.latencyNs(l));
    long seed = link.name().hashCode();
    long jitterNs = Math.min(l.facts().jitterNs().orElse(0), link.latencyNs());
    if (jitterNs > 0) {
      link.delay(link.latencyNs(), jitterNs, seed);
    }
    long lossPpb = l.facts().lossPpb().orElse(0);
    if (lossPpb > 0) {
      link.lose(lossPpb / (double) LinkFacts.MAX_LOSS_PPB, seed);
    }
    LabCable.End a = end(l.from());
    LabCable.End b = end(l.to());
    LabSwitch swA = rack(l.from().device());
    LabSwitch swB = rack(l.to().device());
    link.attachA(f -> swA.receive(a.number(), f));
    link.attachB(f -> swB.receive(b.number(), f));
    swA.plug(a.number(), link::sendFromA, port(l.capacityBps()));
    swB.plug(b.number(), link::sendFromB, port(l.capacityBps()));
    add(new LabCable(link, a, b));
  }

  private LabCable.End end(PortRef port) {
    return new LabCable.End(
        port.device().value(), port.toString(), rack(port.device()), port.port());
  }

  private void add(LabCable cable) {
    cable.link().onState(up -> follow(cable));
    cables.put(cable.name(), cable);
    links.put(cable.name(), cable.link());
  }

  private void host(Endpoint e, LabNics nics) {
    LabCable.End b = end(e.attachment());
    LabSwitch sw = rack(e.attachment().device());
    EmulatedLink link =
        new EmulatedLink(scheduler, e.id() + "-" + e.attachment(), plan.latencyNs());
    RoceHost host = new RoceHost(nics.of(e), scheduler, link::sendFromA);
    link.attachA(host);
    link.attachB(f -> sw.receive(b.number(), f));
    sw.plug(b.number(), link::sendFromB, port(e.capacityBps()));
    hosts.put(e.id(), host);
    add(new LabCable(link, new LabCable.End(e.id().value(), e.id().value(), null, 0), b));
  }

  /** Ports find out after a while what has become of the light. */
  private void follow(LabCable cable) {
    scheduler.after(LOSS_OF_SIGNAL_NS, cable::light);
  }

  private PortConfig port(long rateBps) {
    return PortConfig.of(rateBps, plan.queueBytes(rateBps));
  }

  // ---- power ------------------------------------------------------------------------------------
  /**
   * Cuts a switch's power: its P4Runtime server is gone, and the light of its ports. Not on the
   * scheduler's thread, and with a virtual clock only while another thread runs it.
   *
   * @throws IllegalStateException when it has none already
   */
  public synchronized void kill(DeviceId id) {
    LabSwitch sw = rack(id);
    boolean had =
        call(() -> {
              boolean on = sw.isPowered();
              sw.powerOff();
              return on;
            })
            .join();
    if (!had) {
      throw new IllegalStateException(id + " is dead already");
    }
    relight(sw);
    sw.hangUp();
  }

  /**
   * Gives a switch its power back, at its old address and with an empty pipeline; one that has
   * power loses it first. Not on the scheduler's thread, as {@link #kill}.
   *
   * @throws IOException when its port is taken; it stays dead then
   */
  public synchronized void restart(DeviceId id) throws IOException {
    LabSwitch sw = rack(id);
    if (isPowered(id)) {
      kill(id);
    }
    Softswitch next = sw.boot();
    call(() -> {
          sw.powerOn(next);
          switches.put(id, next);
          // Its ports come up by themselves; those of cut cables must not.
          cables.values().stream().filter(c -> c.isAt(sw)).forEach(LabCable::light);
          return true;
        })
        .join();
  }

  /** Where a switch serves P4Runtime while it has power. */
  String addressOf(DeviceId id) {
    return rack(id).address();
  }

  /** Whether a switch has power. */
  public boolean isPowered(DeviceId id) {
    LabSwitch sw = rack(id);
    return call(sw::isPowered).join();
  }

  private void relight(LabSwitch sw) {
    call(() -> {
          cables.values().stream().filter(c -> c.isAt(sw)).forEach(this::follow);
          return true;
        })
        .join();
  }

  private LabSwitch rack(DeviceId id) {
    LabSwitch sw = racks.get(id);
    if (sw == null) {
      throw new IllegalArgumentException("no switch '" + id + "'; there are: " + racks.keySet());
    }
    return sw;
  }

  // ---- use -----------------------------------------------------------------------------------

  /** What an operator would write down about this fabric. */
  public Inventory inventory() {
    return inventory;
  }

  /** What it was built from. */
  public LabPlan plan() {
    return plan;
  }

  public Scheduler scheduler() {
    return scheduler;
  }

  /** Switches by name; scheduler thread only. */
  public Map<DeviceId, Softswitch> switches() {
    return switches;
  }

  /** The switch of that name; scheduler thread only. */
  public Softswitch at(DeviceId id) {
    Softswitch sw = switches.get(id);
    if (sw == null) {
      throw new IllegalArgumentException("no switch '" + id + "'; there are: " + switches.keySet());
    }
    return sw;
  }

  /** The endpoint of that name. */
  public Endpoint endpoint(EndpointId id) {
    Endpoint e = inventory.endpoints().get(id);
    if (e == null) {
      throw new IllegalArgumentException("no endpoint '" + id + "'; there are: " + hosts.keySet());
    }
    return e;
  }

  /** The host of that name; scheduler thread only. */
  public RoceHost host(EndpointId id) {
    RoceHost host = hosts.get(id);
    if (host == null) {
      throw new IllegalArgumentException("no host '" + id + "'; there are: " + hosts.keySet());
    }
    return host;
  }

  /** Opens queue pair {@code qp} at a host, to that of the same number at a peer. */
  public QueuePair openQp(EndpointId at, EndpointId peer, int qp) {
    return host(at).openQp(qp, endpoint(peer).ip().bytes(), qp);
  }

  /** Hosts by endpoint; scheduler thread only. */
  public Map<EndpointId, RoceHost> hosts() {
    return hosts;
  }

  /** The cable in a switch's port. */
  public EmulatedLink linkAt(PortRef port) {
    for (LabCable c : cables.values()) {
      if (c.ends().stream().anyMatch(e -> e.port().equals(port.toString()))) {
        return c.link();
      }
    }
    throw new IllegalArgumentException("no cable at " + port);
  }

  /** A cable, named by its ends: {@code leaf1/1-spine1/1} or {@code gpu-1-1-leaf1/5}. */
  public EmulatedLink link(String name) {
    EmulatedLink link = links.get(name);
    if (link == null) {
      throw new IllegalArgumentException("no cable '" + name + "'; there are: " + links.keySet());
    }
    return link;
  }

  /** The same with what is at their ends, by name. */
  Map<String, LabCable> cables() {
    return cables;
  }

  public Map<String, EmulatedLink> links() {
    return links;
  }

  /** Runs something on the scheduler's thread. With a virtual clock, run it before joining. */
  public <T> CompletableFuture<T> call(Supplier<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    scheduler.at(
        0,
        () -> {
          try {
            result.complete(task.get());
          } catch (RuntimeException | Error e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  /**
   * Lets time pass by this fabric's clock: on a slow machine it takes longer and changes no rate.
   * Not on the scheduler's thread, and with a virtual clock only while another thread runs it.
   */
  public void pass(Duration time) {
    CompletableFuture<Boolean> over = new CompletableFuture<>();
    scheduler.after(time.toNanos(), () -> over.complete(true));
    over.join();
  }

  @Override
  public void close() {
    racks.values().forEach(LabSwitch::hangUp);
  }
}
