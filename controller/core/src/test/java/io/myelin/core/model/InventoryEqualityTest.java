package io.myelin.core.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.StateMachine;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two inventories are equal when all that they say is. */
final class InventoryEqualityTest {
  private static final Inventory BASE = new LeafSpine(2, 1, 1).inventory(FabricOptions.DEFAULT);

  private static <K extends Comparable<? super K>, V> List<V> values(
      io.myelin.core.collect.PersistentMap<K, V> map) {
    List<V> all = new ArrayList<>();
    map.forEach((k, v) -> all.add(v));
    return all;
  }

  private static Inventory with(PuntLimits limits) {
    return new Inventory(
        BASE.name(),
        BASE.reservableShare(),
        BASE.qos(),
        limits,
        values(BASE.devices()),
        values(BASE.links()),
        values(BASE.endpoints()),
        values(BASE.tenants()));
  }

  @Test
  void theSameAgainIsEqual() {
    assertEquals(BASE, with(BASE.puntLimits()));
    assertEquals(BASE.hashCode(), with(BASE.puntLimits()).hashCode());
  }

  @Test
  void otherPuntLimitsAreAnotherInventoryAndAreTakenOver() {
    PuntLimits d = PuntLimits.DEFAULT;
    Inventory other = with(new PuntLimits(d.hostPps() + 1, d.fabricPps()));
    assertNotEquals(BASE, other);
    FabricState s =
        StateMachine.apply(FabricState.EMPTY, new Command.SetInventory(BASE, 1)).after();
    Applied a = StateMachine.apply(s, new Command.SetInventory(other, 2));
    assertInstanceOf(Applied.Change.InventoryChanged.class, a.changes().get(0));
    assertEquals(other.puntLimits(), a.after().inventory().puntLimits());
  }
}
