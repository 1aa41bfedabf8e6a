package io.myelin.onos;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.PortRef;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Function;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.Host;
import org.onosproject.net.HostLocation;
import org.onosproject.net.PortNumber;
import org.onosproject.net.host.HostEvent;
import org.onosproject.net.host.HostListener;
import org.onosproject.net.host.HostService;
import org.onosproject.net.link.LinkEvent;
import org.onosproject.net.link.LinkListener;
import org.onosproject.net.link.LinkService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares the inventory with what ONOS finds. The inventory decides (it alone knows capacities,
 * regions, tenants), and Myelin's own discovery says which cables live; but a cable or a host that
 * ONOS sees elsewhere than the inventory has it is something that somebody must hear of.
 */
final class TopologyWatch implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TopologyWatch.class);

  private final LinkService links;
  private final HostService hosts;
  private final SortedMap<String, PortRef> byOnosPort = new TreeMap<>();
  private final Map<PortRef, PortRef> cables = new TreeMap<>();
  private final Map<String, PortRef> attachments = new TreeMap<>();
  private final SortedMap<String, String> differences = new ConcurrentSkipListMap<>();
  private final LinkListener onLink = this::link;
  private final HostListener onHost = this::host;

  TopologyWatch(
      Inventory inventory,
      Function<DeviceId, org.onosproject.net.DeviceId> ids,
      LinkService links,
      HostService hosts) {
    this.links = links;
    this.hosts = hosts;
    for (Map.Entry<io.myelin.core.model.LinkId, Link> e : inventory.links()) {
      Link l = e.getValue();
      cables.put(l.from(), l.to());
      byOnosPort.put(name(ids, l.from()), l.from());
    }
    inventory
        .endpoints()
        .forEach(
            (id, e) -> {
              attachments.put(mac(e), e.attachment());
              byOnosPort.put(name(ids, e.attachment()), e.attachment());
            });
    links.addListener(onLink);
    hosts.addListener(onHost);
    links.getLinks().forEach(this::check);
    hosts.getHosts().forEach(this::check);
  }

  private static String name(Function<DeviceId, org.onosproject.net.DeviceId> ids, PortRef port) {
    return new ConnectPoint(ids.apply(port.device()), PortNumber.portNumber(port.port()))
        .toString();
  }

  private static String mac(Endpoint e) {
    return e.mac().toString().toLowerCase(java.util.Locale.ROOT);
  }

  /** What ONOS sees otherwise than the inventory, for people. */
  List<String> differences() {
    return List.copyOf(differences.values());
  }

  private void link(LinkEvent event) {
    if (event.type() == LinkEvent.Type.LINK_REMOVED) {
      differences.remove("link " + event.subject().src());
    } else {
      check(event.subject());
    }
  }

  private void check(org.onosproject.net.Link link) {
    PortRef from = byOnosPort.get(link.src().toString());
    PortRef to = byOnosPort.get(link.dst().toString());
    String key = "link " + link.src();
    if (from == null && to == null) {
      return; // of devices that are not ours
    }
    PortRef expected = from == null ? null : cables.get(from);
    if (expected != null && expected.equals(to)) {
      differences.remove(key);
    } else {
      note(
          key,
          "ONOS sees a cable from "
              + link.src()
              + " to "
              + link.dst()
              + ", the inventory has "
              + (expected == null ? "none there" : "one to " + expected));
    }
  }

  private void host(HostEvent event) {
    if (event.type() == HostEvent.Type.HOST_REMOVED) {
      differences.remove("host " + event.subject().mac());
    } else {
      check(event.subject());
    }
  }

  private void check(Host host) {
    PortRef expected = attachments.get(host.mac().toString().toLowerCase(java.util.Locale.ROOT));
    if (expected == null) {
      return;
    }
    String key = "host " + host.mac();
    HostLocation location = host.location();
    if (expected.equals(
        byOnosPort.get(new ConnectPoint(location.elementId(), location.port()).toString()))) {
      differences.remove(key);
    } else {
      note(
          key,
          "ONOS sees " + host.mac() + " at " + location + ", the inventory has it at " + expected);
    }
  }

  private void note(String key, String what) {
    if (!what.equals(differences.put(key, what))) {
      log.warn("{}", what);
    }
  }

  @Override
  public void close() {
    hosts.removeListener(onHost);
    links.removeListener(onLink);
  }
}
