package io.myelin.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.Link;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TimeWindow;
import io.myelin.core.path.Path;
import io.myelin.core.path.Scope;
import io.myelin.core.place.Placement;
import io.myelin.core.state.LeaseConditions.Now;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

final class BackupsTest {
  private static final long G = Fabrics.GBPS;

  private static FabricState admit(FabricState s, String id, LeaseSpec spec) {
    Route route = Placement.of(s, spec, Now.calm(1)).route(spec.terms().protection());
    if (route == null) {
      return s;
    }
    Applied a =
        StateMachine.apply(s, new Command.CreateLease(Fabrics.name(id), spec, route, null, 1));
    assertInstanceOf(Outcome.LeaseDone.class, a.outcome(), id);
    return a.after();
  }

  private static Lease lease(FabricState s, String id) {
    Lease lease = s.leases().get(Fabrics.name(id));
    assertNotNull(lease);
    return lease;
  }

  private static LeaseSpec wanted(String from, String to, long bps) {
    return protect(Fabrics.spec(from, to, bps), Set.of(Scope.NODE));
  }

  private static LeaseSpec protect(LeaseSpec spec, Set<Scope> scopes) {
    return spec.with(spec.terms().withProtection(scopes));
  }

  @Test
  void backupsOfPathsThatDoNotFailTogetherShareTheirRoom() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 3, 2));
    s = admit(s, "a", wanted("g1-1", "g2-1", 60 * G));
    s = admit(s, "b", wanted("g1-2", "g2-2", 60 * G));
    // 2 x 60 and 60 for either backup: without sharing, 240 would not fit on three spines' 300 as
    // two of them are used by the paths.
    Lease a = lease(s, "a");
    Lease b = lease(s, "b");
    assertEquals(a.backup() == null ? null : a.backup().egress().get(0), over(b));
    LinkId shared = a.backup() == null ? a.path().links().get(1) : a.backup().links().get(1);
    assertEquals(60 * G, s.link(shared).backups().neededBps(TimeWindow.ALWAYS));
    assertEquals(40 * G, s.freeBps(shared, new TimeWindow(1, TimeWindow.FOREVER), 1));
  }

  private static Object over(Lease lease) {
    Path backup = lease.backup();
    assertNotNull(backup);
    return backup.egress().get(0);
  }

  @Test
  void whatIsSetAsideIsNobodyElses() {
    FabricState s = Fabrics.state(Fabrics.leafSpine(2, 2, 3));
    s = admit(s, "a", wanted("g1-1", "g2-1", 60 * G));
    FabricState before = s;
    assertEquals(before, admit(s, "b", Fabrics.spec("g1-2", "g2-2", 50 * G)));
    assertTrue(
        admit(s, "c", Fabrics.spec("g1-3", "g2-3", 40 * G))
            .leases()
            .containsKey(Fabrics.name("c")));
  }

  /** Whatever single cable or spine fails, everybody who was promised a backup gets it. */
  @Property(tries = 200)
  void everySingleFailureIsCovered(@ForAll long seed) {
    Random random = new Random(seed);
    FabricState s = Fabrics.state(Fabrics.leafSpine(3, 4, 4));
    for (int i = 0; i < 40; i++) {
      int from = 1 + random.nextInt(3);
      int to = 1 + (from + random.nextInt(2)) % 3;
      LeaseSpec spec =
          protect(
              Fabrics.spec(
                  "g" + from + "-" + (1 + random.nextInt(4)),
                  "g" + to + "-" + (1 + random.nextInt(4)),
                  (5 + random.nextInt(50)) * G),
              random.nextInt(4) == 0 ? Set.of() : Set.of(Scope.NODE));
      Route route = Placement.of(s, spec, Now.calm(1)).route(spec.terms().protection());
      if (route != null) {
        s =
            StateMachine.apply(
                    s, new Command.CreateLease(Fabrics.name("l" + i), spec, route, null, 1))
                .after();
      }
    }
    List<Link> cables = new ArrayList<>();
    s.inventory().links().forEach((id, l) -> cables.add(l));
    Link cut = cables.get(random.nextInt(cables.size()));
    boolean spine = random.nextBoolean();
    FabricState now = s;
    for (Map.Entry<LeaseName, Lease> e : s.leases()) {
      Lease lease = e.getValue();
      Path backup = lease.backup();
      boolean hit =
          lease.path().links().contains(cut.id())
              || lease.path().links().contains(cut.reverseId())
              || (spine
                  && lease.path().egress().stream().anyMatch(p -> p.device().equals(spineOf(cut))));
      if (hit && backup != null) {
        Applied a =
            StateMachine.apply(
                now,
                new Command.MoveLeases(
                    List.of(new Command.Move(e.getKey(), lease.generation(), Route.of(backup))),
                    "failure",
                    2));
        assertInstanceOf(Outcome.Done.class, a.outcome(), "seed " + seed + ": " + e.getKey());
        now = a.after();
      }
    }
  }

  private static Object spineOf(Link l) {
    return l.from().device().value().startsWith("spine") ? l.from().device() : l.to().device();
  }
}
