package io.myelin.core.topology;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import java.util.ArrayList;
import java.util.List;

/**
 * The dragonfly (Kim, Dally, Scott, Abts, ISCA 2008): groups of routers, each group a full mesh,
 * each pair of groups joined by global links. At most 3 hops between routers: local, global, local.
 *
 * <p>Global links are allotted consecutively (the "absolute" arrangement of Hastings et al.,
 * CLUSTER 2015): port i of a group, counted over its routers, leads to the i-th of the other
 * groups, beginning again after the last. Of the routers · globals ports of a group as many rounds
 * are used as are complete; with groups = routers · globals + 1 that is one, and none is left.
 *
 * @param routers per group
 * @param hosts per router
 * @param globals global links per router
 */
public record Dragonfly(int groups, int routers, int hosts, int globals)
    implements GeneratedFabric {

  /** Ten times the largest fabric that we know of; below what addresses allow. */
  private static final int MAX_HOSTS = 1_000_000;

  public Dragonfly {
    ShortForm.require("ROUTERS", routers, 1, FabricBuilder.PORTS - 1);
    ShortForm.require("GLOBALS", globals, 1, FabricBuilder.PORTS - routers);
    ShortForm.require("GROUPS", groups, 2, routers * globals + 1);
    ShortForm.require("HOSTS", hosts, 1, FabricBuilder.PORTS - (routers - 1) - globals);
    long all = (long) groups * routers * hosts;
    Invalid.unless(
        all <= MAX_HOSTS, "HOSTS", all + " in all are not allowed; allowed: up to " + MAX_HOSTS);
  }

  /**
   * The balanced dragonfly (§3.1), whose global and local links are equally loaded: twice as many
   * routers per group as global links and as hosts per router, and as many groups as possible.
   */
  static Dragonfly balanced(int globals) {
    ShortForm.require("GLOBALS", globals, 1, FabricBuilder.PORTS / 4);
    return new Dragonfly(2 * globals * globals + 1, 2 * globals, globals, globals);
  }

  @Override
  public String shortForm() {
    return ShortForm.DRAGONFLY.of(groups, routers, hosts, globals);
  }

  @Override
  public Size size() {
    long all = (long) groups * routers;
    long local = all * (routers - 1) / 2;
    long global = (long) rounds() * groups * (groups - 1) / 2;
    return new Size(all, local + global, all * hosts);
  }

  @Override
  public Inventory inventory(FabricOptions options) {
    SiteBuilder site = SiteBuilder.only(this, options);
    List<List<DeviceId>> ids = new ArrayList<>();
    for (int g = 1; g <= groups; g++) {
      List<DeviceId> group = new ArrayList<>();
      for (int r = 1; r <= routers; r++) {
        DeviceId router = site.device("group" + g + "-router" + r, Device.Role.LEAF);
        group.forEach(other -> site.cable(other, router));
        group.add(router);
      }
      ids.add(group);
    }
    addGlobalLinks(site, ids);
    for (int g = 0; g < groups; g++) {
      String rack = "group" + (g + 1);
      for (DeviceId router : ids.get(g)) {
        for (int h = 1; h <= hosts; h++) {
          site.host(router + "-host" + h, router, rack);
        }
      }
    }
    return site.build();
  }

  /** Global links between each pair of groups. */
  private int rounds() {
    return routers * globals / (groups - 1);
  }

  private void addGlobalLinks(SiteBuilder site, List<List<DeviceId>> ids) {
    for (int round = 0; round < rounds(); round++) {
      int first = round * (groups - 1);
      for (int a = 0; a < groups; a++) {
        for (int b = a + 1; b < groups; b++) {
          // Among the groups other than a, b is the (b-1)-th; among those other than b, a is a-th.
          site.cable(
              ids.get(a).get((first + b - 1) / globals), ids.get(b).get((first + a) / globals));
        }
      }
    }
  }
}
