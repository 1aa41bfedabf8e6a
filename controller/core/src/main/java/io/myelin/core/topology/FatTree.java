package io.myelin.core.topology;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import java.util.ArrayList;
import java.util.List;

/**
 * The fat tree of k-port switches (Al-Fares, Loukissas, Vahdat, SIGCOMM 2008 §3): k pods of k/2
 * edge and k/2 aggregation switches, (k/2)² cores, k³/2 cables, at most 4 hops between edge
 * switches.
 *
 * @param hosts per edge switch; k/2 for the full tree of k³/4 hosts
 */
public record FatTree(int k, int hosts) implements GeneratedFabric {
  /** 524,288 hosts: beyond any fabric of one kind of switch that we know of. */
  private static final int MAX_K = 128;

  /** The full tree. */
  public FatTree(int k) {
    this(k, k / 2);
  }

  public FatTree {
    Invalid.unless(
        k >= 2 && k <= MAX_K && k % 2 == 0,
        "K",
        k + " is not allowed; allowed: even numbers from 2 to " + MAX_K);
    ShortForm.require("HOSTS", hosts, 1, k / 2);
  }

  @Override
  public String shortForm() {
    return hosts == k / 2 ? ShortForm.FAT_TREE.of(k) : ShortForm.FAT_TREE.of(k, hosts);
  }

  @Override
  public Size size() {
    long edges = (long) k * k / 2;
    return new Size(5L * k * k / 4, (long) k * k * k / 2, edges * hosts);
  }

  @Override
  public Inventory inventory(FabricOptions options) {
    SiteBuilder site = SiteBuilder.only(this, options);
    int half = k / 2;
    List<DeviceId> cores = new ArrayList<>();
    for (int c = 1; c <= half * half; c++) {
      cores.add(site.device("core" + c, Device.Role.CORE));
    }
    for (int p = 1; p <= k; p++) {
      String pod = "pod" + p;
      List<DeviceId> aggregations = new ArrayList<>();
      for (int a = 1; a <= half; a++) {
        DeviceId aggregation = site.device(pod + "-agg" + a, Device.Role.SPINE);
        // The a-th of each pod reaches the a-th k/2 cores: each core reaches each pod once.
        cores.subList((a - 1) * half, a * half).forEach(core -> site.cable(aggregation, core));
        aggregations.add(aggregation);
      }
      for (int e = 1; e <= half; e++) {
        String name = pod + "-edge" + e;
        DeviceId edge = site.device(name, Device.Role.LEAF);
        aggregations.forEach(aggregation -> site.cable(edge, aggregation));
        for (int h = 1; h <= hosts; h++) {
          site.host(name + "-host" + h, edge, name);
        }
      }
    }
    return site.build();
  }
}
