package io.myelin.core.model;

/**
 * A P4 switch.
 *
 * @param address P4Runtime server, {@code host:port}
 * @param p4DeviceId {@code device_id} of its P4Runtime requests
 * @param region where it stands, for sovereignty; empty: unknown
 * @param maxLabels deepest label stack that it can push, and so the hops of paths that begin here
 */
public record Device(
    DeviceId id,
    Role role,
    String address,
    long p4DeviceId,
    String region,
    String site,
    int maxLabels) {

  /** What p4/myelin.p4 can push: action push_6. */
  public static final int MYELIN_MAX_LABELS = 6;

  /** No switch that we know of pushes more; for fabrics that are planned, not run. */
  public static final int MAX_LABELS = 255;

  /** A switch that runs p4/myelin.p4. */
  public Device(
      DeviceId id, Role role, String address, long p4DeviceId, String region, String site) {
    this(id, role, address, p4DeviceId, region, site, MYELIN_MAX_LABELS);
  }

  /** Where the switch stands in the fabric. */
  public enum Role {
    LEAF,
    SPINE,
    CORE,
    BORDER
  }

  public Device {
    Invalid.unless(
        address.matches("[^:\\s]+:[0-9]{1,5}|\\[[0-9a-fA-F:]+\\]:[0-9]{1,5}"),
        "address",
        "'" + address + "' is not HOST:PORT");
    if (!region.isEmpty()) {
      Ids.require("region", region);
    }
    Invalid.unless(
        maxLabels >= 1 && maxLabels <= MAX_LABELS,
        "maxLabels",
        maxLabels + " is not allowed; allowed: 1 to " + MAX_LABELS);
    Invalid.unless(p4DeviceId > 0, "deviceId", p4DeviceId + " is not allowed; it starts at 1");
  }

  /** The router's own MAC, as source of what it sends to endpoints: locally administered. */
  public MacAddress mac() {
    return new MacAddress(0x02_4d_00_00_00_00L | (p4DeviceId & 0xffff_ffffL));
  }
}
