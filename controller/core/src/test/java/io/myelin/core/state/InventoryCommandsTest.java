package io.myelin.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.DeviceId;
import io.myelin.core.model.Endpoint;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.InventoryDraft;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Scope;
import io.myelin.core.place.Placement;
import io.myelin.core.state.InventoryUse.User;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Inventories of a running fabric. */
final class InventoryCommandsTest {
  private final Inventory inventory = Fabrics.leafSpine(2, 2, 2);
  private FabricState state =
      StateMachine.apply(FabricState.EMPTY, new Command.SeedInventory(inventory, 1)).after();

  private Applied apply(Inventory next, long base) {
    Applied a = StateMachine.apply(state, new Command.ApplyInventory(next, base, 5));
    state = a.after();
    return a;
  }

  private InventoryDraft draft() {
    return new InventoryDraft(state.inventory());
  }

  private Lease create(String name, String from, String to) {
    Applied a = Fabrics.create(state, name, Fabrics.spec(from, to, 1_000_000_000L));
    state = a.after();
    return assertInstanceOf(Outcome.LeaseDone.class, a.outcome()).lease();
  }

  /** Of a lease's path, between switches. */
  private static LinkId fabricLink(Lease lease) {
    return lease.path().links().get(1);
  }

  @Test
  void aSeedDescribesAFabricOfWhichNothingIsKnown() {
    assertEquals(1, state.inventoryVersion());
    assertTrue(state.links().get(0).up(), "the links of a seed count as there");
    Inventory other = Fabrics.leafSpine(3, 1, 1);
    Applied again = StateMachine.apply(state, new Command.SeedInventory(other, 2));
    assertInstanceOf(Outcome.InventoryOvertaken.class, again.outcome());
    assertSame(state, again.after());
    FabricState old =
        StateMachine.apply(FabricState.EMPTY, new Command.SetInventory(inventory, 1)).after();
    assertSame(old, StateMachine.apply(old, new Command.SeedInventory(other, 2)).after());
  }

  @Test
  void anInventoryThatWasComparedWithAnotherIsRefused() {
    Applied a = apply(draft().reservableShare(0.5).build(), 0);
    assertEquals(1, assertInstanceOf(Outcome.InventoryOvertaken.class, a.outcome()).version());
    assertEquals(inventory, state.inventory());
    assertInstanceOf(Outcome.Done.class, apply(draft().reservableShare(0.5).build(), 1).outcome());
    assertEquals(2, state.inventoryVersion());
    assertEquals(List.of(), apply(state.inventory(), 2).changes(), "the same changes nothing");
    assertEquals(2, state.inventoryVersion());
  }

  @Test
  void aNewCableIsNotUsedBeforeItIsSeen() {
    LinkId cable = inventory.links().iterator().next().getKey();
    Inventory without = draft().without(cable).build();
    apply(without, 1);
    apply(inventory, 2);
    assertFalse(state.isUp(cable));
    assertFalse(state.link(cable).observed());
    state = StateMachine.apply(state, new Command.ObserveLink(cable, true, 7, 9)).after();
    assertTrue(state.isUp(cable));
    assertEquals(List.of(), state.link(cable).failuresMs(), "it never failed");
  }

  @Test
  void whatIsInUseIsRefusedWithItsUsers() {
    Lease lease = create("a", "g1-1", "g2-1");
    Applied a = apply(draft().without(fabricLink(lease)).build(), 1);
    InventoryUse use = assertInstanceOf(Outcome.InventoryUsed.class, a.outcome()).use();
    assertEquals(1, use.count());
    User user = use.users().get(0);
    assertEquals(User.Kind.LEASE, user.kind());
    assertEquals(lease.name().toString(), user.name());
    assertEquals(lease.name() + " uses " + user.what(), use.text());
    assertEquals(inventory, state.inventory());

    a = apply(draft().without(new EndpointId("g2-1")).build(), 1);
    use = assertInstanceOf(Outcome.InventoryUsed.class, a.outcome()).use();
    assertTrue(use.text().contains("endpoint g2-1 at leaf2/"), use.text());
    DeviceId leaf = lease.path().egress().get(0).device();
    assertInstanceOf(
        Outcome.InventoryUsed.class, apply(draft().without(leaf).build(), 1).outcome());
  }

  @Test
  void whatNobodyUsesGoesAndLeasesStayAsTheyAre() {
    Lease lease = create("a", "g1-1", "g2-1");
    LinkId other =
        Objects.requireNonNull(
            first(l -> !lease.path().links().contains(l) && !usesCableOf(lease, l)));
    apply(draft().without(other).without(new EndpointId("g1-2")).build(), 1);
    assertEquals(2, state.inventoryVersion());
    assertEquals(lease, state.leases().get(lease.name()));
    for (LinkId link : lease.path().links()) {
      assertEquals(lease.heldBps(), state.heldBps(link), link.value());
    }
  }

  private boolean usesCableOf(Lease lease, LinkId link) {
    Link l = Objects.requireNonNull(inventory.links().get(link));
    return lease.path().links().contains(l.reverseId());
  }

  private LinkId first(java.util.function.Predicate<LinkId> which) {
    for (var e : inventory.links()) {
      if (which.test(e.getKey())) {
        return e.getKey();
      }
    }
    throw new AssertionError("no such link");
  }

