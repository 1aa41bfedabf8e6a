package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.Invalid;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Tenant;
import io.myelin.core.model.TenantId;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DemoFabricTest {
  private static Inventory fabric(String text) {
    return GeneratedFabric.parse("t", text).inventory(FabricOptions.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"leaf-spine:4x4x4", "fat-tree:4", "rail:2x4x4x4"})
  void fabricsThatCarryAllHostsAtLineRateAreTaken(String text) {
    assertDoesNotThrow(() -> DemoFabric.require(fabric(text)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "leaf-spine:1x1x4|topology: the demo needs hosts at two switches or more",
        "leaf-spine:4x2x4|topology: leaf1 has hosts of 1600000 Mb/s and cables of 800000 Mb/s:",
        "wan:4|topology: site1-leaf1 has hosts of",
      })
  void othersAreToldAtOnce(String text, String message) {
    Invalid e = assertThrows(Invalid.class, () -> DemoFabric.require(fabric(text)));
    assertTrue(String.valueOf(e.getMessage()).startsWith(message), e.getMessage());
  }

  @Test
  void hostsOfSeveralTenantsDoNotTalk() {
    List<Tenant> two =
        List.of(new Tenant(new TenantId("a"), List.of()), new Tenant(new TenantId("b"), List.of()));
    Inventory mixed = LabPlan.of(FabricSpec.DEFAULT, two).inventory();
    Invalid e = assertThrows(Invalid.class, () -> DemoFabric.require(mixed));
    assertTrue(String.valueOf(e.getMessage()).endsWith("these have several: a, b"), e.getMessage());
  }
}
