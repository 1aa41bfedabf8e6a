package io.myelin.node.inventory;

import io.myelin.core.collect.PersistentMap;
import io.myelin.core.model.Amount;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Ids;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Quota;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads and writes the fabric's YAML description. Unknown keys are errors. */
public final class InventoryFile {
  private InventoryFile() {}

  /**
   * Reads a file.
   *
   * @throws InventoryException with file, line and column of whatever is wrong
   */
  public static Inventory read(Path file) {
    return parse(file.toString(), SourceFile.text(file));
  }

  /** Parses a document; {@code name} stands for the file in messages. */
  public static Inventory parse(String name, String text) {
    return Yaml.parse(name, text).finish(InventoryFile::inventory);
  }

  private static Inventory inventory(Yaml y) {
    // It becomes a folder of the state directory, and a label.
    String fabric = y.value("fabric", t -> Ids.require("fabric", t));
    double share =
        y.value(
            "reservableShare",
            Inventory.DEFAULT_RESERVABLE_SHARE,
            t -> number("reservableShare", t));
    QosProfile qos = y.section("qos", InventoryFile::qos, QosProfile.DEFAULT);
    PuntLimits limits = y.section("punt", InventoryFile::punt, PuntLimits.DEFAULT);
    List<Tenant> tenants = y.list("tenants", InventoryFile::tenant);
    List<Device> devices = y.list("devices", InventoryFile::device);
    List<Link> links = new ArrayList<>();
    y.list("links", InventoryFile::cable).forEach(links::addAll);
    List<Endpoint> endpoints = y.list("endpoints", InventoryFile::endpoint);
    return build(fabric, share, qos, limits, devices, links, endpoints, tenants);
  }

  private static Inventory build(
      String fabric,
      double share,
      QosProfile qos,
      PuntLimits limits,
      List<Device> devices,
      List<Link> links,
      List<Endpoint> endpoints,
      List<Tenant> tenants) {
    try {
      return new Inventory(fabric, share, qos, limits, devices, links, endpoints, tenants);
    } catch (Invalid e) {
      // A cable in the file is two links in the model.
      java.util.regex.Matcher m =
          java.util.regex.Pattern.compile("links\\[(\\d+)](.*)").matcher(e.field());
      if (m.matches()) {
        throw e.under("links[" + Integer.parseInt(m.group(1)) / 2 + "]" + m.group(2));
      }
      throw e;
    }
  }

  private static double number(String field, String text) {
    Invalid.unless(
        text.matches("[0-9]+(\\.[0-9]+)?"), field, "'" + text + "' is not a number, e.g. 0.95");
    return Double.parseDouble(text);
  }

  private static long whole(String field, String text) {
    Invalid.unless(text.matches("[0-9]{1,18}"), field, "'" + text + "' is not a whole number");
    return Long.parseLong(text);
  }

  private static int count(String field, String text) {
    long value = whole(field, text);
    Invalid.unless(value <= Integer.MAX_VALUE, field, "'" + text + "' is too large");
    return (int) value;
  }

  private static QosProfile qos(Yaml y) {
    QosProfile d = QosProfile.DEFAULT;
    java.util.Map<Integer, Integer> queues = new java.util.TreeMap<>();
    y.list("dscpQueues", InventoryFile::dscpQueue).forEach(q -> queues.put(q[0], q[1]));
    return new QosProfile(
        y.value("kMin", d.kMinBytes(), t -> Quantities.bytes("kMin", t)),
        y.value("kMax", d.kMaxBytes(), t -> Quantities.bytes("kMax", t)),
        (int) Math.round(1e6 * y.value("pMax", d.pMaxPpm() / 1e6, t -> number("pMax", t))),
        y.value("at", d.referenceBps(), t -> Quantities.rateBps("at", t)),
        y.value("packetBytes", d.packetBytes(), t -> count("packetBytes", t)),
        y.value("holdoff", d.holdoffUs() * 1000, t -> Quantities.timeNs("holdoff", t)) / 1000,
        queues);
  }

  private static PuntLimits punt(Yaml y) {
    PuntLimits d = PuntLimits.DEFAULT;
    return new PuntLimits(
        y.value("hostPps", d.hostPps(), t -> whole("hostPps", t)),
        y.value("fabricPps", d.fabricPps(), t -> whole("fabricPps", t)));
  }

