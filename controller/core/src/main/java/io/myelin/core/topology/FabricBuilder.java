package io.myelin.core.topology;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Encryption;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.IpAddress;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.model.MacAddress;
import io.myelin.core.model.PortRef;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Collects a fabric that is planned and not run, and numbers what nobody has numbered: ports in
 * order of cabling, device ids and addresses in order of appearance. Same calls, same inventory.
 */
public final class FabricBuilder {
  /** Who owns all endpoints of such fabrics. */
  public static final TenantId TENANT = new TenantId("planning");

  /** Label stack of planned switches: more hops than the best paths of any map that we know. */
  public static final int MAX_LABELS = 64;

  /** Of each switch, numbered from 1: what {@link PortRef} can say. */
  public static final int PORTS = PortRef.CPU - 1;

  /** A port that nobody listens on: the switches do not exist. Device ids tell them apart. */
  private static final String ADDRESS = "127.0.0.1:1";

  /** 10.0.0.0/8 without its first and last address. */
  static final int MAX_ENDPOINTS = (1 << 24) - 2;

  private static final int FIRST_IP = 10 << 24;

  /** Locally administered (IEEE 802-2014 §8.4), and none of those of {@link Device#mac}. */
  private static final long FIRST_MAC = 0x02_00_00_00_00_00L;

  private final String name;
  private final int maxLabels;
  private final List<Device> devices = new ArrayList<>();
  private final List<Link> links = new ArrayList<>();
  private final List<Endpoint> endpoints = new ArrayList<>();
  private final Map<DeviceId, Integer> portsInUse = new HashMap<>();

  /**
   * What a planner knows of a cable that he invents: it neither jitters nor loses.
   *
   * @param source who describes it
   */
  static LinkFacts invented(String source) {
    return LinkFacts.UNKNOWN.withJitterNs(0).withLossPpb(0).withSource(source);
  }

  /**
   * What a cable is like, in both directions.
   *
   * @param capacityBps bits per second
   * @param latencyNs propagation, nanoseconds; 0: unknown
   * @param costMicrosPerGb millionths of the currency unit per gigabyte carried
   */
  public record Cable(long capacityBps, long latencyNs, long costMicrosPerGb, LinkFacts facts) {}

  /**
   * @param maxLabels deepest label stack that every switch can push
   */
  public FabricBuilder(String name, int maxLabels) {
    this.name = name;
    this.maxLabels = maxLabels;
  }

  public DeviceId device(String deviceName, Device.Role role, String region, String site) {
    DeviceId id = new DeviceId(deviceName);
    devices.add(new Device(id, role, ADDRESS, devices.size() + 1, region, site, maxLabels));
    return id;
  }

  /** Joins the next free ports of two devices. */
  public void cable(DeviceId a, DeviceId b, Cable c) {
    PortRef from = nextPort(a);
    PortRef to = nextPort(b);
    links.add(new Link(from, to, c.capacityBps, c.latencyNs, c.costMicrosPerGb, c.facts));
    links.add(new Link(to, from, c.capacityBps, c.latencyNs, c.costMicrosPerGb, c.facts));
  }

  /**
   * Takes the port of a device that follows the last one taken.
   *
   * @throws Invalid when the device has no more
   */
  public PortRef nextPort(DeviceId device) {
    return new PortRef(device, portsInUse.merge(device, 1, Integer::sum));
  }

  /** A GPU NIC, with the next address. */
  public void endpoint(
      EndpointId id,
      PortRef attachment,
      long capacityBps,
      String rack,
      String host,
      int rail,
      Encryption encryption) {
    int number = endpoints.size() + 1;
    Invalid.unless(
        number <= MAX_ENDPOINTS, "endpoints", "more than the " + MAX_ENDPOINTS + " of 10.0.0.0/8");
    endpoints.add(
        new Endpoint(
            id,
            attachment,
            ip(number),
            new MacAddress(FIRST_MAC + number),
            TENANT,
            capacityBps,
            rack,
            host,
            rail,
            encryption));
  }

  private static IpAddress ip(int number) {
    int ip = FIRST_IP + number;
    return IpAddress.of(
        new byte[] {(byte) (ip >>> 24), (byte) (ip >>> 16), (byte) (ip >>> 8), (byte) ip});
  }

  /**
   * A fabric for leases alone: all of every link is for them.
   *
   * @throws Invalid naming the first element that contradicts another
   */
  public Inventory build() {
    return new Inventory(
        name, 1.0, devices, links, endpoints, List.of(new Tenant(TENANT, List.of())));
  }
}
