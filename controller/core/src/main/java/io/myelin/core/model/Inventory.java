package io.myelin.core.model;

import io.myelin.core.collect.PersistentMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The fabric as its operator describes it: everything that discovery cannot know. Cross-checked on
 * construction, indexed for search.
 */
public final class Inventory {
  /**
   * Share of every link that leases may reserve where an inventory does not say. The rest is for
   * traffic without a lease, as far as meters hold it (docs/LIMITATIONS.md).
   */
  public static final double DEFAULT_RESERVABLE_SHARE = 0.95;

  /** Everything empty: a node that waits for its inventory. */
  public static final Inventory EMPTY =
      new Inventory("empty", 1.0, List.of(), List.of(), List.of(), List.of());

  /** All that it says: what two inventories must have in common to be equal. */
  private record Content(
      String name,
      double reservableShare,
      QosProfile qos,
      PuntLimits puntLimits,
      PersistentMap<DeviceId, Device> devices,
      PersistentMap<LinkId, Link> links,
      PersistentMap<EndpointId, Endpoint> endpoints,
      PersistentMap<TenantId, Tenant> tenants) {}

  private final Content content;
  private final Map<DeviceId, List<Link>> linksFrom = new HashMap<>();
  private final Map<DeviceId, List<Endpoint>> endpointsAt = new HashMap<>();
  private final Map<IpAddress, Endpoint> byIp = new HashMap<>();
  private final Map<PortRef, LinkId> linkFromPort = new HashMap<>();
  private final Map<LinkId, Endpoint> byAccessLink = new HashMap<>();

  /** An inventory with the default QoS. */
  public Inventory(
      String name,
      double reservableShare,
      List<Device> devices,
      List<Link> links,
      List<Endpoint> endpoints,
      List<Tenant> tenants) {
    this(name, reservableShare, QosProfile.DEFAULT, devices, links, endpoints, tenants);
  }

  /** An inventory with the default limits of what goes to the controller. */
  public Inventory(
      String name,
      double reservableShare,
      QosProfile qos,
      List<Device> devices,
      List<Link> links,
      List<Endpoint> endpoints,
      List<Tenant> tenants) {
    this(name, reservableShare, qos, PuntLimits.DEFAULT, devices, links, endpoints, tenants);
  }

  /**
   * @param reservableShare share of every link that leases may reserve, above 0 up to 1
   * @param links both directions of every cable
   * @throws Invalid naming the first element that contradicts another
   */
  public Inventory(
      String name,
      double reservableShare,
      QosProfile qos,
      PuntLimits puntLimits,
      List<Device> devices,
      List<Link> links,
      List<Endpoint> endpoints,
      List<Tenant> tenants) {
    Invalid.unless(
        reservableShare > 0 && reservableShare <= 1,
        "reservableShare",
        reservableShare + " is not allowed; allowed: above 0, up to 1");
    content =
        new Content(
            name,
            reservableShare,
            qos,
            puntLimits,
            index("devices", devices, Device::id),
            index("links", links, Link::id),
            index("endpoints", endpoints, Endpoint::id),
            index("tenants", tenants, Tenant::id));
    checkDevices(devices);
    Map<PortRef, String> ports = new TreeMap<>();
    checkTenants(tenants);
    checkLinks(links, ports);
    checkEndpoints(endpoints, ports);
  }

  public String name() {
    return content.name;
  }

  public double reservableShare() {
    return content.reservableShare;
  }

  public PersistentMap<DeviceId, Device> devices() {
    return content.devices;
  }

  /** How queues mark and tell. */
  public QosProfile qos() {
    return content.qos;
  }

  /** What switches let through to the controller. */
  public PuntLimits puntLimits() {
    return content.puntLimits;
  }

  /** Links between devices, each direction by itself. */
  public PersistentMap<LinkId, Link> links() {
    return content.links;
  }

  public PersistentMap<EndpointId, Endpoint> endpoints() {
    return content.endpoints;
  }

  public PersistentMap<TenantId, Tenant> tenants() {
    return content.tenants;
  }

  /** Links that leave a device, in order of their ids. */
  public List<Link> linksFrom(DeviceId device) {
    return linksFrom.getOrDefault(device, List.of());
  }

  /** Endpoints attached to a device, in order of their ids. */
  public List<Endpoint> endpointsAt(DeviceId device) {
    return endpointsAt.getOrDefault(device, List.of());
  }

  public @Nullable Endpoint endpointByIp(IpAddress ip) {
    return byIp.get(ip);
  }

  /** The endpoint at one end of an access link, or null: no access link. */
  public @Nullable Endpoint endpointByAccessLink(LinkId id) {
    return byAccessLink.get(id);
  }

