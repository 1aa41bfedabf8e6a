package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Objective;
import io.myelin.core.state.Applied;
import io.myelin.core.state.Command;
import io.myelin.core.state.Degradation;
import io.myelin.core.state.FabricState;
import io.myelin.core.state.Lease;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Outcome;
import io.myelin.core.state.StateMachine;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Every host of four leaves sends to one of another leaf at line rate: no link has any room. */
final class RestorationTest {
  private static final int LEAVES = 4;
  private static final int HOSTS = 4;
  private static final int STEPS = 50;
  private static final int SEEDS = 100;

  private FabricState state = FabricState.EMPTY;
  private final long timeMs = 1_750_000_000_000L;

  private void apply(Command c) {
    Applied a = StateMachine.apply(state, c);
    assertFalse(a.outcome() instanceof Outcome.Refused, a.outcome().toString());
    state = a.after();
    for (int l = 0; l < state.topology().links(); l++) {
      assertTrue(
          state.links().get(l).heldBps() <= state.topology().reservableBps(l),
          "more is held than there is on " + state.topology().id(l));
    }
    List<Command.Held> held = new ArrayList<>();
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      if (e.getValue().state() == LeaseState.PROVISIONING) {
        held.add(new Command.Held(e.getKey(), e.getValue().generation()));
      }
    }
    if (!held.isEmpty()) {
      state = StateMachine.apply(state, new Command.Provisioned(held, timeMs)).after();
    }
  }

  /** Leases of all hosts, each to the same host of a leaf that differs from seed to seed. */
  private void book(Random random) {
    state = FabricState.EMPTY;
    apply(
        new Command.SetInventory(
            new LeafSpine(LEAVES, HOSTS, HOSTS).inventory(FabricOptions.DEFAULT), timeMs));
    TenantId tenant = state.inventory().tenants().iterator().next().getKey();
    List<LeaseSpec> specs = new ArrayList<>();
    for (int host = 1; host <= HOSTS; host++) {
      int shift = 1 + random.nextInt(LEAVES - 1);
      for (int leaf = 0; leaf < LEAVES; leaf++) {
        specs.add(
            new LeaseSpec(
                new EndpointId("leaf" + (leaf + 1) + "-host" + host),
                new EndpointId("leaf" + ((leaf + shift) % LEAVES + 1) + "-host" + host),
                TrafficSelector.ROCE,
                state.topology().reservableBps(0),
                Terms.of(Objective.LATENCY).with(Degradation.DEFAULT),
                LeaseSpec.NEVER));
      }
    }
    if (!(GroupPlacement.find(state, specs, Now.calm(timeMs))
        instanceof GroupPlacement.Placed placed)) {
      throw new AssertionError("they fit");
    }
    for (int i = 0; i < specs.size(); i++) {
      LeaseName name = new LeaseName(tenant, "l" + i);
      apply(new Command.CreateLease(name, specs.get(i), placed.routes().get(i), null, timeMs));
    }
  }

  private Set<LeaseName> all() {
    Set<LeaseName> all = new TreeSet<>();
    state.leases().forEach((name, l) -> all.add(name));
    return all;
  }

  private void observe(LinkId link, boolean up) {
    apply(new Command.ObserveLink(link, up, Command.ObserveLink.UNKNOWN, timeMs));
  }

  /** Both directions fail; those who were there share with others. */
  private void cut(LinkId uplink) {
    LinkId downlink = Objects.requireNonNull(state.inventory().links().get(uplink)).reverseId();
    observe(uplink, false);
    observe(downlink, false);
    for (LeaseName name : all()) {
      Lease lease = lease(name);
      if (lease.path().links().contains(uplink) || lease.path().links().contains(downlink)) {
        apply(new Command.DegradeLease(name, lease.generation(), "cut", timeMs));
      }
    }
    share();
  }

  private void share() {
    for (int steps = 0; steps < STEPS; steps++) {
      List<Command.Share> shares = FairShares.find(state, all(), Now.calm(timeMs));
      if (shares.isEmpty()) {
        return;
      }
      apply(new Command.ShareOut(shares, timeMs));
    }
    throw new AssertionError("there is always another step");
  }

  private Lease lease(LeaseName name) {
    return Objects.requireNonNull(state.leases().get(name));
  }

  private long reduced() {
    return all().stream().filter(n -> lease(n).shortBps() > 0).count();
  }

  /** Reduced leases take other paths one by one, as the lease keeper does. */
  private void moveAlone() {
    for (LeaseName name : all()) {
      Lease lease = lease(name);
      Placement placement = Placement.instead(state, lease, lease.spec(), Now.calm(timeMs));
      var route = lease.shortBps() > 0 ? placement.route(Set.of()) : null;
      if (route != null) {
        apply(
            new Command.MoveLeases(
                List.of(new Command.Move(name, lease.generation(), route)), "", timeMs));
      }
    }
  }

  /** Plans until there is none; each makes one more whole. */
  private void rearrange(long seed) {
    while (true) {
      List<Command.Move> moves = Restoration.find(state, all(), Now.calm(timeMs));
      if (moves.isEmpty()) {
        return;
      }
      long before = reduced();
      apply(new Command.MoveLeases(moves, "", timeMs));
      share();
      assertTrue(reduced() < before, "seed " + seed);
    }
  }

  @Test
  void allAreWholeAgainOnceTheCableIs() {
    long stuck = 0;
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      book(random);
      List<LinkId> uplinks = new ArrayList<>();
      state.inventory().links().forEach((id, l) -> uplinks.add(id));
      uplinks.removeIf(id -> !id.value().startsWith("leaf"));
      Collections.shuffle(uplinks, random);
      cut(uplinks.get(0));
      assertTrue(reduced() > 0);
      moveAlone();
      share();
      rearrange(seed);
      assertTrue(reduced() > 0, "one cable too few, seed " + seed);
      observe(uplinks.get(0), true);
      observe(
          Objects.requireNonNull(state.inventory().links().get(uplinks.get(0))).reverseId(), true);
      moveAlone();
      share();
      stuck += reduced() > 0 ? 1 : 0;
      rearrange(seed);
      assertEquals(0, reduced(), "seed " + seed);
    }
    assertTrue(stuck > 0, "moves of single leases were enough in all seeds");
  }
}