  private static int[] dscpQueue(Yaml y) {
    long dscp = y.value("dscp", t -> whole("dscp", t));
    long queue = y.value("queue", t -> whole("queue", t));
    Invalid.unless(dscp < 64, "dscp", dscp + " is not allowed; 0 to 63");
    Invalid.unless(queue < 7, "queue", queue + " is not allowed; 0 to 6 (7 is control)");
    return new int[] {(int) dscp, (int) queue};
  }

  private static Tenant tenant(Yaml y) {
    return new Tenant(
        y.value("name", TenantId::new),
        y.values("mayReach", TenantId::new),
        y.section("quota", InventoryFile::quota, Quota.NONE));
  }

  private static Quota quota(Yaml y) {
    return new Quota(
        y.value("leases", Quota.UNLIMITED, t -> whole("leases", t)),
        y.value("bandwidth", Quota.UNLIMITED, t -> Quantities.rateBps("bandwidth", t)),
        y.value("createdPerDay", Quota.UNLIMITED, t -> whole("createdPerDay", t)),
        y.value("budget", Quota.UNLIMITED, t -> Quantities.micros("budget", t)),
        y.value("budgetPeriod", Quota.DEFAULT_PERIOD_MS, t -> Quantities.timeMs("budgetPeriod", t)),
        y.value("pricePerGbpsHour", 0L, t -> Quantities.micros("pricePerGbpsHour", t)));
  }

  private static void writeQuota(StringBuilder s, Quota q) {
    if (q.equals(Quota.NONE)) {
      return;
    }
    List<String> parts = new ArrayList<>();
    limit(parts, "leases", q.maxLeases());
    limit(parts, "bandwidth", q.maxBandwidthBps());
    limit(parts, "createdPerDay", q.maxCreatedPerDay());
    if (q.budgeted()) {
      parts.add("budget: " + new java.math.BigDecimal(q.budgetMicros()).movePointLeft(6));
    }
    parts.add("budgetPeriod: " + q.periodMs() + "ms");
    parts.add("pricePerGbpsHour: " + new java.math.BigDecimal(q.priceMicros()).movePointLeft(6));
    s.append(", quota: {").append(String.join(", ", parts)).append('}');
  }

  private static void limit(List<String> parts, String key, long value) {
    if (value != Quota.UNLIMITED) {
      parts.add(key + ": " + value);
    }
  }

  private static String label(Yaml y, String key) {
    return y.value(key, "", t -> Ids.requireLabel(key, t));
  }

  private static Device device(Yaml y) {
    return new Device(
        y.value("name", DeviceId::new),
        y.value("role", Yaml.constant("role", "a role", Device.Role.values())),
        y.value("address", t -> Ids.requireText("address", t)),
        y.value("deviceId", 1L, t -> whole("deviceId", t)),
        label(y, "region"),
        label(y, "site"),
        y.value("maxLabels", Device.MYELIN_MAX_LABELS, t -> count("maxLabels", t)));
  }

  private static List<Link> cable(Yaml y) {
    PortRef a = y.value("a", t -> PortRef.parse("a", t));
    PortRef b = y.value("b", t -> PortRef.parse("b", t));
    long capacity = y.value("capacity", t -> Quantities.rateBps("capacity", t));
    // Files of older versions say 0ns where it is not known; no cable is that fast.
    Amount latency =
        y.value("latency", Amount.UNKNOWN, t -> Amount.positive(Quantities.timeNs("latency", t)));
    long cost = y.value("costMicrosPerGb", 0L, t -> whole("costMicrosPerGb", t));
    LinkFacts facts = LinkFactsYaml.read(y);
    return List.of(
        new Link(a, b, capacity, latency, cost, facts),
        new Link(b, a, capacity, latency, cost, facts));
  }

  private static Endpoint endpoint(Yaml y) {
    return new Endpoint(
        y.value("name", EndpointId::new),
        y.value("attach", t -> PortRef.parse("attach", t)),
        y.value("ip", t -> IpAddress.parseOfNic("ip", t)),
        y.value("mac", t -> MacAddress.parseOfNic("mac", t)),
        y.value("tenant", TenantId::new),
        y.value("capacity", t -> Quantities.rateBps("capacity", t)),
        label(y, "rack"),
        label(y, "host"),
        y.value("rail", 0, t -> count("rail", t)),
        y.value("encryption", Encryption.UNKNOWN, LinkFactsYaml::encryption),
        LinkFactsYaml.mtu(y));
  }