  @Test
  void aHostsAddressStaysWhileItIsLeased() {
    create("a", "g1-1", "g2-1");
    Endpoint e = Objects.requireNonNull(inventory.endpoints().get(new EndpointId("g1-1")));
    Endpoint moved =
        new Endpoint(
            e.id(),
            e.attachment(),
            io.myelin.core.model.IpAddress.parse("ip", "10.99.0.1"),
            e.mac(),
            e.tenant(),
            e.capacityBps(),
            e.rack(),
            e.host(),
            e.rail());
    Applied a = apply(draft().put(moved).build(), 1);
    InventoryUse use = assertInstanceOf(Outcome.InventoryUsed.class, a.outcome()).use();
    assertTrue(use.text().contains("address " + e.ip() + " of endpoint g1-1"), use.text());
  }

  @Test
  void capacityStaysAboveWhatIsBooked() {
    Lease lease = create("a", "g1-1", "g2-1");
    Link l = Objects.requireNonNull(inventory.links().get(fabricLink(lease)));
    Link narrow = new Link(l.from(), l.to(), 10, l.latencyNs(), l.costMicrosPerGb(), l.facts());
    Applied a = apply(draft().put(narrow).build(), 1);
    InventoryUse use = assertInstanceOf(Outcome.InventoryUsed.class, a.outcome()).use();
    assertTrue(use.text().contains("capacity of " + l.id()), use.text());
    assertEquals(1, InventoryUse.affected(state, draft().put(narrow).build()).count());
  }

  @Test
  void decisionsAreRememberedUpToABound() {
    for (int i = 1; i <= PastDecision.MOST + 3; i++) {
      PastDecision d =
          new PastDecision(
              i, i, "GUIDE", new LinkId("a/1>b/1"), List.of(), List.of(), 1, 0.5, true, "", 0);
      state = StateMachine.apply(state, new Command.RecordDecisions(List.of(d), i)).after();
    }
    assertEquals(PastDecision.MOST, state.loops().decisions().size());
    assertEquals(4L, state.loops().decisions().iterator().next().getKey());
  }

  @Test
  void aLinkRemembersItsLastFailures() {
    LinkId link = inventory.links().iterator().next().getKey();
    for (int i = 1; i <= LinkHealth.FAILURES + 2; i++) {
      state = StateMachine.apply(state, new Command.ObserveLink(link, false, -1, i)).after();
      state = StateMachine.apply(state, new Command.ObserveLink(link, true, 5, i)).after();
    }
    assertEquals(LinkHealth.FAILURES, state.link(link).failuresMs().size());
    assertEquals(3L, state.link(link).failuresMs().get(0));
    FabricState before = state;
    state = StateMachine.apply(state, new Command.ObserveLink(link, false, -1, 99, 0)).after();
    assertEquals(
        before.link(link).failuresMs(),
        state.link(link).failuresMs(),
        "what format 4 wrote comes to the same on all members");
  }

  /** A path was searched, and before it is admitted the host goes. */
  @Test
  void aLeaseOfAHostThatWentMeanwhileIsRefused() {
    LeaseSpec spec = Fabrics.spec("g1-1", "g2-1", 1_000_000_000L);
    Lease would = create("a", "g1-1", "g2-1");
    state = StateMachine.apply(FabricState.EMPTY, new Command.SeedInventory(inventory, 1)).after();
    apply(draft().without(new EndpointId("g2-1")).build(), 1);
    Applied a =
        StateMachine.apply(
            state, new Command.CreateLease(would.name(), spec, would.route(), null, 7));
    assertInstanceOf(Outcome.NoPath.class, a.outcome());
    assertSame(state, a.after());
  }

  /** What is set aside for backups stays where it was, whatever numbers links get. */
  @Test
  void bookingsFollowTheirLinks() {
    Set<Scope> links = Set.of(Scope.LINK);
    LeaseSpec plain = Fabrics.spec("g1-1", "g2-1", 1_000_000_000L);
    LeaseSpec spec =
        new LeaseSpec(
            plain.source(),
            plain.destination(),
            plain.traffic(),
            plain.bandwidthBps(),
            plain.terms().withProtection(links),
            LeaseSpec.NEVER);
    Route route =
        Objects.requireNonNull(Placement.of(state, spec, LeaseConditions.Now.calm(2)).route(links));
    LeaseName name = new LeaseName(inventory.tenants().iterator().next().getKey(), "p");
    Applied a = StateMachine.apply(state, new Command.CreateLease(name, spec, route, null, 2));
    Lease lease = assertInstanceOf(Outcome.LeaseDone.class, a.outcome()).lease();
    state = a.after();
    apply(draft().without(new EndpointId("g1-2")).without(new EndpointId("g2-2")).build(), 1);
    for (int l = 0; l < state.topology().links(); l++) {
      LinkId id = state.topology().id(l);
      LinkState link = state.links().get(l);
      boolean on = lease.path().links().contains(id);
      assertEquals(on ? lease.heldBps() : 0, link.heldBps(), id.value());
      int before = Objects.requireNonNull(a.after().topology().number(id));
      assertEquals(
          a.after().links().get(before).backups().neededBps(TimeWindow.ALWAYS),
          link.backups().neededBps(TimeWindow.ALWAYS),
          id.value());
    }
  }
}
