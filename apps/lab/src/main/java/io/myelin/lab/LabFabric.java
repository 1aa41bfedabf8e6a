package io.myelin.lab;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.lab.net.Link;
import io.myelin.lab.roce.QueuePair;
import io.myelin.lab.roce.RoceHost;
import io.myelin.softswitch.engine.PortConfig;
import io.myelin.softswitch.engine.Softswitch;
import io.myelin.softswitch.p4rt.P4RuntimeOptions;
import io.myelin.softswitch.p4rt.P4RuntimeServer;
import io.myelin.softswitch.time.Scheduler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  private final FabricSpec spec;
  private final int firstPort;
  private final List<Tenant> tenants;
  private final Scheduler scheduler;
  private final Map<DeviceId, Softswitch> switches = new LinkedHashMap<>();
  private final Map<DeviceId, P4RuntimeServer> servers = new LinkedHashMap<>();
  private final Map<String, Link> links = new LinkedHashMap<>();
  private final Map<EndpointId, RoceHost> hosts = new LinkedHashMap<>();
  private final Inventory inventory;

  /** The lab's cables delay all packets alike and lose none by themselves. */
  private static final LinkFacts CABLE = LinkFacts.UNKNOWN.withJitterNs(0).withLossPpb(0);

  /**
   * Builds and starts a fabric.
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
    this(spec, tenants, scheduler, 0);
  }

  /**
   * The same, on ports that are known beforehand.
   *
   * @param firstPort where the first switch serves P4Runtime, and the others behind it; 0: any free
   *     ones
   * @throws IOException when a loopback port cannot be bound; nothing is left open then
   */
  public LabFabric(FabricSpec spec, List<Tenant> tenants, Scheduler scheduler, int firstPort)
      throws IOException {
    int last = firstPort + spec.leaves() + spec.spines() - 1;
    Invalid.unless(
        firstPort >= 0 && last <= MAX_PORT,
        "p4runtime-port",
        firstPort + " is not allowed; ports end at " + MAX_PORT);
    this.firstPort = firstPort;
    this.tenants = List.copyOf(tenants);
    this.spec = spec;
    this.scheduler = scheduler;
    List<Device> devices = new ArrayList<>();
    try {
      for (int l = 1; l <= spec.leaves(); l++) {
        devices.add(device("leaf" + l, Device.Role.LEAF, l));
      }
      for (int s = 1; s <= spec.spines(); s++) {
        devices.add(device("spine" + s, Device.Role.SPINE, spec.leaves() + s));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
    List<io.myelin.core.model.Link> cables = new ArrayList<>();
    List<Endpoint> endpoints = new ArrayList<>();
    // Nobody else knows the switches yet, so this thread may touch them.
    wire(cables, endpoints);
    inventory =
        new Inventory("lab", 1.0, qos(), PuntLimits.DEFAULT, devices, cables, endpoints, tenants);
  }

  /** The default thresholds, for packets of this fabric's size. */
  private QosProfile qos() {
    QosProfile q = QosProfile.DEFAULT;
    return new QosProfile(
        q.kMinBytes(),
        q.kMaxBytes(),
        q.pMaxPpm(),
        q.referenceBps(),
        spec.mtu() + HEADER_BYTES,
        q.holdoffUs(),
        q.dscpQueues());
  }

  private Device device(String name, Device.Role role, int number) throws IOException {
    DeviceId id = new DeviceId(name);
    Softswitch sw = new Softswitch(scheduler, PortRef.CPU);
    int port = firstPort == 0 ? 0 : firstPort + number - 1;
    P4RuntimeServer server =
        P4RuntimeServer.start(sw, P4RuntimeOptions.of(number, scheduler), port);
    switches.put(id, sw);
    servers.put(id, server);
    return new Device(id, role, "127.0.0.1:" + server.port(), number, "lab", "");
  }

  private void wire(List<io.myelin.core.model.Link> cables, List<Endpoint> endpoints) {
    for (int l = 1; l <= spec.leaves(); l++) {
      DeviceId leaf = new DeviceId("leaf" + l);
      for (int s = 1; s <= spec.spines(); s++) {
        PortRef a = new PortRef(leaf, s);
        PortRef b = new PortRef(new DeviceId("spine" + s), l);
        cable(a, b);
        cables.add(new io.myelin.core.model.Link(a, b, spec.rateBps(), spec.latencyNs(), 0, CABLE));
        cables.add(new io.myelin.core.model.Link(b, a, spec.rateBps(), spec.latencyNs(), 0, CABLE));
      }
      for (int h = 1; h <= spec.hostsPerLeaf(); h++) {
        endpoints.add(host(leaf, l, h));
      }
    }
  }

  private void cable(PortRef a, PortRef b) {
    Link link = new Link(scheduler, a + "-" + b, spec.latencyNs());
    Softswitch swA = at(a.device());
    Softswitch swB = at(b.device());
    link.attachA(f -> swA.receive(a.port(), f));
    link.attachB(f -> swB.receive(b.port(), f));
    swA.attach(a.port(), link::sendFromA, port());
    swB.attach(b.port(), link::sendFromB, port());
    link.onState(
        up -> {
          follow(swA, a.port(), link);
          follow(swB, b.port(), link);
        });
    links.put(link.name(), link);
  }

  private Endpoint host(DeviceId leaf, int l, int h) {
    EndpointId id = new EndpointId("gpu-" + l + "-" + h);
    PortRef port = new PortRef(leaf, spec.spines() + h);
    IpAddress ip = IpAddress.parse("ip", "10." + l + ".0." + h);
    MacAddress mac = new MacAddress(0x0200_0000_0000L | (long) l << 8 | h);
    Link link = new Link(scheduler, id + "-" + port, spec.latencyNs());
    RoceHost.Config config =
        new RoceHost.Config(
            mac.value(), ip.bytes(), spec.rateBps(), spec.mtu(), window(), 4, timeoutNs());
    RoceHost host = new RoceHost(config, scheduler, link::sendFromA);
    Softswitch sw = at(leaf);
    link.attachA(host);
    link.attachB(f -> sw.receive(port.port(), f));
    sw.attach(port.port(), link::sendFromB, port());
    link.onState(up -> follow(sw, port.port(), link));
    links.put(link.name(), link);
    hosts.put(id, host);
    return new Endpoint(
        id,
        port,
        ip,
        mac,
        tenants.get((h - 1) % tenants.size()).id(),
        spec.rateBps(),
        "rack" + l,
        "host-" + l + "-" + h,
        0);
  }

  /** A port finds out after a while that its cable is cut or mended. */
  private void follow(Softswitch sw, int port, Link link) {
    scheduler.after(LOSS_OF_SIGNAL_NS, () -> sw.setPortUp(port, link.isUp()));
  }

  private PortConfig port() {
    return PortConfig.of(spec.rateBps(), spec.queueBytes());
  }

  /** Twice the bandwidth-delay product of the longest way, and never less than 8 packets. */
  private int window() {
    double rttNs = 8.0 * spec.latencyNs() + 8.0 * packetNs();
    return (int) Math.max(8, Math.min(64, 2 * rttNs / packetNs()));
  }

  private double packetNs() {
    return (spec.mtu() + 100) * 8e9 / spec.rateBps();
  }

  /** A queue full of other flows' packets on every hop still arrives in time. */
  private long timeoutNs() {
    return (long) (3.0 * spec.queueBytes() * 8e9 / spec.rateBps() + 64 * packetNs());
  }

  // ---- use -----------------------------------------------------------------------------------

  /** What an operator would write down about this fabric. */
  public Inventory inventory() {
    return inventory;
  }

  public FabricSpec spec() {
    return spec;
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

  /** A cable, named by its ends: {@code leaf1/1-spine1/1} or {@code gpu-1-1-leaf1/5}. */
  public Link link(String name) {
    Link link = links.get(name);
    if (link == null) {
      throw new IllegalArgumentException("no cable '" + name + "'; there are: " + links.keySet());
    }
    return link;
  }

  public Map<String, Link> links() {
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

  @Override
  public void close() {
    servers.values().forEach(P4RuntimeServer::close);
  }
}
