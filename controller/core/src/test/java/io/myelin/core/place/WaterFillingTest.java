package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Max-min fair rates, against an algorithm of another kind. */
final class WaterFillingTest {
  private static final int SEEDS = 500;

  private record Flow(int group, long asks, int[] links) {}

  private static long[] fill(List<Flow> flows, Map<Integer, Long> room) {
    WaterFilling filling = new WaterFilling();
    flows.forEach(f -> filling.add(f.group(), f.asks(), 0, f.links()));
    long[] rates = filling.fill(room);
    assertNotNull(rates);
    return rates;
  }

  /**
   * The textbook's way: the link with the least room for each that still rises gives that to all on
   * it, link by link, in real numbers. Flows of one group ask for the same here.
   */
  private static double[] byTightestLink(List<Flow> flows, Map<Integer, Long> room) {
    Map<Integer, Double> level = new HashMap<>(); // of groups that have stopped
    while (true) {
      double least = Double.POSITIVE_INFINITY;
      int tightest = -1;
      for (Map.Entry<Integer, Long> link : room.entrySet()) {
        double left = link.getValue();
        int rising = 0;
        for (Flow f : flows) {
          for (int l : f.links()) {
            if (l == link.getKey()) {
              left -= level.getOrDefault(f.group(), 0.0);
              rising += level.containsKey(f.group()) ? 0 : 1;
            }
          }
        }
        if (rising > 0 && left / rising < least) {
          least = left / rising;
          tightest = link.getKey();
        }
      }
      int smallest = -1;
      for (int i = 0; i < flows.size(); i++) {
        boolean rises = !level.containsKey(flows.get(i).group());
        if (rises && (smallest < 0 || flows.get(i).asks() < flows.get(smallest).asks())) {
          smallest = i;
        }
      }
      if (smallest < 0) {
        return flows.stream().mapToDouble(f -> level.getOrDefault(f.group(), 0.0)).toArray();
      }
      if (flows.get(smallest).asks() <= least) {
        level.put(flows.get(smallest).group(), (double) flows.get(smallest).asks());
        continue;
      }
      for (Flow f : flows) {
        for (int l : f.links()) {
          if (l == tightest) {
            level.putIfAbsent(f.group(), least);
          }
        }
      }
    }
  }

  @Test
  void givesWhatTheTextbooksAlgorithmGives() {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random r = new Random(seed);
      Map<Integer, Long> room = new HashMap<>();
      int links = 2 + r.nextInt(8);
      for (int l = 0; l < links; l++) {
        room.put(l, 1_000_000L * r.nextInt(400));
      }
      List<Flow> flows = new ArrayList<>();
      int groups = 1 + r.nextInt(12);
      for (int g = 0; g < groups; g++) {
        long asks = 1_000_000L * (1 + r.nextInt(300));
        for (int f = r.nextInt(4) == 0 ? r.nextInt(4) : 0; f >= 0; f--) {
          flows.add(new Flow(g, asks, r.ints(0, links).distinct().limit(2).toArray()));
        }
      }
      long[] rates = fill(flows, room);
      double[] expected = byTightestLink(flows, room);
      for (int i = 0; i < rates.length; i++) {
        assertEquals(
            expected[i], (double) rates[i], flows.size() + 1, "flow " + i + ", seed " + seed);
      }
      Map<Integer, Long> used = new HashMap<>();
      for (int i = 0; i < rates.length; i++) {
        for (int l : flows.get(i).links()) {
          used.merge(l, rates[i], Long::sum);
        }
      }
      for (Map.Entry<Integer, Long> u : used.entrySet()) {
        assertTrue(
            u.getValue() <= room.getOrDefault(u.getKey(), 0L),
            "link " + u.getKey() + ", seed " + seed);
      }
    }
  }

  @Test
  void flowsOfAGroupHaveTheSamePartOfWhatTheyAskFor() {
    List<Flow> flows = List.of(new Flow(0, 100, new int[] {0}), new Flow(0, 40, new int[] {1}));
    assertArrayEquals(new long[] {50, 20}, fill(flows, Map.of(0, 50L, 1, 1_000L)));
  }

  @Test
  void eachHasItsMinimumOrNobodyHasAnything() {
    WaterFilling filling = new WaterFilling();
    filling.add("a", 100, 70, new int[] {0});
    filling.add("b", 100, 0, new int[] {0});
    assertArrayEquals(new long[] {70, 30}, filling.fill(Map.of(0, 100L)));
    assertNull(filling.fill(Map.of(0, 69L)));
  }
}
