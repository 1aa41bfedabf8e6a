package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Invalid;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LabLimitsTest {
  private static GeneratedFabric fabric(String text) {
    return GeneratedFabric.parse("t", text);
  }

  /** Also those that no memory would hold: they are refused before they are built. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "leaf-spine:254x253x1",
        "fat-tree:128",
        "rail:31x1x8x253",
        "dragonfly:20",
        "wan:48"
      })
  void whatIsTooLargeIsToldWhatWouldFit(String text) {
    Invalid e = assertThrows(Invalid.class, () -> LabLimits.require("--topology", fabric(text)));
    String fits = LabLimits.largest(fabric(text));
    assertTrue(String.valueOf(e.getMessage()).contains("; " + fits + " would fit"), e.getMessage());
    assertTrue(
        String.valueOf(e.getMessage()).contains("a lab has room for 96, 512 and 256"),
        e.getMessage());
    assertEquals(text.replaceFirst(":.*", ""), fits.replaceFirst(":.*", ""));
    assertDoesNotThrow(() -> LabLimits.require("--topology", fabric(fits)));
  }

  @Test
  void filesAreToldToo() {
    Invalid e =
        assertThrows(
            Invalid.class,
            () ->
                LabLimits.require(
                    "--topology", "x.yaml", fabric("wan:20").inventory(FabricOptions.DEFAULT)));
    assertEquals(
        "--topology: x.yaml has 100 switches, 172 cables and 160 hosts' NICs; a lab has room for"
            + " 96, 512 and 256, since one thread moves all its packets; a part of it may fit;"
            + " 'myelin path --topology' plans all of it without running it",
        e.getMessage());
  }

  @Test
  void aClockThatWillBeSlowIsAnnounced() {
    assertTrue(LabLimits.slowClock(LabPlan.of(FabricSpec.DEFAULT)).isEmpty());
    LabPlan full = LabPlan.of(fabric("fat-tree:8").inventory(FabricOptions.DEFAULT), 40_000_000);
    String note = LabLimits.slowClock(full).orElseThrow();
    assertTrue(note.contains("some 6 times slower"), note);
  }
}
