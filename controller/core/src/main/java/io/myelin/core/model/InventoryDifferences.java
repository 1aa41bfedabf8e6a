package io.myelin.core.model;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.InventoryDifference.Element;
import io.myelin.core.model.InventoryDifference.Field;
import io.myelin.core.model.InventoryDifference.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * All in which two inventories differ, in order. A name that went and another that came are one
 * thing with another name where something tells that does not depend on names: the P4Runtime server
 * of a switch, the ends of a cable, the MAC or IP address of a NIC, the NICs of a tenant.
 */
public final class InventoryDifferences {
  private final Inventory before;
  private final Inventory after;
  private final List<InventoryDifference> all = new ArrayList<>();

  private InventoryDifferences(Inventory before, Inventory after) {
    this.before = before;
    this.after = after;
  }

  /** From one to the other. */
  public static List<InventoryDifference> between(Inventory before, Inventory after) {
    if (before.equals(after)) {
      return List.of();
    }
    InventoryDifferences d = new InventoryDifferences(before, after);
    d.compare();
    return List.copyOf(d.all);
  }

  private void compare() {
    List<Field> fabric = new ArrayList<>();
    field(fabric, "fabric", before.name(), after.name());
    field(fabric, "reservableShare", before.reservableShare(), after.reservableShare());
    field(fabric, "qos", before.qos(), after.qos());
    field(fabric, "punt", before.puntLimits(), after.puntLimits());
    if (!fabric.isEmpty()) {
      all.add(new InventoryDifference(Kind.CHANGED, Element.FABRIC, before.name(), "", fabric));
    }
    Map<DeviceId, DeviceId> devices = renamed(before.devices(), after.devices(), this::sameDevice);
    Map<EndpointId, EndpointId> endpoints =
        renamed(before.endpoints(), after.endpoints(), this::sameNic);
    Map<TenantId, TenantId> tenants = renamedTenants(endpoints);
    compare(
        Element.TENANT, before.tenants(), after.tenants(), tenants, InventoryDifferences::tenant);
    compare(
        Element.DEVICE, before.devices(), after.devices(), devices, InventoryDifferences::device);
    PersistentMap<LinkId, Link> cablesBefore = cables(before);
    PersistentMap<LinkId, Link> cablesAfter = cables(after);
    compare(
        Element.LINK,
        cablesBefore,
        cablesAfter,
        renamedCables(cablesBefore, cablesAfter, devices),
        this::cable);
    compare(
        Element.ENDPOINT,
        before.endpoints(),
        after.endpoints(),
        endpoints,
        InventoryDifferences::endpoint);
  }

  private <K extends Comparable<? super K>, V> void compare(
      Element element,
      PersistentMap<K, V> old,
      PersistentMap<K, V> now,
      Map<K, K> renamed,
      BiFunction<V, V, List<Field>> fields) {
    old.forEach(
        (key, value) -> {
          K called = renamed.getOrDefault(key, key);
          V other = now.get(called);
          if (other == null) {
            all.add(difference(Kind.REMOVED, element, key, "", List.of()));
            return;
          }
          List<Field> differing = fields.apply(value, other);
          if (!called.equals(key)) {
            all.add(difference(Kind.RENAMED, element, key, called.toString(), differing));
          } else if (!differing.isEmpty()) {
            all.add(difference(Kind.CHANGED, element, key, "", differing));
          }
        });
    now.forEach(
        (key, value) -> {
          if (!old.containsKey(key) && !renamed.containsValue(key)) {
            all.add(difference(Kind.ADDED, element, key, "", List.of()));
          }
        });
  }

  private static InventoryDifference difference(
      Kind kind, Element element, Object key, String newName, List<Field> fields) {
    return new InventoryDifference(kind, element, key.toString(), newName, fields);
  }

  // ---- what is the same under another name -----------------------------------------------------

  /** Of what went, the key of what came that is the same thing; each at most once. */
  private static <K extends Comparable<? super K>, V> Map<K, K> renamed(
      PersistentMap<K, V> old, PersistentMap<K, V> now, BiFunction<V, V, Boolean> same) {
    Map<K, K> all = new TreeMap<>();
    List<Map.Entry<K, V>> came = new ArrayList<>();
    for (Map.Entry<K, V> e : now) {
      if (!old.containsKey(e.getKey())) {
        came.add(e);
      }
    }
    for (Map.Entry<K, V> gone : old) {
      if (now.containsKey(gone.getKey())) {
        continue;
      }
      for (Map.Entry<K, V> e : came) {
        if (!all.containsValue(e.getKey()) && same.apply(gone.getValue(), e.getValue())) {
          all.put(gone.getKey(), e.getKey());
          break;
        }
      }
    }
    return all;
  }

  private boolean sameDevice(Device a, Device b) {
    return a.address().equals(b.address()) && a.p4DeviceId() == b.p4DeviceId();
  }

  private boolean sameNic(Endpoint a, Endpoint b) {
    return a.mac().equals(b.mac()) || a.ip().equals(b.ip());
  }

  /** A tenant all of whose NICs are now one new tenant's. */
  private Map<TenantId, TenantId> renamedTenants(Map<EndpointId, EndpointId> endpoints) {
    return renamed(
        before.tenants(),
        after.tenants(),
        (a, b) -> {
          boolean any = false;
          for (Map.Entry<EndpointId, Endpoint> e : before.endpoints()) {
            if (e.getValue().tenant().equals(a.id())) {
              Endpoint now = after.endpoints().get(endpoints.getOrDefault(e.getKey(), e.getKey()));
              if (now == null || !now.tenant().equals(b.id())) {
                return false;
              }
              any = true;
            }
          }
          return any;
        });
  }

