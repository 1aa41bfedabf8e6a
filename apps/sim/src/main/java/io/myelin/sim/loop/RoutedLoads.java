package io.myelin.sim.loop;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkId;
import io.myelin.core.path.Topology;
import io.myelin.core.routing.Routes;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.RoutePair;
import java.util.List;
import java.util.Map;

/**
 * What every link between switches carries: leases on their paths, the rest as groups divide it.
 */
final class RoutedLoads {
  private RoutedLoads() {}

  /** Bits per second by number of a link. */
  static double[] of(
      FabricState state, Map<LeaseName, Double> rates, Map<RoutePair, Double> demand) {
    Topology t = state.topology();
    double[] loads = new double[t.fabricLinks()];
    state
        .leases()
        .forEach(
            (name, lease) -> {
              for (LinkId id : lease.path().links()) {
                Integer l = t.number(id);
                if (l != null && l < loads.length) {
                  loads[l] += rates.getOrDefault(name, 0.0);
                }
              }
            });
    Routes routes = Routes.of(state);
    demand.forEach((pair, bps) -> divide(t, routes, pair.at(), pair.leaf(), bps, loads));
    return loads;
  }

  private static void divide(
      Topology t, Routes routes, DeviceId at, DeviceId leaf, double bps, double[] loads) {
    List<Routes.Hop> hops = routes.toward(at, leaf);
    double total = hops.stream().mapToInt(Routes.Hop::weight).sum();
    for (Routes.Hop h : hops) {
      double part = bps * h.weight() / total;
      loads[h.link()] += part;
      DeviceId next = t.device(t.to(h.link()));
      if (!next.equals(leaf)) {
        divide(t, routes, next, leaf, part, loads);
      }
    }
  }
}
