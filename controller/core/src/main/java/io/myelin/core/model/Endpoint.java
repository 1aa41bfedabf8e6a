package io.myelin.core.model;

/**
 * A GPU NIC.
 *
 * @param capacityBps of its access link, each direction, bits per second
 * @param rail index of the NIC within its host
 * @param encryption of its access link
 * @param mtuBytes largest packet behind the Ethernet header that it sends; 0: unknown
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
    Encryption encryption,
    int mtuBytes) {

  /** An endpoint whose MTU is not known. */
  public Endpoint(
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
    this(id, attachment, ip, mac, tenant, capacityBps, rack, host, rail, encryption, 0);
  }

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
    Mtu.require(mtuBytes);
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
