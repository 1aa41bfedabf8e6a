package io.myelin.onos;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.PortRef;
import io.myelin.core.port.Leadership;
import io.myelin.core.port.StateLog;
import io.myelin.core.state.Applied;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LinkState;
import io.myelin.node.thread.GuardedExecutor;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.AnnotationKeys;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DefaultAnnotations;
import org.onosproject.net.Host;
import org.onosproject.net.HostId;
import org.onosproject.net.HostLocation;
import org.onosproject.net.PortNumber;
import org.onosproject.net.host.DefaultHostDescription;
import org.onosproject.net.host.HostProvider;
import org.onosproject.net.host.HostProviderRegistry;
import org.onosproject.net.host.HostProviderService;
import org.onosproject.net.host.HostService;
import org.onosproject.net.link.DefaultLinkDescription;
import org.onosproject.net.link.LinkDescription;
import org.onosproject.net.link.LinkEvent;
import org.onosproject.net.link.LinkListener;
import org.onosproject.net.link.LinkProvider;
import org.onosproject.net.link.LinkProviderRegistry;
import org.onosproject.net.link.LinkProviderService;
import org.onosproject.net.link.LinkService;
import org.onosproject.net.provider.AbstractProvider;
import org.onosproject.net.provider.ProviderId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells ONOS of the cables that discovery finds alive, with their capacity and latency, and of the
 * inventory's endpoints: ONOS's own LLDP does not pass our pipeline, and without this ONOS's
 * topology, its web interface and other applications would see switches only. Only who leads tells.
 */
