package io.myelin.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Inventory;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.GeneratedFabric;
import io.myelin.softswitch.time.VirtualScheduler;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of cables, without any controller and in virtual time. */
final class LabFaultsTest {
  private static final FabricSpec SPEC = new FabricSpec(2, 2, 1, 40_000_000, 20_000, 200_000, 1024);
  private static final String CABLE = "leaf1/1-spine1/1";

  private final VirtualScheduler clock = new VirtualScheduler();
  private LabFabric fabric;
  private LabFaults faults;

  @BeforeEach
  void build() throws IOException {
    fabric = new LabFabric(SPEC, clock);
    faults = new LabFaults(fabric);
  }

  @AfterEach
  void close() {
    fabric.close();
  }

  private <T> T done(CompletableFuture<T> result) {
    clock.runUntil(clock.nowNs() + 1);
    try {
      return result.getNow(null);
    } catch (CompletionException e) {
      throw (LabRefusal) e.getCause();
    }
  }

  private LabRefusal refused(LabRefusal.Kind kind, CompletableFuture<?> result) {
    LabRefusal e = assertThrows(LabRefusal.class, () -> done(result));
    assertEquals(kind, e.kind(), e.getMessage());
    return e;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "leaf1 spine1", "spine1 leaf1", "leaf1-spine1", "spine1-leaf1", "leaf1/1 spine1",
        "leaf1 spine1/1", "leaf1/1-spine1/1", "spine1/1-leaf1/1", "leaf1/1", "spine1/1",
        "  leaf1   spine1 "
      })
  void aCableHasManyNames(String name) {
    assertEquals(CABLE, done(faults.cut(name)).name());
    assertFalse(fabric.link(CABLE).isUp());
  }

  @Test
  void aHostsCableIsACableToo() {
    assertEquals("gpu-1-1-leaf1/3", done(faults.cut("gpu-1-1")).name());
    assertEquals("gpu-2-1-leaf2/3", done(faults.cut("leaf2 gpu-2-1")).name());
  }

  @Test
  void cutAndMendTellBothPorts() {
    assertEquals(LabFaults.Condition.CUT, done(faults.cut(CABLE)).condition());
    clock.runUntil(clock.nowNs() + LabFabric.LOSS_OF_SIGNAL_NS);
    assertFalse(fabric.at(new DeviceId("leaf1")).isPortUp(1));
    assertFalse(fabric.at(new DeviceId("spine1")).isPortUp(1));
    assertTrue(fabric.at(new DeviceId("leaf1")).isPortUp(2));
    assertEquals(
        "leaf1/1-spine1/1 is cut already",
        refused(LabRefusal.Kind.STATE, faults.cut("leaf1 spine1")).getMessage());
    assertEquals(LabFaults.Condition.WHOLE, done(faults.mend(CABLE)).condition());
    clock.runUntil(clock.nowNs() + LabFabric.LOSS_OF_SIGNAL_NS);
    assertTrue(fabric.at(new DeviceId("leaf1")).isPortUp(1));
    assertEquals(
        "leaf1/1-spine1/1 is whole already",
        refused(LabRefusal.Kind.STATE, faults.mend(CABLE)).getMessage());
  }

  @Test
  void lossAndDelayAreThoseOfTheCable() {
    assertEquals(0.25, done(faults.loss(CABLE, 0.25)).lossShare());
    LabFaults.Cable c = done(faults.delay(CABLE, 2_000_000, 500_000));
    assertEquals(
        new LabFaults.Cable(CABLE, LabFaults.Condition.WHOLE, 0.25, 2_000_000, 500_000), c);
    assertTrue(done(faults.cables()).contains(c));
    for (double share : new double[] {-0.1, 1.01, Double.NaN}) {
      LabRefusal e = refused(LabRefusal.Kind.INVALID, faults.loss(CABLE, share));
      assertEquals("loss: " + share + " is not allowed; allowed: 0 to 1", e.getMessage());
    }
    refused(LabRefusal.Kind.INVALID, faults.delay(CABLE, -1, 0));
    refused(LabRefusal.Kind.INVALID, faults.delay(CABLE, 10_000_000_001L, 0));
    refused(LabRefusal.Kind.INVALID, faults.delay(CABLE, 10, 11));
    assertTrue(done(faults.cables()).contains(c), "what is refused changes nothing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "leaf1 spine9|no cable 'leaf1 spine9'; nearest: leaf1/1-spine1/1, leaf1/2-spine2/1,",
        "leaf1/7|no cable 'leaf1/7'; nearest: gpu-1-1-leaf1/3, leaf1/1-spine1/1, leaf1/2-spine2/1,",
        "gpu-1-2|no cable 'gpu-1-2'; nearest: gpu-1-1-leaf1/3,",
      })
  void unknownNamesTellTheNearest(String name, String message) {
    LabRefusal e = refused(LabRefusal.Kind.NOT_FOUND, faults.cut(name));
    assertTrue(String.valueOf(e.getMessage()).startsWith(message), e.getMessage());
  }

  @Test
  void unknownSwitchesTellTheNearest() {
    LabRefusal e = assertThrows(LabRefusal.class, () -> faults.kill("spin1"));
    assertEquals(LabRefusal.Kind.NOT_FOUND, e.kind());
    assertEquals("no switch 'spin1'; nearest: spine1, spine2, leaf1, leaf2", e.getMessage());
    assertThrows(LabRefusal.class, () -> faults.restart("gpu-1-1"));
  }

  /** Two fibres and radio lie between neighbouring sites. */
  @Test
  void parallelCablesHaveToBeTold() throws IOException {
    Inventory wan = GeneratedFabric.parse("t", "wan:2").inventory(FabricOptions.DEFAULT);
    try (LabFabric sites = new LabFabric(LabPlan.of(wan, 40_000_000), clock, 0)) {
      LabFaults among = new LabFaults(sites);
      LabRefusal e = refused(LabRefusal.Kind.INVALID, among.cut("site1-border site2-border"));
      assertTrue(
          String.valueOf(e.getMessage())
              .startsWith(
                  "'site1-border site2-border' may be any of several cables; say which:"
                      + " site1-border/3-site2-border/3, "),
          e.getMessage());
      assertEquals(
          "site1-border/3-site2-border/3", done(among.cut("site1-border/3 site2-border")).name());
    }
  }
}
