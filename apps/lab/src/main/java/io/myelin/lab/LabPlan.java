package io.myelin.lab;

import io.myelin.core.model.Amount;
import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.PuntLimits;
import io.myelin.core.model.QosProfile;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.Units;
import io.myelin.core.topology.FabricBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a lab builds: a fabric, and what its description leaves open. The addresses of its switches
 * do not count: each gets a port of this machine.
 *
 * @param inventory switches, cables and hosts
 * @param lineRateBps of the fastest port, bits per second
 * @param latencyNs of access links, and of cables whose latency is not known
 * @param queueBytes of every priority queue of a port at line rate; slower ports have queues in
 *     proportion
 * @param mtu RDMA payload a packet
 */
public record LabPlan(
    Inventory inventory, long lineRateBps, long latencyNs, long queueBytes, int mtu) {
  /** No port is made slower than this: a packet then takes 33 ms. */
  private static final long SLOWEST_BPS = 1_000_000;

  /** A queue below this loses the packets that a few windows send at once. */
  private static final int LEAST_QUEUE_PACKETS = 8;

  /** Of switches that do not exist yet; their device ids tell them apart. */
  private static final String NOWHERE = "127.0.0.1:1";

  /** The lab's cables delay all packets alike and lose none by themselves. */
  private static final LinkFacts CABLE = LinkFacts.UNKNOWN.withJitterNs(0).withLossPpb(0);

  public LabPlan {
    Invalid.unless(
        !inventory.devices().isEmpty(), "devices", "none; a lab needs at least one switch");
    Invalid.unless(lineRateBps > 0, "rate", lineRateBps + " is not allowed; it must be positive");
    Invalid.unless(latencyNs >= 0, "latency", latencyNs + " ns is not allowed");
    Invalid.unless(queueBytes > 0, "queue", queueBytes + " bytes is not allowed");
    Invalid.unless(mtu > 0, "mtu", mtu + " is not allowed");
  }

  // ---- a leaf-spine fabric of equal ports -------------------------------------------------------

  /** A leaf-spine fabric whose hosts are one tenant's. */
  public static LabPlan of(FabricSpec spec) {
    return of(spec, LabFabric.ONE_TENANT);
  }

  /**
   * The same, of which leases may reserve a share.
   *
   * @param reservableShare of every link, above 0 up to 1
   */
  public static LabPlan of(FabricSpec spec, double reservableShare) {
    return of(spec, reservableShare, LabFabric.ONE_TENANT);
  }

  /** A leaf-spine fabric, the hosts of each leaf given to tenants in turn. */
  static LabPlan of(FabricSpec spec, List<Tenant> tenants) {
    return of(spec, 1.0, tenants);
  }

  private static LabPlan of(FabricSpec spec, double reservableShare, List<Tenant> tenants) {
    List<Device> devices = new ArrayList<>();
    List<Link> cables = new ArrayList<>();
    List<Endpoint> endpoints = new ArrayList<>();
    for (int l = 1; l <= spec.leaves(); l++) {
      devices.add(device("leaf" + l, Device.Role.LEAF, l));
    }
    for (int s = 1; s <= spec.spines(); s++) {
      devices.add(device("spine" + s, Device.Role.SPINE, spec.leaves() + s));
    }
    for (int l = 1; l <= spec.leaves(); l++) {
      DeviceId leaf = new DeviceId("leaf" + l);
      for (int s = 1; s <= spec.spines(); s++) {
        PortRef a = new PortRef(leaf, s);
        PortRef b = new PortRef(new DeviceId("spine" + s), l);
        cables.add(new Link(a, b, spec.rateBps(), spec.latencyNs(), 0, CABLE));
        cables.add(new Link(b, a, spec.rateBps(), spec.latencyNs(), 0, CABLE));
      }
      for (int h = 1; h <= spec.hostsPerLeaf(); h++) {
        endpoints.add(host(spec, l, h, tenants.get((h - 1) % tenants.size())));
      }
    }
    Inventory inventory =
        new Inventory(
            "lab",
            reservableShare,
            QosProfile.DEFAULT,
            PuntLimits.DEFAULT,
            devices,
            cables,
            endpoints,
            List.copyOf(tenants));
    return new LabPlan(inventory, spec.rateBps(), spec.latencyNs(), spec.queueBytes(), spec.mtu());
  }

  private static Device device(String name, Device.Role role, int number) {
    return new Device(new DeviceId(name), role, NOWHERE, number, "lab", "");
  }

  private static Endpoint host(FabricSpec spec, int l, int h, Tenant tenant) {
    return new Endpoint(
        new EndpointId("gpu-" + l + "-" + h),
        new PortRef(new DeviceId("leaf" + l), spec.spines() + h),
        IpAddress.parse("ip", "10." + l + ".0." + h),
        new MacAddress(0x0200_0000_0000L | (long) l << 8 | h),
        tenant.id(),
        spec.rateBps(),
        "rack" + l,
        "host-" + l + "-" + h,
        0);
  }

  // ---- any fabric -------------------------------------------------------------------------------
  /**
   * Any fabric. Where its fastest port is faster than what is asked, all ports are slowed down in
   * proportion, though none below 1 Mb/s. Tenant {@code planning} of generated and imported fabrics
   * becomes {@code blue}, the lab's own.
   *
   * @param fastestBps of the lab's fastest port, bits per second
   */
  public static LabPlan of(Inventory given, long fastestBps) {
    Invalid.unless(fastestBps >= SLOWEST_BPS, "rate", fastestBps + " is not allowed; at least 1M");
    long line = fastest(given);
    double share = line > fastestBps ? (double) fastestBps / line : 1;
    List<Device> devices = new ArrayList<>();
    given.devices().forEach((id, d) -> devices.add(runnable(d)));
    List<Link> links = new ArrayList<>();
    given.links().forEach((id, l) -> links.add(slowed(l, share)));
    List<Endpoint> endpoints = new ArrayList<>();
    given.endpoints().forEach((id, e) -> endpoints.add(slowed(e, share)));
    List<Tenant> tenants = new ArrayList<>();
    given.tenants().forEach((id, t) -> tenants.add(t.id().equals(FabricBuilder.TENANT) ? LAB : t));
    Inventory inventory =
        new Inventory(
            given.name(),
            given.reservableShare(),
            given.qos(),
            given.puntLimits(),
            devices,
            links,
            endpoints,
            tenants);
    FabricSpec d = FabricSpec.DEFAULT;
    return new LabPlan(
        inventory, Math.min(line, fastestBps), d.latencyNs(), d.queueBytes(), d.mtu());
  }

  private static final Tenant LAB = LabFabric.ONE_TENANT.get(0);

  /** The fastest port of a fabric, bits per second; of one without links and hosts 1 Mb/s. */
  static long fastest(Inventory fabric) {
    long[] most = {0};
    fabric.links().forEach((id, l) -> most[0] = Math.max(most[0], l.capacityBps()));
    fabric.endpoints().forEach((id, e) -> most[0] = Math.max(most[0], e.capacityBps()));
    return most[0] == 0 ? SLOWEST_BPS : most[0];
  }

  /** Planned switches push any number of labels; the lab's run p4/myelin.p4. */
  private static Device runnable(Device d) {
    return new Device(
        d.id(),
        d.role(),
        d.address(),
        d.p4DeviceId(),
        d.region(),
        d.site(),
        Math.min(d.maxLabels(), Device.MYELIN_MAX_LABELS));
  }

  private static Link slowed(Link l, double share) {
    return new Link(
        l.from(),
        l.to(),
        slowed(l.capacityBps(), share),
        l.latencyNs(),
        l.costMicrosPerGb(),
        l.facts());
  }

  private static Endpoint slowed(Endpoint e, double share) {
    return new Endpoint(
        e.id(),
        e.attachment(),
        e.ip(),
        e.mac(),
        e.tenant().equals(FabricBuilder.TENANT) ? LAB.id() : e.tenant(),
        slowed(e.capacityBps(), share),
        e.rack(),
        e.host(),
        e.rail(),
        e.encryption());
  }

  private static long slowed(long bps, double share) {
    return Math.max(Math.min(bps, SLOWEST_BPS), Math.round(bps * share));
  }

  // ---- what follows from it ---------------------------------------------------------------------
  /** Latency of a cable between switches, nanoseconds. */
  long latencyNs(Link link) {
    Amount declared = link.latencyNs();
    return declared.known() ? declared.value() : latencyNs;
  }

  /** Bytes of every queue of a port of this speed. */
  long queueBytes(long portBps) {
    if (portBps >= lineRateBps) {
      return queueBytes;
    }
    long least = Math.min(queueBytes, (long) LEAST_QUEUE_PACKETS * (mtu + 100));
    return Math.max(least, Math.round((double) queueBytes * portBps / lineRateBps));
  }

  /**
   * Payload that a port carries, bits per second: Ethernet, IPv4, UDP, BTH and ICRC are around it,
   * and 24 bytes of preamble, FCS and gap.
   */
  public double payloadBps(long portBps) {
    return portBps * (double) mtu / (mtu + 14 + 20 + 8 + 12 + 4 + 24);
  }

  /**
   * What became of the rates of a fabric.
   *
   * @param given that this was made of
   * @return a sentence; empty: they are as they were
   */
  public Optional<String> slowedDown(Inventory given) {
    long line = fastest(given);
    return line <= lineRateBps
        ? Optional.empty()
        : Optional.of(
            "the fastest port has "
                + Units.rate(lineRateBps)
                + " here instead of "
                + Units.rate(line)
                + ", and the others in proportion, at least "
                + Units.rate(SLOWEST_BPS));
  }

  /** What it has, in a few words. */
  public String summary() {
    return inventory.devices().size()
        + " switches, "
        + inventory.links().size() / 2
        + " cables, "
        + inventory.endpoints().size()
        + " hosts' NICs";
  }
}
