package io.myelin.core.te;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Device;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.LinkFacts;
import io.myelin.core.path.Topology;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.core.topology.FabricBuilder.Cable;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class RebalancerTest {

  /** Two ways from one switch to another, of 3 and 1 Gb/s, each over a switch of its own. */
  private static Topology twoWays() {
    FabricBuilder b = new FabricBuilder("two-ways", FabricBuilder.MAX_LABELS);
    DeviceId s = b.device("s", Device.Role.LEAF, "", "");
    DeviceId t = b.device("t", Device.Role.LEAF, "", "");
    DeviceId x = b.device("x", Device.Role.SPINE, "", "");
    DeviceId y = b.device("y", Device.Role.SPINE, "", "");
    for (DeviceId end : new DeviceId[] {s, t}) {
      b.cable(end, x, new Cable(3_000_000_000L, 1_000, 0, LinkFacts.UNKNOWN));
      b.cable(end, y, new Cable(1_000_000_000L, 1_500, 0, LinkFacts.UNKNOWN));
    }
    return new Topology(b.build());
  }

  private static double[] capacity(Topology t) {
    double[] c = new double[t.fabricLinks()];
    for (int l = 0; l < c.length; l++) {
      c[l] = t.capacityBps(l);
    }
    return c;
  }

  private static PathSet paths(Topology t, String from, String to) {
    return PathSet.find(
        t,
        new int[] {t.number(new DeviceId(from))},
        new int[] {t.number(new DeviceId(to))},
        4,
        l -> true);
  }

  @Test
  void twoUnequalWaysAreFilledEqually() {
    Topology t = twoWays();
    PathSet paths = paths(t, "s", "t");
    assertEquals(2, paths.paths());
    Split s = new Rebalancer(paths, new double[] {2e9}, capacity(t)).solve(1e-4);
    assertEquals(0.5, s.highest(), 1e-3);
    assertTrue(s.bound() <= s.highest() && s.bound() > 0.49, "bound " + s.bound());
    assertEquals(0.75, s.share(0, 0), 2e-3);
    assertArrayEquals(new int[] {3, 1}, s.weights(4));
    assertArrayEquals(new int[] {48, 16}, s.weights(64));
    assertArrayEquals(new int[] {2, 1}, s.whole(pair -> 3));
    assertEquals(0.5, s.highestWith(s.weights(4), capacity(t)), 1e-9);
  }

  @Test
  void churnIsLimited() {
    Topology t = twoWays();
    PathSet paths = paths(t, "s", "t");
    Split s =
        new Rebalancer(paths, new double[] {2e9}, capacity(t))
            .from(new double[] {1, 0}, 0.1)
            .solve(1e-4);
    assertEquals(0.2e9, s.moved(), 1e-3 * 2e9);
    assertEquals(0.9, s.share(0, 0), 1e-3);
  }

  @Test
  void whatIsDeadIsLeftWhateverTheChurn() {
    Topology t = twoWays();
    PathSet paths = paths(t, "s", "t");
    double[] capacity = capacity(t);
    capacity[paths.link(paths.firstLink(0))] = 0;
    Split s =
        new Rebalancer(paths, new double[] {0.5e9}, capacity)
            .from(new double[] {1, 0}, 0)
            .solve(1e-4);
    assertEquals(1, s.share(0, 1), 1e-9);
    assertEquals(0.5, s.highest(), 1e-9);
  }

  @Test
  void wrongSizesAreRefused() {
    Topology t = twoWays();
    PathSet paths = paths(t, "s", "t");
    assertThrows(
        IllegalArgumentException.class, () -> new Rebalancer(paths, new double[2], capacity(t)));
    assertThrows(
        IllegalArgumentException.class,
        () -> PathSet.find(t, new int[] {0}, new int[] {1}, 0, l -> true));
  }

  @Property(tries = 50)
  void theBoundHoldsAndTheResultIsCloseToIt(@ForAll long seed) {
    Random random = new Random(seed);
    Topology t =
        new Topology(
            GeneratedFabric.parse("t", random.nextBoolean() ? "leaf-spine:5x3x1" : "wan:6")
                .inventory(FabricOptions.DEFAULT));
    int n = 3 + random.nextInt(30);
    int[] from = new int[n];
    int[] to = new int[n];
    double[] demand = new double[n];
    for (int i = 0; i < n; i++) {
      from[i] = random.nextInt(t.devices());
      to[i] = (from[i] + 1 + random.nextInt(t.devices() - 1)) % t.devices();
      demand[i] = Math.exp(random.nextGaussian()) * 1e10;
    }
    PathSet paths = PathSet.find(t, from, to, 4, l -> true);
    Split s = new Rebalancer(paths, demand, capacity(t)).solve(1e-3);
    assertTrue(s.bound() <= s.highest() * (1 + 1e-9), "bound above what is reached, seed " + seed);
    double[] load = new double[t.fabricLinks()];
    for (int i = 0; i < n; i++) {
      double sum = 0;
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        assertTrue(s.flows()[p] >= 0, "seed " + seed);
        sum += s.flows()[p];
        isAPath(t, paths.linksOf(p), from[i], to[i], seed);
        for (int l : paths.linksOf(p)) {
          load[l] += s.flows()[p];
        }
      }
      assertEquals(demand[i], sum, 1e-6 * demand[i], "seed " + seed);
    }
    for (int l = 0; l < load.length; l++) {
      assertEquals(load[l], s.loads()[l], 1e-3, "seed " + seed);
    }
    int[] weights = s.weights(16);
    for (int i = 0; i < n; i++) {
      int sum = 0;
      for (int p = paths.firstPath(i); p < paths.firstPath(i + 1); p++) {
        sum += weights[p];
      }
      assertEquals(16, sum, "seed " + seed);
    }
  }

  private static void isAPath(Topology t, int[] links, int from, int to, long seed) {
    BitSet seen = new BitSet();
    int at = from;
    for (int l : links) {
      assertEquals(at, t.from(l), "seed " + seed);
      assertTrue(!seen.get(at), "loop in " + Arrays.toString(links) + ", seed " + seed);
      seen.set(at);
      at = t.to(l);
    }
    assertEquals(to, at, "seed " + seed);
  }
}
