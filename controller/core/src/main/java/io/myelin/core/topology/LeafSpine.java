package io.myelin.core.topology;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import java.util.ArrayList;
import java.util.List;

/**
 * Every leaf has a cable to every spine: leaves · spines cables, at most 2 hops between leaves.
 *
 * @param hosts per leaf, with one NIC each; a rack
 */
public record LeafSpine(int leaves, int spines, int hosts) implements GeneratedFabric {
  public LeafSpine {
    ShortForm.require("LEAVES", leaves, 1, FabricBuilder.PORTS);
    ShortForm.require("SPINES", spines, 1, FabricBuilder.PORTS - 1);
    ShortForm.require("HOSTS", hosts, 1, FabricBuilder.PORTS - spines);
  }

  @Override
  public String shortForm() {
    return ShortForm.LEAF_SPINE.of(leaves, spines, hosts);
  }

  @Override
  public Size size() {
    return new Size((long) leaves + spines, (long) leaves * spines, (long) leaves * hosts);
  }

  @Override
  public Inventory inventory(FabricOptions options) {
    SiteBuilder site = SiteBuilder.only(this, options);
    addTo(site);
    return site.build();
  }

  /** Builds it as part of a site; its spines, for what is above them. */
  List<DeviceId> addTo(SiteBuilder site) {
    List<DeviceId> spineIds = new ArrayList<>();
    for (int s = 1; s <= spines; s++) {
      spineIds.add(site.device("spine" + s, Device.Role.SPINE));
    }
    for (int l = 1; l <= leaves; l++) {
      DeviceId leaf = site.device("leaf" + l, Device.Role.LEAF);
      spineIds.forEach(spine -> site.cable(leaf, spine));
      for (int h = 1; h <= hosts; h++) {
        site.host("leaf" + l + "-host" + h, leaf, "rack" + l);
      }
    }
    return spineIds;
  }
}
