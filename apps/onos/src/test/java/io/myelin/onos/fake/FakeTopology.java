package io.myelin.onos.fake;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Consumer;
import org.onlab.packet.IpAddress;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DefaultHost;
import org.onosproject.net.DefaultLink;
import org.onosproject.net.DeviceId;
import org.onosproject.net.Host;
import org.onosproject.net.HostId;
import org.onosproject.net.HostLocation;
import org.onosproject.net.Link;
import org.onosproject.net.host.HostDescription;
import org.onosproject.net.host.HostProvider;
import org.onosproject.net.host.HostProviderRegistry;
import org.onosproject.net.host.HostProviderService;
import org.onosproject.net.host.HostService;
import org.onosproject.net.host.HostServiceAdapter;
import org.onosproject.net.link.LinkDescription;
import org.onosproject.net.link.LinkEvent;
import org.onosproject.net.link.LinkListener;
import org.onosproject.net.link.LinkProvider;
import org.onosproject.net.link.LinkProviderRegistry;
import org.onosproject.net.link.LinkProviderService;
import org.onosproject.net.link.LinkServiceAdapter;
import org.onosproject.net.provider.AbstractProviderRegistry;
import org.onosproject.net.provider.AbstractProviderService;
import org.onosproject.net.provider.ProviderId;

/** ONOS's stores of links and hosts in memory: what providers say is so. */
public final class FakeTopology extends LinkServiceAdapter {
  /** Links that ONOS knows, by {@code SRC>DST}. */
  public final Map<String, LinkDescription> links = new ConcurrentHashMap<>();

  public final Map<HostId, HostDescription> hosts = new ConcurrentHashMap<>();

  /** How often ONOS was told of a link that lives. */
  public final Map<String, Integer> detections = new ConcurrentHashMap<>();

  /** Who told. */
  private volatile ProviderId provider = ProviderId.NONE;

  private final Set<LinkListener> listeners = new CopyOnWriteArraySet<>();
  private final Links linkRegistry = new Links();
  private final Hosts hostRegistry = new Hosts();

  @Override
  public Iterable<Link> getLinks() {
    List<Link> all = new ArrayList<>();
    links.values().forEach(l -> all.add(link(l)));
    return all;
  }

  /** ONOS's service that knows the hosts. */
  public HostService hostService() {
    return new HostServiceAdapter() {
      @Override
      public Iterable<Host> getHosts() {
        List<Host> all = new ArrayList<>();
        hosts.forEach(
            (id, h) ->
                all.add(
                    new DefaultHost(
                        provider, id, h.hwAddress(), h.vlan(), h.location(), h.ipAddress())));
        return all;
      }
    };
  }

  public LinkProviderRegistry linkRegistry() {
    return linkRegistry;
  }

  public HostProviderRegistry hostRegistry() {
    return hostRegistry;
  }

  /** All links, for comparison. */
  public Set<String> names() {
    return new TreeMap<>(links).keySet();
  }

  /** Removes all links of a device, as ONOS does when the device goes. */
  public void forget(DeviceId device) {
    links
        .values()
        .forEach(
            l -> {
              if (l.src().deviceId().equals(device) || l.dst().deviceId().equals(device)) {
                linkRegistry.vanish(l);
              }
            });
  }

  @Override
  public void addListener(LinkListener listener) {
    listeners.add(listener);
  }

  @Override
  public void removeListener(LinkListener listener) {
    listeners.remove(listener);
  }

  private Link link(LinkDescription l) {
    return DefaultLink.builder()
        .providerId(provider)
        .src(l.src())
        .dst(l.dst())
        .type(l.type())
        .build();
  }

  private static String name(LinkDescription l) {
    return l.src() + ">" + l.dst();
  }

  private final class Links extends AbstractProviderRegistry<LinkProvider, LinkProviderService>
      implements LinkProviderRegistry {
    @Override
    protected LinkProviderService createProviderService(LinkProvider provider) {
      FakeTopology.this.provider = provider.id();
      return new LinkTold(provider);
    }

    void vanish(LinkDescription l) {
      if (links.remove(name(l)) == null) {
        return;
      }
      Link link = link(l);
      Consumer<LinkListener> tell = x -> x.event(new LinkEvent(LinkEvent.Type.LINK_REMOVED, link));
      listeners.forEach(tell);
    }

    private final class LinkTold extends AbstractProviderService<LinkProvider>
        implements LinkProviderService {
      LinkTold(LinkProvider provider) {
        super(provider);
      }

      @Override
      public void linkDetected(LinkDescription l) {
        links.put(name(l), l);
        detections.merge(name(l), 1, Integer::sum);
      }

      @Override
      public void linkVanished(LinkDescription l) {
        vanish(l);
      }

      @Override
      public void linksVanished(ConnectPoint connectPoint) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void linksVanished(DeviceId deviceId) {
        throw new UnsupportedOperationException();
      }
    }
  }

  private final class Hosts extends AbstractProviderRegistry<HostProvider, HostProviderService>
      implements HostProviderRegistry {
    @Override
    protected HostProviderService createProviderService(HostProvider provider) {
      return new HostTold(provider);
    }

    private final class HostTold extends AbstractProviderService<HostProvider>
        implements HostProviderService {
      HostTold(HostProvider provider) {
        super(provider);
      }

      @Override
      public void hostDetected(HostId id, HostDescription host, boolean replaceIps) {
        hosts.put(id, host);
      }

      @Override
      public void hostVanished(HostId id) {
        hosts.remove(id);
      }

      @Override
      public void removeIpFromHost(HostId id, IpAddress ip) {
        throw new UnsupportedOperationException();
      }

      @Override
      public void removeLocationFromHost(HostId id, HostLocation location) {
        throw new UnsupportedOperationException();
      }
    }
  }
}
