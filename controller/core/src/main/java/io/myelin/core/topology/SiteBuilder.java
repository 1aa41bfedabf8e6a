package io.myelin.core.topology;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.LinkFacts;
import java.util.List;

/** One site under construction: what its switches, cables and NICs have in common. */
final class SiteBuilder {
  private final FabricBuilder fabric;
  private final FabricOptions options;
  private final String prefix;
  private final String region;
  private final String site;
  private final FabricBuilder.Cable cable;

  /**
   * @param prefix of the names of all that is in the site
   * @param source who describes its cables
   */
  SiteBuilder(
      FabricBuilder fabric,
      FabricOptions options,
      String prefix,
      String region,
      String site,
      String source) {
    this.fabric = fabric;
    this.options = options;
    this.prefix = prefix;
    this.region = region;
    this.site = site;
    LinkFacts facts =
        FabricBuilder.invented(source)
            .withRegions(List.of(region))
            .withMedium(options.medium())
            .withEncryption(options.encryption());
    cable =
        new FabricBuilder.Cable(
            options.linkRateBps(), options.latencyNs(), options.costMicrosPerGb(), facts);
  }

  /** The only site of a fabric. */
  static SiteBuilder only(GeneratedFabric f, FabricOptions o) {
    FabricBuilder fabric = new FabricBuilder(f.inventoryName(), o.maxLabels());
    return new SiteBuilder(fabric, o, "", o.region(), o.site(), source(f));
  }

  /** Who says what is in a generated inventory. */
  static String source(GeneratedFabric f) {
    return "generated " + f.shortForm();
  }

  DeviceId device(String name, Device.Role role) {
    return fabric.device(prefix + name, role, region, site);
  }

  void cable(DeviceId a, DeviceId b) {
    fabric.cable(a, b, cable);
  }

  /** The only NIC of a host. */
  void host(String name, DeviceId at, String rack) {
    nic(name, at, rack, name, 0);
  }

  void nic(String name, DeviceId at, String rack, String host, int rail) {
    fabric.endpoint(
        new EndpointId(prefix + name),
        fabric.nextPort(at),
        options.hostRateBps(),
        prefix + rack,
        prefix + host,
        rail,
        options.encryption());
  }

  Inventory build() {
    return fabric.build();
  }
}
