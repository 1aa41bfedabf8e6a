package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PermutationTest {
  @Test
  void everyoneSendsAndReceivesOnceAndAlwaysToAnotherLeaf() throws IOException {
    try (LabFabric fabric = new LabFabric(FabricSpec.DEFAULT, new VirtualScheduler())) {
      for (long seed = 0; seed < 200; seed++) {
        List<Permutation.Pair> pairs = Permutation.acrossLeaves(fabric.inventory(), seed);
        assertEquals(16, new HashSet<>(pairs.stream().map(Permutation.Pair::from).toList()).size());
        assertEquals(16, new HashSet<>(pairs.stream().map(Permutation.Pair::to).toList()).size());
        for (Permutation.Pair p : pairs) {
          assertNotEquals(p.from().value().charAt(4), p.to().value().charAt(4), "seed " + seed);
        }
      }
    }
  }
}
