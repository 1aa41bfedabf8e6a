package io.myelin.bench.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.myelin.bench.sim.FairBounds.Demand;
import io.myelin.bench.sim.FairBounds.Link;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class FairBoundsTest {
  private static final double EXACT = 1e-4;

  /** Links of a leaf-spine fabric without some cables, {@code leaf1-spine2}. */
  private static List<Link> leafSpine(int leaves, int spines, Set<String> cut) {
    List<Link> links = new ArrayList<>();
    for (int l = 1; l <= leaves; l++) {
      for (int s = 1; s <= spines; s++) {
        if (!cut.contains("leaf" + l + "-spine" + s)) {
          links.add(new Link("leaf" + l, "spine" + s));
          links.add(new Link("spine" + s, "leaf" + l));
        }
      }
    }
    return links;
  }

  /** Four hosts a leaf, all of which send to the next leaf. */
  private static List<Demand> ring(int leaves) {
    List<Demand> all = new ArrayList<>();
    for (int l = 1; l <= leaves; l++) {
      all.add(new Demand("leaf" + l, "leaf" + (l % leaves + 1), 4));
    }
    return all;
  }

  @Test
  void wholeFabricsCarryAll() {
    FairBounds whole = new FairBounds(leafSpine(4, 4, Set.of()), ring(4));
    assertEquals(1, whole.onePathShare(1));
    assertEquals(1, whole.onePathShare(4));
    assertArrayEquals(new double[] {1, 1, 1, 1}, whole.fluidShares(), EXACT);
  }

  /** Of four flows two share one of three links; of 16 queue pairs six do. */
  @Test
  void ofThreeLinksFourFlowsHaveHalfAndSixteenQueuePairsTwoThirds() {
    FairBounds cut = new FairBounds(leafSpine(4, 4, Set.of("leaf1-spine1")), ring(4));
    assertEquals(1.0 / 2, cut.onePathShare(1));
    assertEquals(4.0 / 6, cut.onePathShare(4), 1e-9);
    assertEquals(8.0 / 11, cut.onePathShare(8), 1e-9);
    // The flows from leaf 1 and those to it have three links for four; others lose nothing.
    assertArrayEquals(new double[] {0.75, 1, 1, 0.75}, cut.fluidShares(), EXACT);
  }

  /** From leaf 1 to leaf 2 two spines are left, and detours over other leaves that are full. */
  @Test
  void twoCablesOfDifferentSpinesLeaveHalfBetweenTheirLeaves() {
    FairBounds cut =
        new FairBounds(leafSpine(2, 4, Set.of("leaf1-spine1", "leaf2-spine2")), ring(2));
    assertEquals(2.0 / 4, cut.onePathShare(1));
    assertEquals(4.0 / 8, cut.onePathShare(4));
    assertArrayEquals(new double[] {0.5, 0.5}, cut.fluidShares(), EXACT);
  }

  /** Two of three flows meet; then the third takes what they leave of its link. */
  @Test
  void progressiveFillingGoesOnWhereOthersStay() {
    List<Link> line = List.of(new Link("a", "b"), new Link("b", "c"));
    List<Demand> demands =
        List.of(new Demand("a", "c", 1), new Demand("a", "b", 3), new Demand("b", "c", 1));
    assertArrayEquals(
        new double[] {0.25, 0.25, 0.75}, new FairBounds(line, demands).fluidShares(), EXACT);
  }

  @Test
  void flowsWithoutAPathAreAnError() {
    FairBounds none = new FairBounds(List.of(new Link("a", "b")), List.of(new Demand("b", "a", 1)));
    assertThrows(IllegalStateException.class, () -> none.onePathShare(1));
  }
}
