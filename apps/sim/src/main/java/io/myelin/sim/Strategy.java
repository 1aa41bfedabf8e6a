package io.myelin.sim;

import java.util.List;

/** How flows find their ways: what is compared. */
public interface Strategy {

  /** As it appears in figures and reports. */
  String name();

  /**
   * Routes flows of which nothing else is there, over the links that are up.
   *
   * @param seed of whatever the strategy leaves to chance, e.g. queue pair numbers
   * @param out gets each part of each flow
   */
  void route(FlowFabric fabric, List<SimFlow> flows, long seed, Parts out);

  /** Receives parts of flows. */
  interface Parts {
    /**
     * A part of a flow that takes one way, or spreads over several evenly.
     *
     * @param flow its place in the list
     * @param share of the flow's bytes, 0 to 1
     * @param links that it passes, between switches and of the NICs
     * @param shares of the part that each link carries; empty: all of it each
     */
    void add(int flow, double share, int[] links, double[] shares);
  }
}
