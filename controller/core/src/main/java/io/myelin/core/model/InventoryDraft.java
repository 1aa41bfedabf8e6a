package io.myelin.core.model;

import io.myelin.core.collect.PersistentMap;
import java.util.ArrayList;
import java.util.Map;
import java.util.TreeMap;

/** An inventory that is being edited: what contradicts itself is found when it is built. */
public final class InventoryDraft {
  private final Inventory base;
  private double reservableShare;
  private QosProfile qos;
  private final Map<DeviceId, Device> devices;
  private final Map<LinkId, Link> links;
  private final Map<EndpointId, Endpoint> endpoints;
  private final Map<TenantId, Tenant> tenants;

  public InventoryDraft(Inventory base) {
    this.base = base;
    reservableShare = base.reservableShare();
    qos = base.qos();
    devices = map(base.devices());
    links = map(base.links());
    endpoints = map(base.endpoints());
    tenants = map(base.tenants());
  }

  private static <K extends Comparable<? super K>, V> Map<K, V> map(PersistentMap<K, V> all) {
    Map<K, V> map = new TreeMap<>();
    all.forEach(map::put);
    return map;
  }

  public InventoryDraft reservableShare(double share) {
    reservableShare = share;
    return this;
  }

  public InventoryDraft qos(QosProfile profile) {
    qos = profile;
    return this;
  }

  public InventoryDraft put(Device d) {
    devices.put(d.id(), d);
    return this;
  }

  /** One direction; the other one is to be put, too. */
  public InventoryDraft put(Link l) {
    links.put(l.id(), l);
    return this;
  }

  public InventoryDraft put(Endpoint e) {
    endpoints.put(e.id(), e);
    return this;
  }

  public InventoryDraft put(Tenant t) {
    tenants.put(t.id(), t);
    return this;
  }

  /** Without a switch, its cables and its hosts. */
  public InventoryDraft without(DeviceId device) {
    devices.remove(device);
    links
        .values()
        .removeIf(l -> l.from().device().equals(device) || l.to().device().equals(device));
    endpoints.values().removeIf(e -> e.attachment().device().equals(device));
    return this;
  }

  /** Without a cable, named by one of its directions. */
  public InventoryDraft without(LinkId link) {
    Link l = links.remove(link);
    if (l != null) {
      links.remove(l.reverseId());
    }
    return this;
  }

  public InventoryDraft without(EndpointId endpoint) {
    endpoints.remove(endpoint);
    return this;
  }

  /** Without a tenant; its hosts stay, and are to be put under another. */
  public InventoryDraft without(TenantId tenant) {
    tenants.remove(tenant);
    return this;
  }

  /**
   * The inventory.
   *
   * @throws Invalid naming the first element that contradicts another
   */
  public Inventory build() {
    return new Inventory(
        base.name(),
        reservableShare,
        qos,
        base.puntLimits(),
        new ArrayList<>(devices.values()),
        new ArrayList<>(links.values()),
        new ArrayList<>(endpoints.values()),
        new ArrayList<>(tenants.values()));
  }
}