  private static Map<LinkId, LinkId> renamedCables(
      PersistentMap<LinkId, Link> old,
      PersistentMap<LinkId, Link> now,
      Map<DeviceId, DeviceId> devices) {
    Map<LinkId, LinkId> all = new TreeMap<>();
    old.forEach(
        (id, link) -> {
          if (now.containsKey(id)) {
            return;
          }
          LinkId called = LinkId.between(called(link.from(), devices), called(link.to(), devices));
          LinkId other = LinkId.between(called(link.to(), devices), called(link.from(), devices));
          if (now.containsKey(called)) {
            all.put(id, called);
          } else if (now.containsKey(other)) {
            all.put(id, other);
          }
        });
    return all;
  }

  private static PortRef called(PortRef port, Map<DeviceId, DeviceId> devices) {
    return new PortRef(devices.getOrDefault(port.device(), port.device()), port.port());
  }

  /** Each cable by one of its directions. */
  private static PersistentMap<LinkId, Link> cables(Inventory inventory) {
    PersistentMap<LinkId, Link> all = PersistentMap.empty();
    for (Map.Entry<LinkId, Link> e : inventory.links()) {
      if (e.getValue().from().compareTo(e.getValue().to()) < 0) {
        all = all.with(e.getKey(), e.getValue());
      }
    }
    return all;
  }

  // ---- fields ----------------------------------------------------------------------------------

  private static void field(
      List<Field> to, String name, @Nullable Object old, @Nullable Object now) {
    String a = String.valueOf(old);
    String b = String.valueOf(now);
    if (!a.equals(b)) {
      to.add(new Field(name, a, b));
    }
  }

  private static List<Field> tenant(Tenant a, Tenant b) {
    List<Field> fields = new ArrayList<>();
    field(fields, "mayReach", a.mayReach(), b.mayReach());
    Quota p = a.quota();
    Quota q = b.quota();
    field(fields, "quota.leases", limit(p.maxLeases()), limit(q.maxLeases()));
    field(fields, "quota.bandwidth", limit(p.maxBandwidthBps()), limit(q.maxBandwidthBps()));
    field(fields, "quota.createdPerDay", limit(p.maxCreatedPerDay()), limit(q.maxCreatedPerDay()));
    field(fields, "quota.budgetMicros", limit(p.budgetMicros()), limit(q.budgetMicros()));
    field(fields, "quota.budgetPeriodMs", p.periodMs(), q.periodMs());
    field(fields, "quota.priceMicros", p.priceMicros(), q.priceMicros());
    return fields;
  }

  private static String limit(long value) {
    return value == Quota.UNLIMITED ? "none" : Long.toString(value);
  }

  private static List<Field> device(Device a, Device b) {
    List<Field> fields = new ArrayList<>();
    field(fields, "role", a.role(), b.role());
    field(fields, "address", a.address(), b.address());
    field(fields, "deviceId", a.p4DeviceId(), b.p4DeviceId());
    field(fields, "region", a.region(), b.region());
    field(fields, "site", a.site(), b.site());
    field(fields, "maxLabels", a.maxLabels(), b.maxLabels());
    return fields;
  }

  /** Of both directions; what differs in the second one alone is said of it. */
  private List<Field> cable(Link a, Link b) {
    List<Field> fields = link("", a, b);
    Link back = before.links().get(a.reverseId());
    Link backNow = after.links().get(b.reverseId());
    if (back != null && backNow != null) {
      List<Field> others = link("", back, backNow);
      if (!others.equals(fields)) {
        fields.addAll(link("reverse.", back, backNow));
      }
    }
    return fields;
  }

  private static List<Field> link(String prefix, Link a, Link b) {
    List<Field> fields = new ArrayList<>();
    field(fields, prefix + "capacity", a.capacityBps(), b.capacityBps());
    field(fields, prefix + "latency", a.latencyNs(), b.latencyNs());
    field(fields, prefix + "costMicrosPerGb", a.costMicrosPerGb(), b.costMicrosPerGb());
    LinkFacts p = a.facts();
    LinkFacts q = b.facts();
    field(fields, prefix + "jitter", p.jitterNs(), q.jitterNs());
    field(fields, prefix + "loss", p.lossPpb(), q.lossPpb());
    field(fields, prefix + "regions", p.regions(), q.regions());
    field(fields, prefix + "encryption", p.encryption(), q.encryption());
    field(fields, prefix + "medium", p.medium(), q.medium());
    field(fields, prefix + "srlgs", p.srlgs(), q.srlgs());
    field(fields, prefix + "availability", p.availability(), q.availability());
    field(fields, prefix + "source", p.source(), q.source());
    field(fields, prefix + "mtu", mtu(p.mtuBytes()), mtu(q.mtuBytes()));
    return fields;
  }

  private static String mtu(int bytes) {
    return bytes == 0 ? "unknown" : Integer.toString(bytes);
  }

  private static List<Field> endpoint(Endpoint a, Endpoint b) {
    List<Field> fields = new ArrayList<>();
    field(fields, "attach", a.attachment(), b.attachment());
    field(fields, "ip", a.ip(), b.ip());
    field(fields, "mac", a.mac(), b.mac());
    field(fields, "tenant", a.tenant(), b.tenant());
    field(fields, "capacity", a.capacityBps(), b.capacityBps());
    field(fields, "rack", a.rack(), b.rack());
    field(fields, "host", a.host(), b.host());
    field(fields, "rail", a.rail(), b.rail());
    field(fields, "encryption", a.encryption(), b.encryption());
    field(fields, "mtu", mtu(a.mtuBytes()), mtu(b.mtuBytes()));
    return fields;
  }
}
