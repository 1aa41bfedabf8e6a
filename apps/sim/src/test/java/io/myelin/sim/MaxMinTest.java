package io.myelin.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class MaxMinTest {
  private static FlowFabric fabric(String shape) {
    return new FlowFabric(GeneratedFabric.parse("shape", shape).inventory(FabricOptions.DEFAULT));
  }

  /** No link is too full, and each part crosses a full link on which none is faster. */
  @Property(tries = 60)
  void ratesAreMaxMinFair(@ForAll long seed) {
    Random random = new Random(seed);
    FlowFabric fabric = fabric("leaf-spine:4x3x4");
    List<SimFlow> flows = Patterns.permutation(Patterns.all(fabric), 1e6, random);
    MaxMin net = new MaxMin(fabric);
    new Ecmp(1 << random.nextInt(3)).route(fabric, flows, seed, net);
    BitSet active = new BitSet();
    for (int p = 0; p < net.parts(); p++) {
      active.set(p, random.nextInt(5) > 0);
    }
    double[] rate = net.rates(active);
    double[] load = new double[fabric.topology().links()];
    double[] fastest = new double[load.length];
    for (int p = active.nextSetBit(0); p >= 0; p = active.nextSetBit(p + 1)) {
      for (int l : net.links(p)) {
        load[l] += rate[p];
        fastest[l] = Math.max(fastest[l], rate[p]);
      }
    }
    for (int p = 0; p < net.parts(); p++) {
      if (!active.get(p)) {
        assertEquals(0, rate[p]);
        continue;
      }
      double mine = rate[p];
      boolean bound =
          Arrays.stream(net.links(p))
              .anyMatch(
                  l ->
                      load[l] >= fabric.capacityBps(l) * (1 - 1e-9)
                          && mine >= fastest[l] * (1 - 1e-9));
      assertTrue(bound, "part " + p + " could be faster, seed " + seed);
    }
    for (int l = 0; l < load.length; l++) {
      assertTrue(load[l] <= fabric.capacityBps(l) * (1 + 1e-9), "link " + l + ", seed " + seed);
    }
  }

  /** What {@link LinkLoads} claims of equal flows that begin together. */
  @Property(tries = 40)
  void equalFlowsEndWhenTheSlowestLinkHasCarriedItsBytes(@ForAll long seed) {
    Random random = new Random(seed);
    FlowFabric fabric = fabric(List.of("leaf-spine:4x4x4", "fat-tree:4").get(random.nextInt(2)));
    List<SimFlow> flows =
        random.nextBoolean()
            ? Patterns.permutation(Patterns.all(fabric), 1e9, random)
            : Patterns.allToAll(Patterns.all(fabric), 1e9);
    List<Strategy> strategies = List.of(new Ecmp(1), new Ecmp(4), new Spraying(), new Placed());
    for (Strategy s : strategies) {
      LinkLoads loads = new LinkLoads(fabric, flows);
      s.route(fabric, flows, seed, loads);
      double last = Arrays.stream(Fluid.completionS(fabric, flows, s, seed)).max().orElse(0);
      assertEquals(loads.completionS(), last, 1e-6 * last, s.name() + ", seed " + seed);
      assertTrue(last >= LinkLoads.boundS(fabric, flows) * (1 - 1e-9), "bound, seed " + seed);
    }
  }

  @Test
  void aFlowWithoutAWayNeverEnds() {
    FlowFabric fabric = fabric("leaf-spine:2x1x1");
    fabric.setUp(0, FlowFabric.Cable.CUT);
    double[] ends = Fluid.completionS(fabric, List.of(new SimFlow(0, 1, 1e6)), new Ecmp(1), 1);
    assertEquals(Double.POSITIVE_INFINITY, ends[0]);
  }

  @Test
  void whoIsAloneGetsItsLinkAndWhoSharesHalf() {
    FlowFabric fabric = fabric("leaf-spine:2x1x2");
    double nic = fabric.capacityBps(fabric.uplink(0));
    double[] ends =
        Fluid.completionS(
            fabric,
            List.of(
                new SimFlow(0, 1, nic / 8), new SimFlow(1, 0, nic / 8), new SimFlow(2, 0, nic / 8)),
            new Ecmp(1),
            1);
    assertEquals(1, ends[0], 1e-6);
    assertEquals(2, ends[1], 1e-6);
    assertEquals(2, ends[2], 1e-6);
  }
}
