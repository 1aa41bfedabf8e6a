package io.myelin.core.place;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.model.EndpointId;
import io.myelin.core.model.LinkId;
import io.myelin.core.model.TenantId;
import io.myelin.core.path.Objective;
import io.myelin.core.state.Command;
import io.myelin.core.state.Degradation;
import io.myelin.core.state.Lease;
import io.myelin.core.state.LeaseConditions.Now;
import io.myelin.core.state.LeaseName;
import io.myelin.core.state.LeaseSpec;
import io.myelin.core.state.Terms;
import io.myelin.core.state.TrafficSelector;
import io.myelin.core.topology.FabricOptions;
import io.myelin.core.topology.LeafSpine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Every host of four leaves sends to one of another leaf at line rate: no link has any room. */
final class RestorationTest extends LeasedFabric {
  private static final int LEAVES = 4;
  private static final int HOSTS = 4;
  private static final int STEPS = 50;
  private static final int SEEDS = 100;

  /** Switches do at once what they are told. */
  private void done(Command c) {
    apply(c);
    acknowledge();
  }

  /** Leases of all hosts, each to the same host of a leaf that differs from seed to seed. */
  private void book(Random random) {
    begin(new LeafSpine(LEAVES, HOSTS, HOSTS).inventory(FabricOptions.DEFAULT));
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
      done(new Command.CreateLease(name, specs.get(i), placed.routes().get(i), null, timeMs));
    }
  }

  /** Both directions fail; those who were there share with others. */
  private void cut(LinkId uplink) {
    LinkId downlink = Objects.requireNonNull(state.inventory().links().get(uplink)).reverseId();
    observe(uplink, false);
    observe(downlink, false);
    for (LeaseName name : everyLease()) {
      Lease lease = lease(name);
      if (lease.path().links().contains(uplink) || lease.path().links().contains(downlink)) {
        degrade(lease);
      }
    }
    share();
  }

  private void share() {
    for (int steps = 0; steps < STEPS; steps++) {
      List<Command.Share> shares = FairShares.find(state, everyLease(), Now.calm(timeMs));
      if (shares.isEmpty()) {
        return;
      }
      done(new Command.ShareOut(shares, timeMs));
    }
    throw new AssertionError("there is always another step");
  }

  private long reduced() {
    return everyLease().stream().filter(n -> lease(n).shortBps() > 0).count();
  }

  /** Reduced leases take other paths one by one, as the lease keeper does. */
  private void moveAlone() {
    for (LeaseName name : everyLease()) {
      Lease lease = lease(name);
      Placement placement = Placement.instead(state, lease, lease.spec(), Now.calm(timeMs));
      var route = lease.shortBps() > 0 ? placement.route(Set.of()) : null;
      if (route != null) {
        done(
            new Command.MoveLeases(
                List.of(new Command.Move(name, lease.generation(), route)), "", timeMs));
      }
    }
  }

  /** Plans until there is none; each makes one more whole. */
  private void rearrange(long seed) {
    while (true) {
      List<Command.Move> moves = Restoration.find(state, everyLease(), Now.calm(timeMs));
      if (moves.isEmpty()) {
        return;
      }
      long before = reduced();
      done(new Command.MoveLeases(moves, "", timeMs));
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