  /** The YAML that {@link #parse} reads back to the same inventory. */
  public static String write(Inventory inv) {
    StringBuilder s = new StringBuilder();
    s.append("fabric: ").append(Yaml.quoted(inv.name())).append('\n');
    s.append("reservableShare: ").append(inv.reservableShare()).append('\n');
    writeQos(s, inv.qos());
    PuntLimits limits = inv.puntLimits();
    if (!limits.equals(PuntLimits.DEFAULT)) {
      s.append("punt: {hostPps: ").append(limits.hostPps());
      s.append(", fabricPps: ").append(limits.fabricPps()).append("}\n");
    }
    begin(s, "tenants", inv.tenants());
    for (Map.Entry<TenantId, Tenant> e : inv.tenants()) {
      s.append("  - {name: ").append(e.getKey());
      if (!e.getValue().mayReach().isEmpty()) {
        s.append(", mayReach: ").append(e.getValue().mayReach());
      }
      writeQuota(s, e.getValue().quota());
      s.append("}\n");
    }
    begin(s, "devices", inv.devices());
    for (Map.Entry<DeviceId, Device> e : inv.devices()) {
      Device d = e.getValue();
      s.append("  - {name: ").append(d.id());
      s.append(", role: ").append(Yaml.constant(d.role()));
      s.append(", address: \"").append(d.address()).append("\", deviceId: ").append(d.p4DeviceId());
      Yaml.optional(s, "region", d.region());
      Yaml.optional(s, "site", d.site());
      if (d.maxLabels() != Device.MYELIN_MAX_LABELS) {
        s.append(", maxLabels: ").append(d.maxLabels());
      }
      s.append("}\n");
    }
    begin(s, "links", inv.links());
    inv.links().forEach((id, l) -> writeCable(s, l));
    begin(s, "endpoints", inv.endpoints());
    for (Map.Entry<EndpointId, Endpoint> e : inv.endpoints()) {
      Endpoint n = e.getValue();
      s.append("  - {name: ").append(n.id()).append(", attach: ").append(n.attachment());
      s.append(", ip: \"").append(n.ip()).append("\", mac: \"").append(n.mac()).append('"');
      s.append(", tenant: ").append(n.tenant()).append(", capacity: ").append(n.capacityBps());
      Yaml.optional(s, "rack", n.rack());
      Yaml.optional(s, "host", n.host());
      s.append(", rail: ").append(n.rail());
      LinkFactsYaml.writeEncryption(s, n.encryption());
      LinkFactsYaml.writeMtu(s, n.mtuBytes());
      s.append("}\n");
    }
    return s.toString();
  }

  /** A key without a list behind it would be read as an empty text. */
  private static void begin(StringBuilder s, String key, PersistentMap<?, ?> list) {
    s.append(key).append(list.isEmpty() ? ": []\n" : ":\n");
  }

  private static void writeQos(StringBuilder s, QosProfile q) {
    if (q.equals(QosProfile.DEFAULT)) {
      return;
    }
    s.append("qos: {kMin: ").append(q.kMinBytes()).append(", kMax: ").append(q.kMaxBytes());
    s.append(", pMax: ").append(new java.math.BigDecimal(q.pMaxPpm()).movePointLeft(6));
    s.append(", at: ").append(q.referenceBps()).append(", packetBytes: ").append(q.packetBytes());
    s.append(", holdoff: ").append(q.holdoffUs()).append("us");
    if (!q.dscpQueues().isEmpty()) {
      s.append(", dscpQueues: [");
      q.dscpQueues()
          .forEach(
              (dscp, queue) ->
                  s.append("{dscp: ").append(dscp).append(", queue: ").append(queue).append("}, "));
      s.setLength(s.length() - 2);
      s.append(']');
    }
    s.append("}\n");
  }

  private static void writeCable(StringBuilder s, Link l) {
    if (l.from().compareTo(l.to()) > 0) {
      return; // written with its other direction
    }
    s.append("  - {a: ").append(l.from()).append(", b: ").append(l.to());
    s.append(", capacity: ").append(l.capacityBps());
    if (l.latencyNs().known()) {
      s.append(", latency: ").append(l.latencyNs().value()).append("ns");
    }
    s.append(", costMicrosPerGb: ").append(l.costMicrosPerGb());
    LinkFactsYaml.write(s, l.facts());
    s.append("}\n");
  }
}
