package io.myelin.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Inventory;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Path;
import io.myelin.core.path.PathSearch;
import io.myelin.core.path.Scope;
import io.myelin.core.place.Placement;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class StateMachineTest {
  /** Behind all that random commands schedule. */
  private static final long HORIZON = 120;

  private static final long RATE = 60 * Fabrics.GBPS;

  private final Inventory inventory = Fabrics.leafSpine(2, 2, 2);
  private final FabricState start = Fabrics.state(inventory);

  @Test
  void admitsAndAccountsOnEveryLinkOfThePath() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Lease lease = lease(s, "a");
    assertEquals(LeaseState.PROVISIONING, lease.state());
    assertEquals(4, lease.path().links().size());
    lease.path().links().forEach(l -> assertEquals(40 * Fabrics.GBPS, s.unheldBps(l)));
  }

  @Test
  void refusesAStaleProposalOnAFullLink() {
    LeaseSpec spec = Fabrics.spec("g1-1", "g2-1", RATE);
    PathSearch.Found found = (PathSearch.Found) Placement.of(start, spec, Now.calm(1)).find();
    FabricState s = Fabrics.create(start, "a", spec).after();
    LeaseSpec other =
        new LeaseSpec(
            spec.source(),
            spec.destination(),
            new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(5)),
            RATE,
            spec.terms(),
            LeaseSpec.NEVER);
    Applied a =
        StateMachine.apply(
            s, new Command.CreateLease(Fabrics.name("b"), other, Route.of(found.path()), null, 1));
    Outcome.LinkFull full = assertInstanceOf(Outcome.LinkFull.class, a.outcome());
    assertEquals(40 * Fabrics.GBPS, full.freeBps());
    assertSame(s, a.after(), "a refusal changes nothing");
  }

  @Test
  void sameRequestIdFindsItsFirstOutcomeAndAnotherBodyIsRefused() {
    LeaseSpec spec = Fabrics.spec("g1-1", "g2-1", RATE);
    PathSearch.Found found = (PathSearch.Found) Placement.of(start, spec, Now.calm(1)).find();
    Command.Request request = new Command.Request(new RequestKey(Fabrics.BLUE, "r1"), "f1");
    Command create =
        new Command.CreateLease(Fabrics.name("a"), spec, Route.of(found.path()), request, 1);
    FabricState s = StateMachine.apply(start, create).after();
    Applied again = StateMachine.apply(s, create);
    assertInstanceOf(Outcome.Replayed.class, again.outcome());
    assertSame(s, again.after());
    Command.Request reused = new Command.Request(new RequestKey(Fabrics.BLUE, "r1"), "f2");
    Applied other =
        StateMachine.apply(
            s, new Command.CreateLease(Fabrics.name("b"), spec, Route.of(found.path()), reused, 1));
    assertInstanceOf(Outcome.RequestIdReused.class, other.outcome());
    FabricState later = StateMachine.apply(s, new Command.Tick(RequestRecord.KEPT_MS + 1)).after();
    assertEquals(0, later.requestLog().records().size(), "forgotten after 24 hours");
  }

  @Test
  void bandwidthIsFreeOnlyOnceTheSwitchesAreClean() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Lease lease = lease(s, "a");
    s = StateMachine.apply(s, new Command.ReleaseLease(lease.name(), 0, null, 2)).after();
    assertEquals(LeaseState.RELEASING, lease(s, "a").state());
    assertEquals(40 * Fabrics.GBPS, s.unheldBps(lease.path().links().get(0)));
    s =
        StateMachine.apply(s, new Command.Released(lease.name(), lease(s, "a").generation(), 3))
            .after();
    assertEquals(LeaseState.RELEASED, lease(s, "a").state());
    checkReservations(s, 3, "after the release");
    assertEquals(100 * Fabrics.GBPS, s.unheldBps(lease.path().links().get(0)));
  }

  @Test
  void aRefusedRemovalFreesNothingAndSaysWhy() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Lease lease = lease(s, "a");
    s = StateMachine.apply(s, new Command.ReleaseLease(lease.name(), 0, null, 2)).after();
    long generation = lease(s, "a").generation();
    Command refused = new Command.ReleaseRefused(lease.name(), generation, "table is locked", 3);
    s = StateMachine.apply(s, refused).after();
    assertEquals(LeaseState.RELEASING, lease(s, "a").state());
    assertEquals("still booked: table is locked", lease(s, "a").reason());
    assertEquals(40 * Fabrics.GBPS, s.unheldBps(lease.path().links().get(0)));
    assertSame(s, StateMachine.apply(s, refused).after(), "said once");
    s = StateMachine.apply(s, new Command.Released(lease.name(), generation, 4)).after();
    assertEquals(LeaseState.RELEASED, lease(s, "a").state());
    assertEquals("", lease(s, "a").reason());
  }

  @Test
  void whyALeaseEndsIsKeptWhileASwitchRefusesToRemoveIt() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Lease lease = lease(s, "a");
    s =
        StateMachine.apply(s, new Command.ProvisioningFailed(lease.name(), 1, "no meter left", 2))
            .after();
    Command refused =
        new Command.ReleaseRefused(lease.name(), lease(s, "a").generation(), "locked", 3);
    s = StateMachine.apply(s, refused).after();
    assertEquals("no meter left; still booked: locked", lease(s, "a").reason());
    s =
        StateMachine.apply(s, new Command.Released(lease.name(), lease(s, "a").generation(), 4))
            .after();
    assertEquals(LeaseState.FAILED, lease(s, "a").state());
    assertEquals("no meter left", lease(s, "a").reason());
  }

  @Test
  void anOperatorCanEndALeaseWithoutTheSwitchsWord() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Lease lease = lease(s, "a");
    s = StateMachine.apply(s, new Command.ReleaseLease(lease.name(), 0, null, 2)).after();
    s = StateMachine.apply(s, new Command.ForceRelease(lease.name(), null, 3)).after();
    assertEquals(LeaseState.RELEASED, lease(s, "a").state());
    assertEquals("forced: switches may still hold its entries", lease(s, "a").reason());
    checkReservations(s, 3, "after the forced release");
    assertEquals(100 * Fabrics.GBPS, s.unheldBps(lease.path().links().get(0)));
    assertInstanceOf(
        Outcome.LeaseEnded.class,
        StateMachine.apply(s, new Command.ForceRelease(lease.name(), null, 4)).outcome());
  }

  @Test
  void oldAcknowledgementsSayNothingAboutANewGeneration() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Lease first = lease(s, "a");
    s =
        StateMachine.apply(
                s,
                new Command.UpdateLease(
                    first.name(),
                    first.spec().withBandwidthBps(Fabrics.GBPS),
                    first.route(),
                    first.revision(),
                    null,
                    2))
            .after();
    Applied stale = StateMachine.apply(s, new Command.Provisioned(first.name(), 1, 3));
    assertInstanceOf(Outcome.Superseded.class, stale.outcome());
    s = StateMachine.apply(s, new Command.Provisioned(first.name(), 2, 3)).after();
    assertEquals(LeaseState.ACTIVE, lease(s, "a").state());
    assertEquals(99 * Fabrics.GBPS, s.unheldBps(first.path().links().get(1)));
  }

  @Test
  void whatALeaseGivesUpIsFreeOnceTheSwitchAcknowledgedIt() {
    FabricState s =
        Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", 90 * Fabrics.GBPS)).after();
    s = StateMachine.apply(s, new Command.Provisioned(Fabrics.name("a"), 1, 2)).after();
    Lease a = lease(s, "a");
    LeaseSpec less = a.spec().withBandwidthBps(20 * Fabrics.GBPS);
    FabricState shrunk =
        StateMachine.apply(s, new Command.UpdateLease(a.name(), less, a.route(), 0, null, 3))
            .after();
    assertEquals(20 * Fabrics.GBPS, lease(shrunk, "a").bookedBps());
    assertEquals(90 * Fabrics.GBPS, lease(shrunk, "a").heldBps());
    LeaseSpec other = Fabrics.spec("g1-1", "g2-1", 50 * Fabrics.GBPS);
    LeaseSpec apart =
        new LeaseSpec(
            other.source(),
            other.destination(),
            TrafficSelector.roceClass(2, 1),
            other.bandwidthBps(),
            other.terms(),
            LeaseSpec.NEVER);
    Command create = new Command.CreateLease(Fabrics.name("b"), apart, a.route(), null, 4);
    assertInstanceOf(Outcome.LinkFull.class, StateMachine.apply(shrunk, create).outcome());
    FabricState told = StateMachine.apply(shrunk, new Command.Provisioned(a.name(), 2, 4)).after();
    assertInstanceOf(Outcome.LeaseDone.class, StateMachine.apply(told, create).outcome());
    // As it was before format 6.
    FabricState atOnce =
        StateMachine.apply(
                s,
                new Command.UpdateLease(
                    a.name(), less, a.route(), 0, null, 3, Command.Shrink.AT_ONCE))
            .after();
    assertInstanceOf(Outcome.LeaseDone.class, StateMachine.apply(atOnce, create).outcome());
  }

  @Test
  void etagsGuardChanges() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Applied a = StateMachine.apply(s, new Command.ReleaseLease(Fabrics.name("a"), 99, null, 2));
    assertInstanceOf(Outcome.EtagMismatch.class, a.outcome());
  }

  @Test
  void measuredLatencyChangesNoRouteAndALinkThatGoesDownDoes() {
    LinkId link = new LinkId("leaf1/1>spine1/1");
    Applied measured = StateMachine.apply(start, new Command.ObserveLink(link, true, 900, 1));
    assertEquals(1, measured.changes().size());
    assertEquals(false, measured.changesReachability());
    Applied down =
        StateMachine.apply(measured.after(), new Command.ObserveLink(link, false, 900, 2));
    assertTrue(down.changesReachability());
    assertTrue(
        StateMachine.apply(down.after(), new Command.ObserveLink(link, true, 900, 3))
            .changesReachability());
  }

  @Test
  void leasesExpireByTheLogsTime() {
    LeaseSpec spec = Fabrics.spec("g1-1", "g2-1", RATE).withTimes(LeaseSpec.AT_ONCE, 5_000);
    FabricState s = Fabrics.create(start, "a", spec).after();
    assertEquals(
        LeaseState.PROVISIONING,
        lease(StateMachine.apply(s, new Command.Tick(4_999)).after(), "a").state());
    s = StateMachine.apply(s, new Command.Tick(5_000)).after();
    assertEquals(LeaseState.RELEASING, lease(s, "a").state());
    s = StateMachine.apply(s, new Command.Released(Fabrics.name("a"), 2, 5_001)).after();
    assertEquals(LeaseState.EXPIRED, lease(s, "a").state());
  }

  @Test
  void aScheduledLeaseBeginsOnceThoseBeforeItHaveLeftTheSwitches() {
    LeaseSpec until = Fabrics.spec("g1-1", "g2-1", RATE).withTimes(LeaseSpec.AT_ONCE, 5_000);
    LeaseSpec from = Fabrics.spec("g1-1", "g2-2", RATE).withTimes(5_000, LeaseSpec.NEVER);
    FabricState s = Fabrics.create(start, "a", until).after();
    s = Fabrics.create(s, "b", from).after();
    assertEquals(LeaseState.SCHEDULED, lease(s, "b").state());
    assertInstanceOf(
        PathSearch.NotFound.class,
        Placement.of(s, Fabrics.spec("g1-1", "g2-2", RATE), Now.calm(1_000)).find(),
        "its place is taken");
    s = StateMachine.apply(s, new Command.Tick(5_000)).after();
    assertEquals(LeaseState.RELEASING, lease(s, "a").state());
    assertEquals(LeaseState.SCHEDULED, lease(s, "b").state());
    assertEquals("waits for others to release link g1-1>leaf1/3", lease(s, "b").reason());
    s = StateMachine.apply(s, new Command.Released(Fabrics.name("a"), 2, 5_001)).after();
    s = StateMachine.apply(s, new Command.Tick(5_002)).after();
    assertEquals(LeaseState.PROVISIONING, lease(s, "b").state());
  }

  @Test
  void theSamePacketsCannotBelongToTwoLeases() {
    LeaseSpec spec = Fabrics.spec("g1-1", "g2-1", Fabrics.GBPS);
    FabricState s = Fabrics.create(start, "a", spec).after();
    assertEquals(
        new Outcome.TrafficTaken(Fabrics.name("a")), Fabrics.create(s, "b", spec).outcome());
  }

  @Test
  void anInventoryThatBreaksALeaseIsRefused() {
    FabricState s = Fabrics.create(start, "a", Fabrics.spec("g1-1", "g2-1", RATE)).after();
    Applied a = StateMachine.apply(s, new Command.SetInventory(Fabrics.leafSpine(1, 1, 2), 2));
    assertInstanceOf(Outcome.InventoryInUse.class, a.outcome());
  }

  /** Invariants 1 and 7 under random commands, proposals as stale as can be. */
  @Property(tries = 150)
  void neverBooksALinkTwiceAndIsDeterministic(@ForAll long seed) {
    List<Command> commands = randomCommands(seed);
    FabricState a = run(commands, seed);
    FabricState b = run(commands, seed);
    assertEquals(a, b, "seed " + seed);
    assertEquals(a.toString(), b.toString(), "seed " + seed);
  }

  private FabricState run(List<Command> commands, long seed) {
    FabricState s = start;
    Switches switches = new Switches();
    for (Command c : commands) {
      Applied applied = StateMachine.apply(s, c);
      s = applied.after();
      if (applied.outcome() instanceof Outcome.Refused) {
        assertSame(applied.before(), s, "seed " + seed + ": refused " + c);
      }
      switches.follow(applied, c);
      checkReservations(s, switches.most(s), c.timeMs(), "seed " + seed + " after " + c);
    }
    return s;
  }

  /** The most that switches may let through: of what they were told, and what they acknowledged. */
  private static final class Switches {
    private final Map<LeaseName, Lease> told = new HashMap<>();
    private final Map<LeaseName, Long> meters = new HashMap<>();

    void follow(Applied applied, Command c) {
      boolean refused = applied.outcome() instanceof Outcome.Refused;
      for (Map.Entry<LeaseName, Lease> e : applied.after().leases()) {
        Lease lease = e.getValue();
        Lease before = told.put(e.getKey(), lease);
        boolean acknowledged =
            !refused
                && c instanceof Command.Provisioned p
                && p.leases().stream().anyMatch(held -> held.name().equals(e.getKey()));
        boolean same = before != null && before.path().equals(lease.path());
        if (!lease.state().occupies()) {
          meters.remove(e.getKey());
        } else if (acknowledged || !same) {
          meters.put(e.getKey(), lease.spec().bandwidthBps());
        } else {
          meters.merge(e.getKey(), lease.spec().bandwidthBps(), Math::max);
        }
      }
    }

    Map<LinkId, Long> most(FabricState s) {
      Map<LinkId, Long> most = new HashMap<>();
      meters.forEach(
          (n, bps) -> lease(s, n).path().links().forEach(k -> most.merge(k, bps, Long::sum)));
      return most;
    }

    private static Lease lease(FabricState s, LeaseName name) {
      Lease lease = s.leases().get(name);
      if (lease == null) {
        throw new AssertionError("no lease " + name);
      }
      return lease;
    }
  }

  /** Where the switches have acknowledged everything. */
  private static void checkReservations(FabricState s, long now, String where) {
    Map<LinkId, Long> held = new HashMap<>();
    s.leases()
        .forEach(
            (n, l) -> {
              if (l.state().occupies()) {
                l.path().links().forEach(k -> held.merge(k, l.spec().bandwidthBps(), Long::sum));
              }
            });
    checkReservations(s, held, now, where);
  }

  private static void checkReservations(
      FabricState s, Map<LinkId, Long> held, long now, String where) {
    for (int n = 0; n < s.topology().links(); n++) {
      LinkId link = s.topology().id(n);
      assertEquals(held.getOrDefault(link, 0L), s.heldBps(link), where + ": " + link);
      assertTrue(s.unheldBps(link) >= 0, where + ": " + link);
      for (String f : failures(s)) {
        assertEquals(
            setAside(s, link, now).neededBps(horizon(now), Set.of(f)),
            s.link(link).backups().neededBps(horizon(now), Set.of(f)),
            where + ": " + link + " for " + f);
      }
      for (long t = now; t < HORIZON; t++) {
        long booked = booked(s, link, t);
        assertEquals(
            booked,
            s.link(link).booked().peakBps(new TimeWindow(t, t + 1)),
            where + ": " + link + " at " + t);
        assertTrue(booked <= s.topology().reservableBps(n), where + ": " + link + " at " + t);
      }
    }
  }

  private static TimeWindow horizon(long now) {
    return new TimeWindow(now, HORIZON);
  }

  private static Set<String> failures(FabricState s) {
    Set<String> all = new TreeSet<>();
    s.leases()
        .forEach(
            (n, l) -> all.addAll(SingleFailures.of(s.topology(), l.path(), Set.of(Scope.LINK))));
    return all;
  }

  /** Counted anew from the leases. */
  private static Backups setAside(FabricState s, LinkId link, long now) {
    Backups all = Backups.NONE;
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease l = e.getValue();
      Path backup = l.backup();
      boolean between = s.inventory().links().containsKey(link);
      if (l.state().lives() && between && backup != null && backup.links().contains(link)) {
        Set<String> failures =
            SingleFailures.of(s.topology(), l.path(), l.spec().terms().protection());
        all = all.with(failures, l.window(), l.spec().bandwidthBps(), now);
      }
    }
    return all;
  }

  private static long booked(FabricState s, LinkId link, long timeMs) {
    long sum = 0;
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease l = e.getValue();
      boolean then = l.window().startMs() <= timeMs && timeMs < l.window().endMs();
      if (l.state().lives() && then && l.path().links().contains(link)) {
        sum += l.spec().bandwidthBps();
      }
    }
    return sum;
  }

  /** Paths are chosen against the empty fabric: most proposals are stale. */
  private List<Command> randomCommands(long seed) {
    Random random = new Random(seed);
    String[] hosts = {"g1-1", "g1-2", "g2-1", "g2-2"};
    List<Link> links = new ArrayList<>();
    inventory.links().forEach((id, l) -> links.add(l));
    List<Command> commands = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      LeaseName name = Fabrics.name("l" + random.nextInt(8));
      String from = hosts[random.nextInt(4)];
      String to = hosts[random.nextInt(4)];
      if (from.equals(to)) {
        continue;
      }
      LeaseSpec spec =
          new LeaseSpec(
                  Fabrics.spec(from, to, 1).source(),
                  Fabrics.spec(from, to, 1).destination(),
                  new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(1 + random.nextInt(3))),
                  (1 + random.nextInt(100)) * Fabrics.GBPS,
                  Terms.of(io.myelin.core.path.Objective.BALANCED)
                      .withProtection(random.nextInt(3) == 0 ? Set.of(Scope.LINK) : Set.of()),
                  LeaseSpec.NEVER)
              .withTimes(
                  random.nextInt(3) == 0 ? i + random.nextInt(20) : LeaseSpec.AT_ONCE,
                  random.nextInt(3) == 0 ? i + 20 + random.nextInt(20) : LeaseSpec.NEVER);
      Link down = links.get(random.nextInt(links.size()));
      Now now = new Now(i, d -> random.nextInt(6) > 0, l -> 0);
      Route route = Placement.of(start, spec, now).route(spec.terms().protection());
      if (route == null) {
        continue;
      }
      long generation = 1L + random.nextInt(3);
      commands.add(
          switch (random.nextInt(9)) {
            case 0, 1, 2 -> new Command.CreateLease(name, spec, route, null, i);
            case 3 -> new Command.UpdateLease(name, spec, route, 0, null, i);
            case 4 ->
                new Command.MoveLeases(List.of(new Command.Move(name, generation, route)), "x", i);
            case 5 -> new Command.Provisioned(name, generation, i);
            case 6 -> new Command.ReleaseLease(name, 0, null, i);
            case 7 -> new Command.Released(name, generation, i);
            default -> new Command.ObserveLink(down.id(), random.nextBoolean(), 5, i);
          });
      if (random.nextInt(10) == 0) {
        commands.add(new Command.Tick(i));
      }
    }
    return commands;
  }

  @Test
  void tenantNumbersAreNeverZeroNorShared() {
    assertNotEquals(0, start.tenants().numbers().getOrDefault(Fabrics.BLUE, 0));
  }

  private static Lease lease(FabricState s, String id) {
    Lease lease = s.leases().get(Fabrics.name(id));
    if (lease == null) {
      throw new AssertionError("no lease " + id);
    }
    return lease;
  }
}