final class TopologyProvider extends AbstractProvider
    implements LinkProvider, HostProvider, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TopologyProvider.class);
  private static final ProviderId ID = new ProviderId("myelin", MyelinApplication.NAME);
  private static final long BPS_PER_MBPS = 1_000_000;
  private static final long CLOSE_S = 5;

  private final StateLog state;
  private final Function<DeviceId, org.onosproject.net.DeviceId> ids;
  private final LinkProviderRegistry linkRegistry;
  private final HostProviderRegistry hostRegistry;
  private final LinkService linkService;
  private final HostService hostService;
  private final LinkListener onLink = this::removed;
  private final LinkProviderService links;
  private final HostProviderService hosts;
  private final GuardedExecutor turns = GuardedExecutor.single("myelin-topology");
  private final AtomicBoolean due = new AtomicBoolean();

  // What ONOS was told last, by this node in its present leadership.
  private final Map<LinkId, Told> told = new TreeMap<>();
  private final Map<EndpointId, Endpoint> toldHosts = new TreeMap<>();

  private @Nullable Leadership during;

  /**
   * What ONOS was told of a link.
   *
   * @param latencyNs null: that it is not there
   */
  private record Told(Link link, @Nullable Long latencyNs) {}

  /**
   * @param ids ONOS's names of devices
   */
  TopologyProvider(
      StateLog state,
      Function<DeviceId, org.onosproject.net.DeviceId> ids,
      LinkService linkService,
      HostService hostService,
      LinkProviderRegistry linkRegistry,
      HostProviderRegistry hostRegistry) {
    super(ID);
    this.linkService = linkService;
    this.hostService = hostService;
    this.state = state;
    this.ids = ids;
    this.linkRegistry = linkRegistry;
    this.hostRegistry = hostRegistry;
    links = linkRegistry.register(this);
    hosts = hostRegistry.register(this);
    linkService.addListener(onLink);
    state.follow(this::applied);
    state.onLeadership(l -> refresh());
  }

  private void applied(Applied a) {
    for (Applied.Change change : a.changes()) {
      if (change instanceof Applied.Change.LinkChanged
          || change instanceof Applied.Change.InventoryChanged) {
        refresh();
        return;
      }
    }
  }

  /** ONOS forgets links with their devices and ports, and is told again when these come back. */
  private void removed(LinkEvent event) {
    if (event.type() == LinkEvent.Type.LINK_REMOVED) {
      run(
          () -> {
            told.values()
                .removeIf(
                    t -> t.latencyNs != null && port(t.link.from()).equals(event.subject().src()));
            tell();
          });
    }
  }

  /** Soon, once for all that has changed until then. */
  private void refresh() {
    if (due.compareAndSet(false, true)) {
      run(this::tell);
    }
  }

  private void run(Runnable turn) {
    try {
      turns.execute(turn);
    } catch (RejectedExecutionException closing) {
      // ONOS is told no more.
    }
  }

  private void tell() {
    due.set(false);
    Leadership leadership = state.leadership();
    if (!leadership.leads()) {
      return;
    }
    try {
      FabricState now = state.state();
      if (!leadership.equals(during)) {
        during = leadership;
        told.clear(); // whoever led before may have told otherwise
        toldHosts.clear();
        retract(now);
      }
      now.inventory().links().forEach((id, l) -> tell(now, l));
      now.inventory()
          .endpoints()
          .forEach(
              (id, e) -> {
                if (!e.equals(toldHosts.get(id))) {
                  tell(e);
                  toldHosts.put(id, e); // only now: ONOS may have thrown
                }
              });
      told.values().removeIf(t -> gone(now, t.link));
      toldHosts.values().removeIf(e -> gone(now, e));
    } catch (RuntimeException e) {
      log.warn("ONOS is not told of the topology: {}", e.toString(), e);
    }
  }

  private void tell(FabricState now, Link link) {
    LinkState is = now.link(link.id());
    Long latency = is.observed() && is.up() ? Long.valueOf(knownLatencyNs(now, link)) : null;
    Told next = new Told(link, latency);
    if (next.equals(told.get(link.id()))) {
      return;
    }
    if (latency == null) {
      links.linkVanished(description(link, 0));
    } else {
      links.linkDetected(description(link, latency));
    }
    told.put(link.id(), next); // only now: ONOS may have thrown
  }

  /** Takes back what whoever led before told of links and endpoints that are no more. */
  private void retract(FabricState now) {
    Set<ConnectPoint> ports = new HashSet<>();
    now.inventory().links().forEach((id, l) -> ports.add(port(l.from())));
    for (org.onosproject.net.Link l : linkService.getLinks()) {
      if (l.providerId().equals(ID) && !ports.contains(l.src())) {
        links.linkVanished(new DefaultLinkDescription(l.src(), l.dst(), l.type()));
      }
    }
    Set<HostId> endpoints = new HashSet<>();
    now.inventory().endpoints().forEach((id, e) -> endpoints.add(host(e)));
    for (Host h : hostService.getHosts()) {
      if (h.providerId().equals(ID) && !endpoints.contains(h.id())) {
        hosts.hostVanished(h.id());
      }
    }
  }

  /** Whether a link is no longer in the inventory; ONOS is told so. */
  private boolean gone(FabricState now, Link link) {
    boolean gone = !now.inventory().links().containsKey(link.id());
    if (gone) {
      links.linkVanished(description(link, 0));
    }
    return gone;
  }

  private boolean gone(FabricState now, Endpoint e) {
    boolean gone = !now.inventory().endpoints().containsKey(e.id());
    if (gone) {
      hosts.hostVanished(host(e));
    }
    return gone;
  }

  /** Declared or measured; 0: nobody knows it. */
  private static long knownLatencyNs(FabricState now, Link link) {
    Integer n = now.topology().number(link.id());
    return n != null && now.knowsLatency(n) ? now.latencyNs(n) : 0;
  }

  /**
   * @param latencyNs 0: unknown, and not told
   */
  private LinkDescription description(Link link, long latencyNs) {
    DefaultAnnotations.Builder said =
        DefaultAnnotations.builder()
            .set(AnnotationKeys.NAME, link.id().toString())
            // In ONOS's units: Mb/s, nanoseconds.
            .set(AnnotationKeys.BANDWIDTH, Long.toString(link.capacityBps() / BPS_PER_MBPS));
    if (latencyNs > 0) {
      said.set(AnnotationKeys.LATENCY, Long.toString(latencyNs));
    }
    return new DefaultLinkDescription(
        port(link.from()), port(link.to()), org.onosproject.net.Link.Type.DIRECT, said.build());
  }

  private ConnectPoint port(PortRef port) {
    return new ConnectPoint(ids.apply(port.device()), PortNumber.portNumber(port.port()));
  }

  private static HostId host(Endpoint e) {
    return HostId.hostId(MacAddress.valueOf(e.mac().toString()), VlanId.NONE);
  }

  private void tell(Endpoint e) {
    hosts.hostDetected(
        host(e),
        new DefaultHostDescription(
            MacAddress.valueOf(e.mac().toString()),
            VlanId.NONE,
            new HostLocation(port(e.attachment()), 0),
            Set.of(IpAddress.valueOf(e.ip().toString())),
            true, // by configuration
            DefaultAnnotations.builder()
                .set(AnnotationKeys.NAME, e.id().toString())
                .set("tenant", e.tenant().toString())
                .build()),
        true);
  }

  /** Forgets what was told, if this node leads: nobody looks after it any more. */
  private void forget() {
    if (state.leadership().leads()) {
      FabricState now = state.state();
      now.inventory().links().forEach((id, l) -> links.linkVanished(description(l, 0)));
      now.inventory().endpoints().forEach((id, e) -> hosts.hostVanished(host(e)));
    }
  }

  /** Returns when ONOS was told all that has changed so far. */
  void settle() {
    CompletableFuture.runAsync(() -> {}, turns).join();
  }

  @Override
  public void triggerProbe(Host host) {
    // Endpoints are the inventory's, and are there whether they answer or not.
  }

  @Override
  public void close() {
    linkService.removeListener(onLink);
    try {
      run(this::forget);
      turns.shutdown();
      if (!turns.awaitTermination(CLOSE_S, TimeUnit.SECONDS)) {
        log.info("ONOS does not take in {} s that the topology is told no more", CLOSE_S);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    linkRegistry.unregister(this);
    hostRegistry.unregister(this);
  }
}
