package io.myelin.core.state;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.myelin.core.Fabrics;
import io.myelin.core.model.EndpointId;
import io.myelin.core.model.Invalid;
import io.myelin.core.path.Objective;
import io.myelin.core.place.GroupPlacement;
import io.myelin.core.state.Lease.LeaseState;
import io.myelin.core.state.LeaseConditions.Now;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Jobs: all or nothing, never too much on a link, whatever comes and goes. */
final class JobCommandsTest {
  private static final long LINE = 100 * Fabrics.GBPS;
  private static final Terms TERMS = Terms.of(Objective.LATENCY);

  private static JobName name(String id) {
    return new JobName(Fabrics.BLUE, id);
  }

  /** Hosts of the test fabric: endpoints that name no host go by their own names. */
  private static JobSpec ring(List<String> members, int qps, long bps) {
    return JobSpec.of(
        new Collective(Collective.Kind.RING, members, List.of(), List.of()), qps, bps, TERMS);
  }

  private static FabricState fabric() {
    return Fabrics.state(Fabrics.leafSpine(3, 3, 3));
  }

  private static Applied create(FabricState s, String id, JobSpec spec) {
    List<LeaseSpec> flows = JobFlows.of(s.inventory(), spec);
    if (GroupPlacement.find(s, flows, Now.calm(1)) instanceof GroupPlacement.Placed p) {
      return StateMachine.apply(
          s, new Command.CreateJob(name(id), spec, p.routes(), p.moves(), p.fit(), null, 1));
    }
    return new Applied(s, s, new Outcome.NoPath("not placed"), List.of());
  }

  private static Applied update(FabricState s, String id, JobSpec spec) {
    Job job = s.jobs().get(name(id));
    assertNotNull(job);
    if (GroupPlacement.find(s, spec, job, Now.calm(1)) instanceof GroupPlacement.Placed p) {
      return StateMachine.apply(
          s, new Command.UpdateJob(name(id), spec, p.routes(), p.moves(), p.fit(), 0, null, 1));
    }
    return new Applied(s, s, new Outcome.NoPath("not placed"), List.of());
  }

  @Property(tries = 150)
  void whateverComesAndGoesNothingIsOverbookedAndTheTallyIsTrue(@ForAll long seed) {
    Random random = new Random(seed);
    FabricState s = fabric();
    List<String> hosts = JobFlows.hosts(s.inventory());
    for (int step = 0; step < 40; step++) {
      String id = "j" + random.nextInt(4);
      Job job = s.jobs().get(name(id));
      List<String> members = new ArrayList<>(hosts);
      Collections.shuffle(members, random);
      JobSpec spec =
          ring(
              members.subList(0, 2 + random.nextInt(7)),
              1 << random.nextInt(3),
              LINE / (1 + random.nextInt(3)));
      switch (random.nextInt(6)) {
        case 0, 1 -> s = create(s, id, spec).after();
        case 2 -> s = job == null || !job.lives() ? s : update(s, id, spec).after();
        case 3 -> s = StateMachine.apply(s, new Command.ReleaseJob(name(id), 0, null, 1)).after();
        case 4 -> s = acknowledge(s, random);
        default -> s = flap(s, random);
      }
      check(s, seed);
    }
  }

