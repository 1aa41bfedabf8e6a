package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.LinkId;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** König: in a non-blocking leaf-spine every permutation at line rate fits, in any order. */
final class RearrangementTest {

  @Property(tries = 300)
  void everyPermutationAtLineRateFits(@ForAll long seed) {
    int leaves = 4;
    int hosts = 4;
    FabricState s = Fabrics.state(Fabrics.leafSpine(leaves, 4, hosts));
    List<String> from = new ArrayList<>();
    for (int l = 1; l <= leaves; l++) {
      for (int h = 1; h <= hosts; h++) {
        from.add("g" + l + "-" + h);
      }
    }
    List<String> to = new ArrayList<>(from);
    Collections.shuffle(to, new Random(seed));
    for (int i = 0; i < from.size(); i++) {
      if (!from.get(i).equals(to.get(i))) {
        s = admit(s, i, Fabrics.spec(from.get(i), to.get(i), 100 * Fabrics.GBPS), seed);
      }
    }
    FabricState end = s;
    s.leases().forEach((n, l) -> assertTrue(l.path().egress().size() <= 3, "detour, seed " + seed));
    for (int l = 0; l < s.topology().links(); l++) {
      LinkId link = s.topology().id(l);
      assertTrue(end.unheldBps(link) >= 0, "seed " + seed);
    }
  }

  private static FabricState admit(FabricState s, int i, LeaseSpec spec, long seed) {
    FabricState now = s;
    Placement placement = Placement.of(s, spec, Now.calm(1));
    if (placement.crowded(placement.find())) {
      List<Command.Move> moves =
          Rearrangement.find(s, spec, Now.calm(1))
              .orElseThrow(() -> new AssertionError("blocked, seed " + seed));
      Applied a = StateMachine.apply(s, new Command.MoveLeases(moves, "room", 1));
      assertInstanceOf(Outcome.Done.class, a.outcome(), "seed " + seed);
      now = a.after();
    }
    Applied a = Fabrics.create(now, "l" + i, spec);
    assertEquals(Outcome.LeaseDone.class, a.outcome().getClass(), "seed " + seed);
    return a.after();
  }
}
