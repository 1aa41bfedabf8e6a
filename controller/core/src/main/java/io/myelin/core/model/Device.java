package io.myelin.core.model;

/**
 * A P4 switch.
 *
 * @param address P4Runtime server, {@code host:port}
 * @param p4DeviceId {@code device_id} of its P4Runtime requests
 * @param region where it stands, for sovereignty; empty: unknown
 */
public record Device(
    DeviceId id, Role role, String address, long p4DeviceId, String region, String site) {

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
    Invalid.unless(p4DeviceId > 0, "deviceId", p4DeviceId + " is not allowed; it starts at 1");
  }

  /** The router's own MAC, as source of what it sends to endpoints: locally administered. */
  public MacAddress mac() {
    return new MacAddress(0x02_4d_00_00_00_00L | (p4DeviceId & 0xffff_ffffL));
  }
}
