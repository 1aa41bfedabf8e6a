package io.myelin.sim;

import java.util.List;

/**
 * Bytes that cross each link, and how long the slowest link takes.
 *
 * <p>Parts of equal size that begin together and share links max-min fairly end when the slowest
 * link has carried all of its bytes, and not later: a part's rate is never below what an equal
 * division of its links would give it, so after {@code max load ÷ capacity} all have ended.
 */
public final class LinkLoads implements Strategy.Parts {
  private final FlowFabric fabric;
  private final List<SimFlow> flows;
  private final double[] bytes;
  private double routed;

  public LinkLoads(FlowFabric fabric, List<SimFlow> flows) {
    this.fabric = fabric;
    this.flows = flows;
    bytes = new double[fabric.topology().links()];
  }

  @Override
  public void add(int flow, double share, int[] links, double[] shares) {
    double part = flows.get(flow).bytes() * share;
    routed += share;
    for (int i = 0; i < links.length; i++) {
      bytes[links[i]] += shares.length == 0 ? part : part * shares[i];
    }
  }

  /**
   * Seconds until all flows have ended.
   *
   * @throws IllegalStateException when a flow has no way
   */
  public double completionS() {
    if (Math.abs(routed - flows.size()) > 1e-6 * flows.size()) {
      throw new IllegalStateException(
          "only " + routed + " of " + flows.size() + " flows have a way");
    }
    double worst = 0;
    for (int l = 0; l < bytes.length; l++) {
      if (bytes[l] > 0) {
        worst = Math.max(worst, bytes[l] * 8 / fabric.capacityBps(l));
      }
    }
    return worst;
  }

  /**
   * Seconds below which nothing can be, however it is routed: what leaves or enters a NIC, or a
   * switch, must pass the links there.
   */
  public static double boundS(FlowFabric fabric, List<SimFlow> flows) {
    int devices = fabric.topology().devices();
    double[][] cut = new double[2][devices];
    double[][] capacity = new double[2][devices];
    double[] nic = new double[fabric.topology().links()];
    for (SimFlow f : flows) {
      nic[fabric.uplink(f.from())] += f.bytes();
      nic[fabric.uplink(f.to()) + 1] += f.bytes();
      if (fabric.leaf(f.from()) != fabric.leaf(f.to())) {
        cut[0][fabric.leaf(f.from())] += f.bytes();
        cut[1][fabric.leaf(f.to())] += f.bytes();
      }
    }
    for (int l = 0; l < fabric.topology().fabricLinks(); l++) {
      capacity[0][fabric.topology().from(l)] += fabric.capacityBps(l);
      capacity[1][fabric.topology().to(l)] += fabric.capacityBps(l);
    }
    double bound = 0;
    for (int l = 0; l < nic.length; l++) {
      bound = nic[l] > 0 ? Math.max(bound, nic[l] * 8 / fabric.capacityBps(l)) : bound;
    }
    for (int side = 0; side < 2; side++) {
      for (int d = 0; d < devices; d++) {
        if (cut[side][d] > 0) {
          bound = Math.max(bound, cut[side][d] * 8 / capacity[side][d]);
        }
      }
    }
    return bound;
  }
}
