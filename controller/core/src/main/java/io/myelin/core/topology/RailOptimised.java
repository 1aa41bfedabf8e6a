package io.myelin.core.topology;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import java.util.ArrayList;
import java.util.List;

/**
 * GPU hosts with as many NICs as there are rails: rail switch r of a pod takes NIC r of each of the
 * pod's hosts, so that GPUs of equal rank are one switch apart; spines join all rail switches. At
 * most 2 hops between rail switches.
 *
 * @param hosts per pod
 * @param rails NICs per host, and rail switches per pod; numbered from 0 as ranks are
 */
public record RailOptimised(int pods, int hosts, int rails, int spines) implements GeneratedFabric {
  public RailOptimised {
    ShortForm.require("PODS", pods, 1, FabricBuilder.PORTS);
    ShortForm.require("RAILS", rails, 1, FabricBuilder.PORTS / pods);
    ShortForm.require("SPINES", spines, 1, FabricBuilder.PORTS - 1);
    ShortForm.require("HOSTS", hosts, 1, FabricBuilder.PORTS - spines);
  }

  @Override
  public String shortForm() {
    return ShortForm.RAIL.of(pods, hosts, rails, spines);
  }

  @Override
  public Size size() {
    long leaves = (long) pods * rails;
    return new Size(leaves + spines, leaves * spines, leaves * hosts);
  }

  @Override
  public Inventory inventory(FabricOptions options) {
    SiteBuilder site = SiteBuilder.only(this, options);
    List<DeviceId> spineIds = new ArrayList<>();
    for (int s = 1; s <= spines; s++) {
      spineIds.add(site.device("spine" + s, Device.Role.SPINE));
    }
    for (int p = 1; p <= pods; p++) {
      String pod = "pod" + p;
      for (int r = 0; r < rails; r++) {
        DeviceId rail = site.device(pod + "-rail" + r, Device.Role.LEAF);
        spineIds.forEach(spine -> site.cable(rail, spine));
        for (int h = 1; h <= hosts; h++) {
          String host = pod + "-host" + h;
          site.nic(host + "-nic" + r, rail, pod, host, r);
        }
      }
    }
    return site.build();
  }
}
