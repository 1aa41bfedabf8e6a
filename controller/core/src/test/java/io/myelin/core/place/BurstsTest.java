package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Objective;
import io.myelin.core.state.Command;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Route;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Elastic leases between the hosts of two leaves with one spine. */
final class BurstsTest extends LeasedFabric {
  private static final int SEEDS = 300;
  private static final int EVENTS = 40;
  private static final int STEPS = 10;

  private final FabricState empty;
  private final TenantId tenant;
  private final long line;

  BurstsTest() {
    begin(new LeafSpine(2, 1, 4).inventory(FabricOptions.DEFAULT));
    empty = state;
    tenant = state.inventory().tenants().iterator().next().getKey();
    line = state.topology().reservableBps(0);
  }

  private LeaseSpec spec(int host, int qp, long bps, long burstBps) {
    return new LeaseSpec(
        new EndpointId("leaf1-host" + host),
        new EndpointId("leaf2-host" + host),
        new TrafficSelector(TrafficSelector.Kind.ROCE, List.of(qp)),
        bps,
        Terms.of(Objective.LATENCY).withBurstBps(burstBps),
        LeaseSpec.NEVER);
  }

  private boolean create(String id, LeaseSpec spec) {
    Route route = Placement.of(state, spec, Now.calm(timeMs)).route(Set.of());
    if (route != null) {
      apply(new Command.CreateLease(new LeaseName(tenant, id), spec, route, null, timeMs));
      acknowledge();
    }
    return route != null;
  }

  /** Takes steps until there are none. */
  private void settle() {
    for (int i = 0; i < STEPS; i++) {
      List<Command.Burst> step = Bursts.find(state, everyLease(), timeMs);
      if (step.isEmpty()) {
        return;
      }
      apply(new Command.SetBursts(step, timeMs));
      acknowledge();
    }
    throw new AssertionError("there is always another step");
  }

  private Lease lease(String id) {
    return lease(new LeaseName(tenant, id));
  }

  @Test
  void whatIsFreeIsDividedByMaxMin() {
    assertTrue(create("a", spec(1, 1, line / 10, line)));
    assertTrue(create("b", spec(2, 2, line / 10, line / 5)));
    assertTrue(create("c", spec(3, 3, line / 10, 0)));
    settle();
    assertEquals(line / 5, lease("b").grantedBps(), "no more than its burst");
    assertEquals(line / 10, lease("c").grantedBps(), "it is not elastic");
    assertEquals(line - line / 5 - line / 10, lease("a").grantedBps());
    assertEquals(LeaseState.ACTIVE, lease("a").state());
  }

  @Test
  void whatIsGivenBackIsHeldUntilTheSwitchSaysSo() {
    assertTrue(create("a", spec(1, 1, line / 2, line)));
    settle();
    long revision = lease("a").revision();
    List<Command.Burst> back = Bursts.takenBack(state, everyLease());
    apply(new Command.SetBursts(back, timeMs));
    assertEquals(line / 2, lease("a").grantedBps());
    assertEquals(line, lease("a").heldBps());
    assertFalse(create("b", spec(2, 2, line / 2, 0)), "it is still held");
    acknowledge();
    assertTrue(create("b", spec(2, 2, line / 2, 0)));
    assertEquals(revision, lease("a").revision(), "its etag stays");
  }

  @Test
  void whoIsInTheWayIsKnownAndNobodyElse() {
    assertTrue(create("a", spec(1, 1, line / 4, line / 2)));
    assertTrue(create("b", spec(2, 2, line / 4, line / 2)));
    settle();
    List<LeaseName> bursting = Bursts.bursting(state);
    assertEquals(2, bursting.size());
    FabricState calm = Bursts.without(state, bursting, timeMs);
    assertEquals(List.of(), Bursts.inTheWay(state, bursting, calm));
    LeaseSpec asked = spec(1, 3, line / 4, 0);
    Route route =
        Objects.requireNonNull(Placement.of(calm, asked, Now.calm(timeMs)).route(Set.of()));
    FabricState then =
        StateMachine.apply(
                calm,
                new Command.CreateLease(new LeaseName(tenant, "c"), asked, route, null, timeMs))
            .after();
    assertEquals(bursting, Bursts.inTheWay(state, bursting, then), "the uplink is theirs");
  }

  @Test
  void aBurstBelowTheBandwidthIsRefused() {
    Invalid e = assertThrows(Invalid.class, () -> spec(1, 1, 100, 99));
    assertEquals("burst_bandwidth_bps", e.field());
  }

  @Test
  void noBurstTakesWhatIsSetAsideForFailures() {
    state = FabricState.EMPTY;
    apply(
        new Command.SetInventory(new LeafSpine(2, 2, 4).inventory(FabricOptions.DEFAULT), timeMs));
    LeaseSpec plain = spec(1, 1, line / 2, 0);
    LeaseSpec covered =
        plain.with(plain.terms().withProtection(Set.of(io.myelin.core.path.Scope.LINK)));
    Route route =
        Objects.requireNonNull(
            Placement.of(state, covered, Now.calm(timeMs)).route(covered.terms().protection()));
    apply(new Command.CreateLease(new LeaseName(tenant, "p"), covered, route, null, timeMs));
    acknowledge();
    assertTrue(create("a", spec(2, 2, line / 10, line)));
    settle();
    Lease p = lease("p");
    apply(
        new Command.MoveLeases(
            List.of(
                new Command.Move(
                    p.name(), p.generation(), Route.of(Objects.requireNonNull(p.backup())))),
            "failover",
            timeMs));
  }

  /** Whatever comes and goes: never over capacity, and there is an end of steps. */
  @Test
  void everyStepIsOneThatFits() {
    for (int seed = 0; seed < SEEDS; seed++) {
      try {
        random(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  private void random(long seed) {
    Random r = new Random(seed);
    state = empty;
    for (int i = 0; i < EVENTS; i++) {
      List<LeaseName> names = List.copyOf(everyLease());
      if (r.nextInt(3) == 0 && !names.isEmpty()) {
        end(names.get(r.nextInt(names.size())));
      } else {
        long bps = 1L + r.nextInt((int) Math.min(Integer.MAX_VALUE, line / 3));
        long burst = r.nextBoolean() ? bps + r.nextInt(Integer.MAX_VALUE) : 0;
        create("s" + seed + "-" + i, spec(1 + r.nextInt(4), 1 + i, bps, burst));
      }
      if (r.nextInt(3) == 0) {
        settle();
      } else if (r.nextBoolean()) {
        List<Command.Burst> step = Bursts.find(state, everyLease(), timeMs);
        apply(new Command.SetBursts(step, timeMs)); // and the switches do not answer yet
      }
    }
  }

  private void end(LeaseName name) {
    if (!Objects.requireNonNull(state.leases().get(name)).state().ended()) {
      apply(new Command.ForceRelease(name, null, timeMs));
    }
  }
}
