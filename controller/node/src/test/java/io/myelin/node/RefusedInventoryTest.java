package io.myelin.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.path.Objective;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Command;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.Route;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricBuilder;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import io.myelin.node.control.FakeSwitch;
import io.myelin.node.control.Pace;
import io.myelin.node.port.CapturedLog;
import io.myelin.node.store.InProcessStateLog;
import io.myelin.node.thread.GuardedExecutor;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What becomes of members' inventory files: seeds, files that rule, and files that are watched. */
final class RefusedInventoryTest {
  private static final long NOW_MS = 1_750_000_000_000L;

  private final Inventory first = new LeafSpine(2, 2, 2).inventory(FabricOptions.DEFAULT);
  private final InProcessStateLog log = new InProcessStateLog(1);

  private MemberLifecycle lifecycle(Inventory inventory) throws Exception {
    return lifecycle(inventory, InventorySource.Precedence.FILE);
  }

  private MemberLifecycle lifecycle(Inventory inventory, InventorySource.Precedence precedence)
      throws Exception {
    LogClock clock = new LogClock(log::timeMs);
    LeaderController leader =
        new LeaderController(
            log,
            () -> GuardedExecutor.single("control"),
            (id, control) -> new FakeSwitch(),
            clock,
            Pace.of(Duration.ofHours(1)));
    MemberLifecycle lifecycle =
        new MemberLifecycle(
            new MemberLifecycle.Crew("a", new TreeMap<>(), false, inventory, precedence),
            log,
            clock,
            leader,
            List::of,
            () -> "");
    lifecycle.start(serving -> {});
    lifecycle.first().get(10, TimeUnit.SECONDS);
    lifecycle.close();
    leader.close();
    return lifecycle;
  }

  @Test
  void whyItIsNotTakenOverIsSaidUntilOneIs() throws Exception {
    assertEquals("", lifecycle(first).inventoryRefused());
    LeaseName name = lease();
    Inventory smaller = new LeafSpine(2, 2, 1).inventory(FabricOptions.DEFAULT);
    String why;
    try (CapturedLog said = new CapturedLog(InventorySource.class)) {
      why = lifecycle(smaller).inventoryRefused();
      assertEquals(List.of("ERROR " + InventorySource.class.getName() + " " + why), said.lines());
    }
    assertTrue(
        why.startsWith(
            "the inventory is not taken over, the last one stays in force: "
                + name
                + " needs the link "),
        why);
    assertEquals(first, log.state().inventory());
    assertEquals("", lifecycle(first).inventoryRefused());
  }

  private LeaseName lease() {
    LeaseSpec spec =
        new LeaseSpec(
            new EndpointId("leaf1-host2"),
            new EndpointId("leaf2-host2"),
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of()),
            1_000,
            Terms.of(Objective.LATENCY),
            LeaseSpec.NEVER);
    Route route = Placement.of(log.state(), spec, Now.calm(NOW_MS)).route(Set.of());
    assertNotNull(route);
    LeaseName name = new LeaseName(FabricBuilder.TENANT, "x");
    Outcome outcome =
        log.submit(new Command.CreateLease(name, spec, route, null, NOW_MS)).join().outcome();
    assertTrue(outcome instanceof Outcome.LeaseDone, outcome::toString);
    return name;
  }

  @Test
  void aFileOnlyDescribesAFabricOfWhichNothingIsKnown() throws Exception {
    Inventory smaller = new InventoryDraft(first).without(new EndpointId("leaf1-host2")).build();
    MemberLifecycle seeded = lifecycle(first, InventorySource.Precedence.LOG);
    assertEquals(first, log.state().inventory());
    assertEquals("", seeded.inventoryDiffers());
    MemberLifecycle other = lifecycle(smaller, InventorySource.Precedence.LOG);
    assertEquals(first, log.state().inventory(), "the log counts");
    assertEquals("", other.inventoryRefused());
    assertEquals(
        "inventory file differs from the fabric's: 1 difference; myelin inventory diff",
        other.inventoryDiffers());
    MemberLifecycle without = lifecycle(Inventory.EMPTY, InventorySource.Precedence.LOG);
    assertEquals("", without.inventoryDiffers());
  }

  @Test
  void aWatchedFileIsAppliedUnlessWhatItLacksIsInUse() throws Exception {
    MemberLifecycle lifecycle = lifecycle(first, InventorySource.Precedence.LOG);
    Inventory smaller = new LeafSpine(2, 2, 1).inventory(FabricOptions.DEFAULT);
    LeaseName name = lease();
    String why;
    try (CapturedLog said = new CapturedLog(InventorySource.class)) {
      lifecycle.inventoryChanged(smaller);
      why = lifecycle.inventoryRefused();
      assertEquals(List.of("ERROR " + InventorySource.class.getName() + " " + why), said.lines());
    }
    assertEquals(first, log.state().inventory());
    assertTrue(
        why.startsWith(
            "the inventory file is not applied: 1 still use what it does not have: "
                + name
                + " uses endpoint "),
        why);
    Outcome released = log.submit(new Command.ForceRelease(name, null, NOW_MS)).join().outcome();
    assertTrue(released instanceof Outcome.LeaseDone, released::toString);
    lifecycle.inventoryChanged(smaller); // written again
    assertEquals(smaller, log.state().inventory());
    assertEquals("", lifecycle.inventoryRefused());
    assertEquals("", lifecycle.inventoryDiffers());
  }
}