  /** The fabric link that leaves through a port, or null: an access port or an unused one. */
  public @Nullable LinkId linkFrom(PortRef port) {
    return linkFromPort.get(port);
  }

  /** Bits per second that leases may reserve on a link or access link; null: no such link. */
  public @Nullable Long reservableBps(LinkId id) {
    Link link = content.links.get(id);
    if (link != null) {
      return (long) (link.capacityBps() * content.reservableShare);
    }
    Endpoint e = byAccessLink.get(id);
    return e == null ? null : (Long) (long) (e.capacityBps() * content.reservableShare);
  }

  private static <K extends Comparable<? super K>, V> PersistentMap<K, V> index(
      String field, List<V> values, java.util.function.Function<V, K> key) {
    PersistentMap<K, V> map = PersistentMap.empty();
    for (int i = 0; i < values.size(); i++) {
      K k = key.apply(values.get(i));
      Invalid.unless(!map.containsKey(k), field + "[" + i + "]", "'" + k + "' is there twice");
      map = map.with(k, values.get(i));
    }
    return map;
  }

  private void checkDevices(List<Device> list) {
    Map<String, DeviceId> seen = new HashMap<>();
    for (int i = 0; i < list.size(); i++) {
      Device d = list.get(i);
      DeviceId other = seen.put(d.address() + "#" + d.p4DeviceId(), d.id());
      if (other != null) {
        throw new Invalid(
            "devices[" + i + "].address",
            d.address() + " with device id " + d.p4DeviceId() + " is already that of " + other);
      }
    }
  }

  private void checkTenants(List<Tenant> list) {
    for (int i = 0; i < list.size(); i++) {
      for (TenantId other : list.get(i).mayReach()) {
        known(
            "tenants[" + i + "].mayReach",
            other.value(),
            content.tenants.containsKey(other),
            content.tenants);
      }
    }
  }

  private void checkLinks(List<Link> list, Map<PortRef, String> ports) {
    Map<DeviceId, Map<LinkId, Link>> from = new HashMap<>();
    for (int i = 0; i < list.size(); i++) {
      Link l = list.get(i);
      String field = "links[" + i + "]";
      for (PortRef p : List.of(l.from(), l.to())) {
        known(field, p.device().value(), content.devices.containsKey(p.device()), content.devices);
      }
      claim(
          ports,
          field,
          l.from(),
          l.from().compareTo(l.to()) < 0 ? l.id().value() : l.reverseId().value());
      Invalid.unless(content.links.containsKey(l.reverseId()), field, "has no opposite direction");
      from.computeIfAbsent(l.from().device(), d -> new TreeMap<>()).put(l.id(), l);
      linkFromPort.put(l.from(), l.id());
    }
    from.forEach((d, map) -> linksFrom.put(d, List.copyOf(map.values())));
  }

  private void checkEndpoints(List<Endpoint> list, Map<PortRef, String> ports) {
    Map<DeviceId, Map<EndpointId, Endpoint>> at = new HashMap<>();
    Set<MacAddress> macs = new java.util.HashSet<>();
    for (int i = 0; i < list.size(); i++) {
      Endpoint e = list.get(i);
      String field = "endpoints[" + i + "]";
      DeviceId device = e.attachment().device();
      known(
          field + ".attach", device.value(), content.devices.containsKey(device), content.devices);
      known(
          field + ".tenant",
          e.tenant().value(),
          content.tenants.containsKey(e.tenant()),
          content.tenants);
      claim(ports, field + ".attach", e.attachment(), "endpoint " + e.id());
      Endpoint other = byIp.put(e.ip(), e);
      if (other != null) {
        throw new Invalid(field + ".ip", e.ip() + " is already that of " + other.id());
      }
      Invalid.unless(macs.add(e.mac()), field + ".mac", e.mac() + " is there twice");
      at.computeIfAbsent(device, d -> new TreeMap<>()).put(e.id(), e);
      byAccessLink.put(e.uplink(), e);
      byAccessLink.put(e.downlink(), e);
    }
    at.forEach((d, map) -> endpointsAt.put(d, List.copyOf(map.values())));
  }

  private static void claim(Map<PortRef, String> ports, String field, PortRef port, String user) {
    String other = ports.put(port, user);
    if (other != null) {
      throw new Invalid(field, "port " + port + " is already used by " + other);
    }
  }

  private static void known(String field, String value, boolean known, PersistentMap<?, ?> valid) {
    if (!known) {
      Set<String> names = new TreeSet<>();
      valid.forEach((k, v) -> names.add(String.valueOf(k)));
      throw new Invalid(field, "'" + value + "' is not known; known: " + NameList.some(names));
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Inventory other && content.equals(other.content);
  }

  @Override
  public int hashCode() {
    return content.hashCode();
  }
}
