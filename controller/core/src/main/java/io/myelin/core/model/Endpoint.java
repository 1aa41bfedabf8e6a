package io.myelin.core.model;

/**
 * A GPU NIC.
 *
 * @param capacityBps of its access link, each direction, bits per second
 * @param rail index of the NIC within its host
 * @param encryption of its access link
 */
public record Endpoint(
    EndpointId id,
    PortRef attachment,
    IpAddress ip,
    MacAddress mac,
    TenantId tenant,
    long capacityBps,
    String rack,
    String host,
    int rail,
    Encryption encryption) {

  /** An endpoint of whose access link nothing else is known. */
  public Endpoint(
      EndpointId id,
      PortRef attachment,
      IpAddress ip,
      MacAddress mac,
      TenantId tenant,
      long capacityBps,
      String rack,
      String host,
      int rail) {
    this(id, attachment, ip, mac, tenant, capacityBps, rack, host, rail, Encryption.UNKNOWN);
  }

  public Endpoint {
    Invalid.unless(
        capacityBps > 0, "capacity", capacityBps + " is not allowed; it must be positive");
  }

  /** From the NIC into the fabric. */
  public LinkId uplink() {
    return LinkId.from(id, attachment);
  }

  /** From the fabric to the NIC. */
  public LinkId downlink() {
    return LinkId.to(attachment, id);
  }
}
