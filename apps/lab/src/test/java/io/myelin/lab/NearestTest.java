package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

final class NearestTest {
  @Test
  void countsInsertionsRemovalsAndReplacements() {
    assertEquals(0, Nearest.edits("leaf1", "leaf1"));
    assertEquals(1, Nearest.edits("leaf1", "leaf2"));
    assertEquals(1, Nearest.edits("laf1", "leaf1"));
    assertEquals(1, Nearest.edits("leaff1", "leaf1"));
    assertEquals(3, Nearest.edits("kitten", "sitting"));
    assertEquals(4, Nearest.edits("", "leaf"));
  }

  @Test
  void namesTheNearestFirstAndHowManyMoreThereAre() {
    List<String> names = List.of("leaf1", "leaf2", "spine1", "spine2", "spine3", "core1", "core2");
    assertEquals("spine1, spine2, spine3, core1, leaf1 and 2 more", Nearest.to("spin1", names));
    assertEquals("none", Nearest.to("x", List.of()));
    assertEquals("a", Nearest.to("x", List.of("a")));
  }
}