  private static FabricState acknowledge(FabricState state, Random random) {
    FabricState s = state;
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Lease l = e.getValue();
      if (l.state() == LeaseState.PROVISIONING && random.nextInt(20) == 0) {
        Command c = new Command.ProvisioningFailed(l.name(), l.generation(), "no", 1);
        s = StateMachine.apply(s, c).after();
      } else if (l.state() == LeaseState.PROVISIONING) {
        Command c = new Command.Provisioned(l.name(), l.generation(), 1);
        s = StateMachine.apply(s, c).after();
      } else if (l.state() == LeaseState.RELEASING) {
        Command c = new Command.Released(l.name(), l.generation(), 1);
        s = StateMachine.apply(s, c).after();
      }
    }
    return s;
  }

  /** The switches have dropped what is on its way out. */
  private static FabricState released(FabricState state) {
    FabricState s = state;
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Command c = new Command.Released(e.getKey(), e.getValue().generation(), 1);
      s = StateMachine.apply(s, c).after();
    }
    return s;
  }

  private static FabricState flap(FabricState s, Random random) {
    int link = random.nextInt(s.topology().fabricLinks());
    boolean up = random.nextBoolean();
    return StateMachine.apply(
            s, new Command.ObserveLink(s.topology().id(link), up, Command.ObserveLink.UNKNOWN, 1))
        .after();
  }

  private static void check(FabricState s, long seed) {
    for (int l = 0; l < s.topology().links(); l++) {
      assertTrue(s.unheldBps(s.topology().id(l)) >= 0, "seed " + seed);
    }
    s.jobs()
        .forEach(
            (name, job) -> {
              Map<LeaseState, Integer> tally = new EnumMap<>(LeaseState.class);
              job.leases()
                  .forEach(
                      (lease, yes) -> {
                        Lease l = s.leases().get(lease);
                        assertNotNull(l, "seed " + seed);
                        assertEquals(name, l.job(), "seed " + seed);
                        tally.merge(l.state(), 1, Integer::sum);
                      });
              assertEquals(tally, job.tally(), name + ", seed " + seed);
            });
  }

  @Test
  void aRingAtLineRateChangesItsMembersInOneStep() {
    FabricState s = create(fabric(), "a", ring(List.of("g1-1", "g2-1", "g3-1"), 1, LINE)).after();
    Applied a = update(s, "a", ring(List.of("g1-1", "g2-1", "g3-1", "g1-2"), 1, LINE));
    Job job = assertInstanceOf(Outcome.JobDone.class, a.outcome()).job();
    assertEquals(4, job.leases().size());
    // The hop from the third back to the first went; its NICs' room went to the new hops at once.
    Lease left = a.after().leases().get(new LeaseName(Fabrics.BLUE, "a-3"));
    assertNotNull(left);
    assertEquals(LeaseState.RELEASING, left.state());
    assertEquals(0, left.heldBps());
  }

  @Test
  void whatAJobGivesUpIsFreeForOthersOnceTheSwitchesAcknowledgedIt() {
    FabricState s = create(fabric(), "a", ring(List.of("g1-1", "g2-1"), 1, LINE)).after();
    s = acknowledged(s);
    FabricState shrunk = update(s, "a", ring(List.of("g1-1", "g2-1"), 1, LINE / 4)).after();
    JobSpec other = ring(List.of("g1-1", "g3-1"), 1, LINE / 2);
    assertInstanceOf(Outcome.NoPath.class, create(shrunk, "b", other).outcome(), "not placed");
    assertInstanceOf(Outcome.JobDone.class, create(acknowledged(shrunk), "b", other).outcome());
    // Its own room it has again at once.
    Applied back = update(shrunk, "a", ring(List.of("g1-1", "g2-1"), 1, LINE));
    assertInstanceOf(Outcome.JobDone.class, back.outcome());
    check(back.after(), 0);
  }

  private static FabricState acknowledged(FabricState state) {
    FabricState s = state;
    for (Map.Entry<LeaseName, Lease> e : state.leases()) {
      Command c = new Command.Provisioned(e.getKey(), e.getValue().generation(), 1);
      s = StateMachine.apply(s, c).after();
    }
    return s;
  }

  @Test
  void aJobChangesItsNumberOfQueuePairsWhileTheOldEntriesStillGo() {
    FabricState s = create(fabric(), "a", ring(List.of("g1-1", "g2-1"), 4, LINE)).after();
    Applied more = update(s, "a", ring(List.of("g1-1", "g2-1"), 16, LINE / 2));
    assertInstanceOf(Outcome.JobDone.class, more.outcome());
    // The same packets again: their entries are on their way out of the switch.
    Applied back = update(more.after(), "a", ring(List.of("g1-1", "g2-1"), 4, LINE / 2));
    assertInstanceOf(Outcome.TrafficTaken.class, back.outcome());
    FabricState gone = released(more.after());
    Applied later = update(gone, "a", ring(List.of("g1-1", "g2-1"), 4, LINE / 2));
    assertInstanceOf(Outcome.JobDone.class, later.outcome());
  }

  @Test
  void aSwitchThatRefusesOneLeaseEndsTheJob() {
    FabricState s = create(fabric(), "a", ring(List.of("g1-1", "g2-1", "g3-1"), 1, LINE)).after();
    s =
        StateMachine.apply(
                s,
                new Command.ProvisioningFailed(
                    new LeaseName(Fabrics.BLUE, "a-2"), 1, "table full", 1))
            .after();
    Job job = s.jobs().get(name("a"));
    assertNotNull(job);
    assertEquals(Job.JobState.RELEASING, job.state());
    s = released(s);
    Job ended = s.jobs().get(name("a"));
    assertNotNull(ended);
    assertEquals(Job.JobState.FAILED, ended.state());
  }

  @Test
  void anEndedJobIsForgottenWithItsLeases() {
    FabricState s = create(fabric(), "a", ring(List.of("g1-1", "g2-1"), 1, LINE)).after();
    s = StateMachine.apply(s, new Command.ReleaseJob(name("a"), 0, null, 1)).after();
    s = released(s);
    s = StateMachine.apply(s, new Command.Tick(RequestRecord.KEPT_MS + 2)).after();
    assertTrue(s.jobs().isEmpty());
    assertTrue(s.leases().isEmpty());
  }

  @Test
  void aLeaseOfAJobIsNotChangedAlone() {
    FabricState s = create(fabric(), "a", ring(List.of("g1-1", "g2-1"), 1, LINE)).after();
    LeaseName lease = new LeaseName(Fabrics.BLUE, "a-1");
    assertEquals(
        new Outcome.LeaseOfJob(lease, name("a")),
        StateMachine.apply(s, new Command.ReleaseLease(lease, 0, null, 1)).outcome());
  }

  // ---- who talks to whom ------------------------------------------------------------------------
  @Test
  void aDoubleBinaryTreeLoadsNobodyMoreThanTwiceEachWayAndTree() {
    for (int n = 2; n <= 9; n++) {
      List<String> members = JobFlows.hosts(fabric().inventory()).subList(0, n);
      Collective c = new Collective(Collective.Kind.TREE, members, List.of(), List.of());
      Map<Integer, Integer> sent = new HashMap<>();
      Set<Integer> reached = new HashSet<>();
      c.ranks()
          .forEach(
              r -> {
                sent.merge(r[0], 1, Integer::sum);
                reached.add(r[1]);
              });
      // n - 1 edges of two trees, both ways.
      assertEquals(4 * (n - 1), c.ranks().size(), "n " + n);
      assertEquals(n, reached.size());
      sent.forEach((rank, times) -> assertTrue(times <= 4, rank + " sends " + times));
    }
  }

  @Test
  void everyParentChainEndsAtRankZero() {
    for (int n = 1; n < 70; n++) {
      for (int r = 0; r < n; r++) {
        int at = r;
        int steps = 0;
        while (at != 0) {
          at = Collective.parent(at, n);
          assertTrue(at >= 0 && at < n && steps++ < 8, "rank " + r + " of " + n);
        }
      }
    }
  }

  @Test
  void allToAllSharesTheNicEqually() {
    FabricState s = fabric();
    JobSpec spec =
        JobSpec.of(
            new Collective(
                Collective.Kind.ALL_TO_ALL,
                List.of("g1-1", "g2-1", "g3-1", "g1-2"),
                List.of(),
                List.of()),
            2,
            90 * Fabrics.GBPS,
            TERMS);
    List<LeaseSpec> flows = JobFlows.of(s.inventory(), spec);
    assertEquals(4 * 3 * 2, flows.size());
    flows.forEach(f -> assertEquals(15 * Fabrics.GBPS, f.bandwidthBps()));
    assertInstanceOf(Outcome.JobDone.class, create(s, "a", spec).outcome());
  }

  @Test
  void queuePairClassesDoNotOverlap() {
    for (int classes : new int[] {1, 2, 4, 64}) {
      for (int a = 0; a < classes; a++) {
        for (int b = 0; b < classes; b++) {
          assertEquals(
              a == b,
              TrafficSelector.roceClass(classes, a)
                  .overlaps(TrafficSelector.roceClass(classes, b)));
        }
      }
    }
    assertTrue(TrafficSelector.roceClass(2, 1).overlaps(TrafficSelector.roceClass(4, 3)));
    assertTrue(!TrafficSelector.roceClass(2, 0).overlaps(TrafficSelector.roceClass(4, 3)));
    assertTrue(!TrafficSelector.roceClass(4, 3).overlaps(TrafficSelector.ROCE));
  }

  @Test
  void whatIsNoCollectiveIsRefusedByField() {
    FabricState.Pair self = new FabricState.Pair(new EndpointId("x"), new EndpointId("x"));
    assertEquals(
        "pairs[0].destination",
        assertThrows(Invalid.class, () -> Collective.of(List.of(self))).field());
    assertEquals(
        "members[1]",
        assertThrows(
                Invalid.class,
                () -> new Collective(Collective.Kind.RING, List.of("a", "a"), List.of(), List.of()))
            .field());
    assertEquals(
        "qps_per_pair",
        assertThrows(Invalid.class, () -> ring(List.of("a", "b"), 65, LINE)).field());
  }
}
